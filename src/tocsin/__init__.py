"""Tocsin: the alarm bell for teams without a security team.

Follow an event through the rooms: sources → formats → store → engine → apps.alerts → notifiers.
"""

__version__ = "0.1.0"
