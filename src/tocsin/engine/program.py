"""Program: the rules that look at one kind of source, as a graph, a scanner a field, and witnesses."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache, cached_property
from itertools import chain

import numpy as np

from tocsin.engine.atoms import NOT_ON_TEXTS, Signal, SignalKind
from tocsin.engine.fields import Ints
from tocsin.engine.graph import Graph, Kind
from tocsin.engine.pruning import Pruner
from tocsin.engine.scan import Scanner
from tocsin.rules.model import REFERENCES, Expression, Test

Witness = tuple[str | None, Signal]
"""A field (None: any field, for keywords) and a signal in it."""


class Program:
    """Compiled conditions.

    Attributes:
        graph: the conditions' nodes.
        roots: rule → its condition's node.
        fields: the names of all fields that are tested.
        scanners: field → the scanner of all tests of it; None is the keywords' field.
        always: the rules without witnesses, which every batch must be asked for, in order.
    """

    def __init__(self, conditions: Mapping[int, Expression]) -> None:
        self.graph = Graph()
        self.roots = {rule: self.graph.add(condition) for rule, condition in conditions.items()}
        for root in self.roots.values():
            self.graph.uses[root] += 1
        tests = [node.test for node in self.graph.nodes if node.test]
        named = {test.field for test in tests if test.field is not None}
        self.fields = frozenset(named | {test.value for test in tests if test.operator in REFERENCES})
        self.scanners = {field: Scanner(tests) for field, tests in self._tests_by_field().items()}
        self._place_witnesses()

    def _tests_by_field(self) -> dict[str | None, list[Test]]:
        tests: dict[str | None, list[Test]] = defaultdict(list)
        for node in self.graph.nodes:
            if node.test and node.test.operator not in NOT_ON_TEXTS:
                tests[node.test.field].append(node.test)
        return tests

    def _place_witnesses(self) -> None:
        """Note, per field and signal, the rules that it is a witness of."""
        witnesses = find_witnesses(self)
        self.always = [rule for rule, found in witnesses.items() if found is None]
        pairs: dict[str | None, list[tuple[int, int]]] = defaultdict(list)
        for rule, found in witnesses.items():
            for field, signal in found or ():
                pairs[field].append((self.scanners[field].place(signal), rule))
        self._signals: dict[str | None, Ints] = {}
        self._rules: dict[str | None, Ints] = {}
        for field, found_pairs in pairs.items():
            table = np.array(sorted(found_pairs), np.int64)
            self._signals[field], self._rules[field] = table[:, 0], table[:, 1]

    def suspects(self, field: str | None, present: Ints) -> Ints:
        """The rules that have a witness among the signals ``present`` (in order) in ``field``."""
        if field not in self._signals:
            return np.empty(0, np.int64)
        return self._rules[field][np.isin(self._signals[field], present)]

    @cached_property
    def pruner(self) -> Pruner:
        """What tells which tests can hold."""
        return Pruner(self.graph)


def find_witnesses(program: Program) -> dict[int, frozenset[Witness] | None]:
    """Per rule, signals without one of which it cannot match; None where there is no such set.

    A conjunction has the best of its terms', a disjunction all of its terms', a negation none.
    """
    graph, scanners = program.graph, program.scanners

    @cache
    def find(number: int) -> frozenset[Witness] | None:
        node = graph.nodes[number]
        if node.test:
            field = node.test.field
            if node.test.operator in NOT_ON_TEXTS:
                return None
            scanner = scanners[field]
            return frozenset((field, scanner.signals[place]) for place in scanner.sought[node.test].places) or None
        found = [find(term) for term in node.terms]
        if node.kind is Kind.AND:
            return min((witness for witness in found if witness is not None), key=_cost, default=None)
        if node.kind is Kind.OR and None not in found:
            return frozenset(chain.from_iterable(witness for witness in found if witness is not None))
        return None

    return {rule: find(root) for rule, root in program.roots.items()}


def _cost(witness: frozenset[Witness]) -> float:
    """How often a witness will be seen without cause: longer texts are rarer, and fewer of them are."""
    return sum(
        (1.0 if signal.kind is SignalKind.SCANNED else 0.5) / (1 + len(signal.value)) ** 2 for _, signal in witness
    )
