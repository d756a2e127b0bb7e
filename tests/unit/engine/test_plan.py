"""The plan: what is read, what is refused, which rules a source is shown to."""

import pytest
from tests.unit.engine.cases import ANY, ask, rule, table

from tocsin.engine import plan as plan_module
from tocsin.engine.match import match
from tocsin.engine.plan import compile_plan, iterate_tests
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import And, Not, Or


def test_fields_are_all_that_matching_reads() -> None:
    """Tested fields, fields referred to, and the logsource's where a rule names them."""
    condition = And((ask("a", "equals", "x"), Not(Or((ask("b", "fieldref", "c"), ask("a", "exists"))))))
    plan = compile_plan([rule(condition, LogSource(product="windows"))])
    assert plan.fields == ("a", "b", "c", "product")
    assert not plan.reads_all
    assert compile_plan([rule(ask(None, "contains", "x"))]).reads_all


def test_a_field_is_asked_for_in_any_case() -> None:
    """A column's name may differ from the rule's."""
    plan = compile_plan([rule(ask("LogonId", "exists"), LogSource(product="windows"))])
    assert [plan.asks(name) for name in ("LogonID", "product", "logon", "_raw")] == [True, True, False, False]


def test_rule_that_cannot_be_used_does_not_stop_the_others() -> None:
    """It is listed with its test and reason, and never matches."""
    bad = ask("a", "regex", "(?=x)x")
    plan = compile_plan([rule(Or((ask("a", "equals", "x"), bad, bad))), rule(ask("a", "equals", "x"))])
    assert [(refusal.rule, refusal.test) for refusal in plan.refused] == [(0, bad)]
    assert "no lookahead" in plan.refused[0].reason
    assert match(table([{"a": "x"}]), plan, ANY).rule.tolist() == [1]


def test_no_rules_match_nothing() -> None:
    """A plan of nothing is a plan."""
    assert len(match(table([{"a": "x"}]), compile_plan([]), ANY)) == 0


def test_tests_are_iterated_in_order() -> None:
    """Every test comes, at any depth."""
    tests = [ask(name, "exists") for name in "abc"]
    assert list(iterate_tests(And((tests[0], Not(Or((tests[1], tests[2]))))))) == tests


def test_sources_of_one_kind_share_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program is compiled once a logsource, and the oldest gives way when there are too many."""
    monkeypatch.setattr(plan_module, "MAX_PROGRAMS", 2)
    plan = compile_plan([rule(ask("a", "equals", "x"))])
    first = plan.program(LogSource("a"))
    assert plan.program(LogSource("a")) is first
    plan.program(LogSource("b"))
    plan.program(LogSource("c"))
    assert plan.program(LogSource("a")) is not first
