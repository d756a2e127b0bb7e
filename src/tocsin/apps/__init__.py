"""Django applications.

`accounts` (people), `intake` (sources, tokens), `alerts`, `detect` (rules × store), `notify` (outbox).
"""
