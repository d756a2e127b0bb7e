"""`make bench`: every number, as one table. `python -m benchmarks NAME…` measures only these."""

import sys
from importlib import import_module

from rich.console import Console
from rich.table import Table

MODULES = (
    "formats",
    "store",
    "engine",
    "lanes",
    "rules",
    "correlations",
    "similar",
    "baseline",
    "restart",
    "search",
    "pipeline",
    "drill_seeds",
)


def main() -> None:
    """Measure and print."""
    table = Table("what", "asked", "measured", title="Tocsin, measured on this machine")
    for name in sys.argv[1:] or MODULES:
        for row in import_module(f"benchmarks.{name}").measure():
            table.add_row(name + ": " + row[0], *row[1:])
    Console(width=140).print(table)


main()
