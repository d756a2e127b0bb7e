"""Notifiers: one package a kind. They get frozen dataclasses, deliver once, and raise `DeliveryError`.

`message` says what happened in words; `NOTIFIERS` names the kinds.
"""
