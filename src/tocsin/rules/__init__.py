"""Sigma documents → checked rules.

`load` reads folders, `model` is what comes out, `issues` says what is wrong where, `taxonomy`
decides which source a rule looks at, `extensions` reads the `tocsin:` key.
"""
