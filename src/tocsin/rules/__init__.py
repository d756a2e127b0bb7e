"""Sigma documents → checked rules.

`load` reads folders: `documents` (YAML with places) → `drafts` (one rule: `metadata`, `detection` with
`translate` and `conditions`, `correlations`, `extensions`) → `resolve` (references between rules).
`model` is what comes out, `issues` says what is wrong where, `taxonomy` decides which source a rule
looks at.
"""
