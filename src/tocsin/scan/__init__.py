"""Scan: files × rules → matches, on the spot. No server, no database.

`inputs` opens a file, whatever it is packed in → `chunks` cuts it into pieces of bounded size → `work` reads
and matches a piece, in a process of its own → `summary` adds up → `output` prints. `run` ties them together.
"""
