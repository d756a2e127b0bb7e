"""Delta tables, one a source.

`table` appends and reads, `commit` groups waiting appends, `search` finds, `upkeep` compacts and
retains. Under them: `columns` names columns, `parquet` writes and reads one file, `log` reads the
Delta log, `place` is the folder or bucket, `faults` says what is wrong with it.
"""
