"""Pruning: which tests can hold for any event of a batch, from the signals that were found in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from tocsin.engine.atoms import NOT_ON_TEXTS
from tocsin.engine.fields import Ints
from tocsin.engine.graph import Graph
from tocsin.engine.scan import Scanner
from tocsin.rules.model import Test


@dataclass(frozen=True, slots=True)
class _Tests:
    """The tests of one field that look at its texts.

    Attributes:
        plain: the nodes of those without signals, which may hold for any text.
        signal, node: one entry a pair of a signal and a test that it betrays.
    """

    plain: Ints
    signal: Ints
    node: Ints


@dataclass(slots=True)
class Pruner:
    """The tests of a graph by what may make them true; those of a field are laid out when an event first has it."""

    graph: Graph
    _tests: dict[str | None, _Tests] = field(default_factory=dict)
    _nodes: dict[Test, int] = field(default_factory=dict)
    _at_rest: bytes | None = None

    def find_possible(self, found: Iterable[tuple[str | None, Scanner, Ints]]) -> bytes:
        """Per node of the graph 0 if it is a test that holds for no row, else 1.

        Args:
            found: each field of the batch, its scanner, and the signals that one of its texts may show.
        """
        if self._at_rest is None:
            self._at_rest = bytes(not node.test or node.test.operator in NOT_ON_TEXTS for node in self.graph.nodes)
        possible = np.frombuffer(self._at_rest, np.uint8).copy()
        for name, scanner, present in found:
            if name not in self._tests:
                self._tests[name] = self._lay_out(scanner)
            tests = self._tests[name]
            possible[tests.plain] = 1
            is_present = np.zeros(len(scanner.signals), np.bool_)
            is_present[present] = True
            possible[tests.node[is_present[tests.signal]]] = 1
        return possible.tobytes()

    def _lay_out(self, scanner: Scanner) -> _Tests:
        if not self._nodes:
            self._nodes = {node.test: number for number, node in enumerate(self.graph.nodes) if node.test}
        nodes = self._nodes
        plain = [nodes[test] for test, sought in scanner.sought.items() if not sought.places]
        pairs = [(place, nodes[test]) for test, sought in scanner.sought.items() for place in sought.places]
        table = np.array(pairs, np.int64).reshape(-1, 2)
        return _Tests(np.array(plain, np.int64), table[:, 0], table[:, 1])
