"""Rules × columns → matches → episodes. Pure: no I/O, no clock; everything comes in as an argument.

Follow a batch: `atoms` (distinct tests) → `plan` (all rules compiled together) → `scan` (dictionaries
× automata) → `match` (masks → matches) → `windows` (sliding event-time windows) → `episodes` (runs of
satisfied windows) → `correlate` (a batch's matches advance the `state` of every rule).
"""
