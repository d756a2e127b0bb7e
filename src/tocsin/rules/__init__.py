"""Sigma documents → checked rules.

`folders` loads: `files` → `documents` (YAML with places) → `actions` → `drafts` (one rule: `metadata`,
`extensions`, `detection`, `filters` or `correlations`) → `resolve` (references between rules, filters applied);
`cache` keeps drafts on disk. A detection is its `selections` (each item through `translate`), joined by its
`conditions`; a `site` adds `placeholders` and `pipelines`.
`model` is what comes out, `issues` says what is wrong where, `taxonomy` decides which source a rule looks at.
Beside them: `cases` (tests that rules carry), `outline` (a rule's file read again), `review` (rules and sources).
"""
