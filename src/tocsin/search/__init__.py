"""Search: finding events of any source, by words and fields or by SQL.

A query is read in `tokens` → `parse` → `terms` (values → the engine's tests), into a `tree`; `judge` says which
rows of a table it holds for, by the engine that runs the rules. `sketch` is what compaction keeps beside each row
group, so that `pruning` can pass it over; `walk` opens the others, newest first. On it stand `find` (a page),
`histogram`, `toplist` (fields and their values) and `export`; `tail` follows what comes. `sql` runs DuckDB in a
process of its own, the `sandbox`.
"""
