"""Where logs come from, one package a kind: `http` (POST /ingest/<source>), `files` (tocsin follow)."""
