"""The commands. One module a command, imported when it is called; `COMMANDS` lists them."""

from tocsin.cli.app import main

__all__ = ["main"]
