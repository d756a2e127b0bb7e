"""Sigma documents → checked rules.

`load` reads folders: `documents` (YAML with places) → `drafts` (one rule: `metadata`, `extensions`,
`detection` or `correlations`) → `resolve` (references between rules). A detection is its `selections`
(each item through `translate`), joined by its `conditions`.
`model` is what comes out, `issues` says what is wrong where, `taxonomy` decides which source a rule
looks at.
"""
