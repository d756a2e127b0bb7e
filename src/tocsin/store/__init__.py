"""Delta tables, one a source.

`table` appends and reads, `commit` groups, `search` finds, `upkeep` compacts and retains.
"""
