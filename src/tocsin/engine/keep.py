"""Keep: compiled programs as JSON on a shelf, so that a start does not compile thousands of rules again.

What is kept is found by the content of the rules and of this program's code, so nothing old is ever found.
The automata are not kept: they are built with the first batch that has their field.
"""

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from tocsin import __version__, kernel, rules
from tocsin.engine.graph import Graph, Kind, Node
from tocsin.engine.program import Program, Watch
from tocsin.kernel.shelf import Shelf, digest_code
from tocsin.rules.packed import pack_tests, unpack_tests

BROKEN: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What comes of reading what this program has not written."""
_KINDS: Final = list(Kind)


class Keeper:
    """What was compiled of some rules of one rule set.

    Args:
        content: `RuleSet.content`: the same only for the same rules.
        ids: those of the rules, in order.
    """

    def __init__(self, shelf: Shelf, content: str, ids: Sequence[str]) -> None:
        self._shelf = shelf
        self._rules = "\0".join((content, *ids))

    def read(self, what: str) -> Any:  # noqa: ANN401  any JSON
        """What was kept as ``what``; None where there is nothing that can be read."""
        body = self._shelf.read(self._name(what))
        try:
            return None if body is None else orjson.loads(body)
        except orjson.JSONDecodeError:
            return None

    def write(self, what: str, data: Any) -> None:  # noqa: ANN401  any JSON
        """Keep ``data`` for the next start."""
        self._shelf.write(self._name(what), orjson.dumps(data))

    def _name(self, what: str) -> str:
        named = "\0".join((_program(), self._rules, what))
        return f"plan-{blake2b(named.encode(), digest_size=16).hexdigest()}.json"


def pack_program(program: Program) -> dict[str, Any]:
    """``program`` as JSON, a list a part of its nodes."""
    nodes = program.graph.nodes
    fields = {field: place for place, field in enumerate(dict.fromkeys(node.field for node in nodes))}
    kinds = {kind: place for place, kind in enumerate(_KINDS)}
    return {
        "tests": pack_tests([node.test for node in nodes if node.test]),
        "kinds": [kinds[node.kind] for node in nodes],
        "terms": [node.terms for node in nodes if not node.test],
        "fields": [list(fields), [fields[node.field] for node in nodes]],
        "uses": program.graph.uses,
        "roots": [list(program.roots), list(program.roots.values())],
        "always": program.always,
        "watches": [[field, watch.signals.tolist(), watch.rules.tolist()] for field, watch in program.watches.items()],
    }


def unpack_program(data: Any) -> Program:  # noqa: ANN401  what was read
    """The program that `pack_program` made ``data`` of. Raises: one of `BROKEN` where it is anything else."""
    tests, terms = iter(unpack_tests(data["tests"])), map(tuple, data["terms"])
    names, places = data["fields"]
    graph = Graph()
    graph.uses = data["uses"]
    test = _KINDS.index(Kind.TEST)
    graph.nodes = [
        Node(Kind.TEST, (), next(tests), names[place])
        if kind == test
        else Node(_KINDS[kind], next(terms), None, names[place])
        for kind, place in zip(data["kinds"], places, strict=True)
    ]
    watches = {
        field: Watch(np.array(signals, np.int64), np.array(rules, np.int64))
        for field, signals, rules in data["watches"]
    }
    return Program(graph, dict(zip(*data["roots"], strict=True)), data["always"], watches)


@cache
def _program() -> str:
    """What compiles rules: the code of this room and of those that it stands on, and what reads expressions."""
    rooms = [Path(folder) for room in (kernel, rules) for folder in room.__path__]
    return digest_code([Path(__file__).parent, *rooms], __version__, version("pyarrow"))
