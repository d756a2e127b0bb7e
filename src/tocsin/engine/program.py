"""Program: the rules that look at one kind of source, as a graph, a scanner a field, and witnesses."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain

import numpy as np

from tocsin.engine.atoms import NOT_ON_TEXTS, Signal, SignalKind, signals
from tocsin.engine.fields import Ints
from tocsin.engine.graph import Graph, Kind
from tocsin.engine.pruning import Pruner
from tocsin.engine.scan import Scanner
from tocsin.rules.model import REFERENCES, Expression, Test

Witness = tuple[str | None, Signal]
"""A field (None: any field, for keywords) and a signal in it."""


@dataclass(frozen=True, slots=True)
class Watch:
    """The witnesses in one field.

    Shape: both one entry a pair, in order of signal.
    Attributes:
        signals: places in the field's scanner.
        rules: the rule that the signal is a witness of.
    """

    signals: Ints
    rules: Ints


class Scanners(Mapping[str | None, Scanner]):
    """Field → the scanner of all tests of it, made when it is first asked for: few fields of all rules are in a log."""

    def __init__(self, tests: Mapping[str | None, list[Test]]) -> None:
        self._tests = tests
        self._made: dict[str | None, Scanner] = {}

    def __getitem__(self, field: str | None) -> Scanner:
        made = self._made.get(field)
        if made is None:
            made = self._made[field] = Scanner(self._tests[field])
        return made

    def __contains__(self, field: object) -> bool:
        return field in self._tests

    def __iter__(self) -> Iterator[str | None]:
        return iter(self._tests)

    def __len__(self) -> int:
        return len(self._tests)


class Program:
    """Compiled conditions.

    Attributes:
        graph: the conditions' nodes.
        roots: rule → its condition's node.
        always: the rules without witnesses, which every batch must be asked for, in order.
        watches: field → the witnesses in it.
        fields: the names of all fields that are tested.
        scanners: field → the scanner of all tests of it; None is the keywords' field.
    """

    def __init__(
        self, graph: Graph, roots: dict[int, int], always: list[int], watches: Mapping[str | None, Watch]
    ) -> None:
        self.graph, self.roots, self.always, self.watches = graph, roots, always, watches
        tests = [node.test for node in graph.nodes if node.test]
        named = {test.field for test in tests if test.field is not None}
        self.fields = frozenset(named | {test.value for test in tests if test.operator in REFERENCES})
        self.scanners = Scanners(_by_field(tests))

    def suspects(self, field: str | None, present: Ints) -> Ints:
        """The rules that have a witness among the signals ``present`` (in order) in ``field``."""
        watch = self.watches.get(field)
        return np.empty(0, np.int64) if watch is None else watch.rules[np.isin(watch.signals, present)]

    @cached_property
    def pruner(self) -> Pruner:
        """What tells which tests can hold."""
        return Pruner(self.graph)


def compile_program(conditions: Mapping[int, Expression]) -> Program:
    """The program of ``conditions`` by rule."""
    graph = Graph()
    roots = {rule: graph.add(condition) for rule, condition in conditions.items()}
    for root in roots.values():
        graph.uses[root] += 1
    witnesses = find_witnesses(graph, roots)
    watches: dict[str | None, Watch] = {}
    program = Program(graph, roots, [rule for rule, found in witnesses.items() if found is None], watches)
    pairs: dict[str | None, list[tuple[int, int]]] = defaultdict(list)
    for rule, found in witnesses.items():
        for field, signal in found or ():
            pairs[field].append((program.scanners[field].place(signal), rule))
    for field, found_pairs in pairs.items():
        table = np.array(sorted(found_pairs), np.int64)
        watches[field] = Watch(table[:, 0], table[:, 1])
    return program


def find_witnesses(graph: Graph, roots: Mapping[int, int]) -> dict[int, frozenset[Witness] | None]:
    """Per rule, signals without one of which it cannot match; None where there is no such set.

    A conjunction has the best of its terms', a disjunction all of its terms', a negation none.
    """

    @cache
    def find(number: int) -> frozenset[Witness] | None:
        node = graph.nodes[number]
        if node.test:
            if node.test.operator in NOT_ON_TEXTS:
                return None
            return frozenset((node.test.field, signal) for signal in signals(node.test)) or None
        found = [find(term) for term in node.terms]
        if node.kind is Kind.AND:
            return min((witness for witness in found if witness is not None), key=_cost, default=None)
        if node.kind is Kind.OR and None not in found:
            return frozenset(chain.from_iterable(witness for witness in found if witness is not None))
        return None

    return {rule: find(root) for rule, root in roots.items()}


def _by_field(tests: Iterable[Test]) -> dict[str | None, list[Test]]:
    found: dict[str | None, list[Test]] = defaultdict(list)
    for test in tests:
        if test.operator not in NOT_ON_TEXTS:
            found[test.field].append(test)
    return dict(found)


def _cost(witness: frozenset[Witness]) -> float:
    """How often a witness will be seen without cause: longer texts are rarer, and fewer of them are."""
    return sum(
        (1.0 if signal.kind is SignalKind.SCANNED else 0.5) / (1 + len(signal.value)) ** 2 for _, signal in witness
    )
