"""Where logs come from, one package a kind: `http` takes requests, `files` follows log files."""
