"""Pruning: which tests can hold."""

import numpy as np
from tests.unit.engine.cases import ask

from tocsin.engine.program import compile_program
from tocsin.rules.model import And, Not, Or

SEEN, UNSEEN, PLAIN, OTHER = (
    ask("a", "contains", "mimikatz"),
    ask("a", "contains", "x"),
    ask("a", "gt", "5"),
    ask("b", "equals", "y"),
)
NULL = ask("c", "is_null")


def test_a_test_can_hold_if_a_signal_of_it_was_found_or_it_has_none() -> None:
    """A test whose signals were all sought in vain holds for no row, nor does one of a field that is not there."""
    program = compile_program({0: Or((And((SEEN, OTHER)), UNSEEN, Not(PLAIN), NULL))})
    scanner = program.scanners["a"]
    present = np.array(scanner.sought[SEEN].places)
    possible = program.pruner.find_possible([("a", scanner, present)])
    assert len(possible) == len(program.graph.nodes)
    told = {node.test: bool(possible[place]) for place, node in enumerate(program.graph.nodes) if node.test}
    assert told == {SEEN: True, UNSEEN: False, PLAIN: True, OTHER: False, NULL: True}
    assert all(possible[place] for place, node in enumerate(program.graph.nodes) if not node.test)


def test_a_batch_without_the_field_leaves_nothing_behind() -> None:
    """What was possible in one batch is not remembered for the next."""
    program = compile_program({0: SEEN})
    scanner = program.scanners["a"]
    assert any(program.pruner.find_possible([("a", scanner, np.array([0]))]))
    assert not any(program.pruner.find_possible([]))
