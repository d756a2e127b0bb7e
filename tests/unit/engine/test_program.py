"""Witnesses: which rules are looked at."""

import numpy as np
import pytest
from tests.unit.engine.cases import ask

from tocsin.engine.graph import Graph
from tocsin.engine.program import compile_program, find_witnesses
from tocsin.rules.model import And, Expression, Not, Or

RARE, COMMON, OTHER = ask("a", "contains", "mimikatz"), ask("a", "contains", "x"), ask("b", "equals", "y")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (RARE, {b"mimikatz"}),
        (And((COMMON, RARE, OTHER)), {b"mimikatz"}),
        (Or((RARE, OTHER)), {b"mimikatz", b"y"}),
        (And((Not(RARE), OTHER)), {b"y"}),
        (Or(()), set()),
        (Or((RARE, Not(OTHER))), None),
        (Not(RARE), None),
        (And(()), None),
        (ask("a", "exists"), None),
        (ask("a", "gt", "5"), None),
        (And((ask("a", "gt", "5"), OTHER)), {b"y"}),
        (ask("a", "fieldref", "b"), None),
        (ask(None, "contains", "key"), {b"key"}),
    ],
)
def test_witnesses_of_a_condition(condition: Expression, expected: set[bytes] | None) -> None:
    """And has the rarest of its terms', Or all of them, Not none; nothing witnesses what no text shows."""
    graph = Graph()
    witnesses = find_witnesses(graph, {3: graph.add(condition)})[3]
    assert (None if witnesses is None else {signal.value for _, signal in witnesses}) == expected


def test_suspects_are_the_rules_of_the_signals_present() -> None:
    """A signal calls the rules that it is a witness of, and no others; a field without any calls none."""
    program = compile_program({1: RARE, 2: OTHER, 5: And((RARE, OTHER)), 7: Not(OTHER)})
    place = program.scanners["a"].sought[RARE].places[0]
    assert program.suspects("a", np.array([place])).tolist() == [1, 5]
    assert program.suspects("a", np.array([], np.int64)).tolist() == []
    assert program.suspects("absent", np.array([0])).tolist() == []
    assert program.always == [7]


def test_a_scanner_is_made_when_it_is_asked_for() -> None:
    """And is the same from then on; a field that nothing tests has none."""
    scanners = compile_program({1: RARE, 2: ask("c", "gt", "5"), 3: ask("d", "exists")}).scanners
    assert set(scanners) == {"a", "c"}
    assert len(scanners) == 2
    assert ("c" in scanners, "d" in scanners) == (True, False)
    assert scanners["c"] is scanners["c"]
    assert scanners.get("d") is None
