"""The limits that keep hostile or broken input from costing more than its size."""

MAX_BODY_BYTES = 32 * 1024 * 1024
"""An HTTP body, after decompression too."""

MAX_RECORD_BYTES = 1024 * 1024
"""One record's text; a longer one is cut in ``_raw`` and rejected with its reason."""

MAX_DEPTH = 64
"""Levels of nesting in a record; what lies deeper is kept as JSON text in the field above it."""

MAX_FIELDS_PER_RECORD = 2_000
"""Fields of one record after flattening; the rest go into ``_extra``."""

MAX_COLUMNS = 1_000
"""Columns of one table, system columns included; the rest go into ``_extra``."""

MAX_CLOCK_AHEAD_S = 24 * 3600
"""An event time further ahead of its receipt than this is replaced by the time of receipt."""
