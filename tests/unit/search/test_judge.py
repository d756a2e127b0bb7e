"""Which rows a query holds for."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.evaluate import is_rejected, is_true
from tests.unit.engine.test_oracle import events, expressions
from tests.unit.search.cases import found, rows

from tocsin.engine.plan import compile_plan
from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules import model
from tocsin.rules.model import And, DetectionRule, Expression, Level, Meta, Not, Operator, Or
from tocsin.search.judge import Judge, as_expression, word_test
from tocsin.search.tree import About, All, Any, Ask, Contrary, Node

REJECTED = "rejected: no JSON"
NEVER = About(model.Test("raw", Operator.EQUALS, "this is the text of no record"))


def tree_of(expression: Expression, *, is_apart: bool) -> Node:
    """The query that asks what a rule does; ``is_apart``: in a form that leaves the engine only single tests."""
    match expression:
        case And(terms):
            return All(tuple(tree_of(term, is_apart=is_apart) for term in terms))
        case Or(terms):
            return Any(tuple(tree_of(term, is_apart=is_apart) for term in terms))
        case Not(term):
            return Contrary(tree_of(term, is_apart=is_apart))
        case model.Test():
            return Any((Ask(expression), NEVER)) if is_apart else Ask(expression)


def _is_usable(expression: Expression) -> bool:
    """A rule that can be run, without the empty groups that no query has: those are true of rejected records too."""
    if "terms=()" in repr(expression):
        return False
    rule = DetectionRule(Meta("r", "R", Level.LOW, Location("r.yml")), LogSource(), expression)
    return not compile_plan([rule]).refused


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions.filter(_is_usable), st.lists(events, min_size=1, max_size=6), st.booleans())
def test_a_search_finds_what_a_rule_of_the_same_condition_rings_for(expression, given_events, is_apart):
    """Whole or taken apart, a query is the rule's condition: a rejected record meets neither it nor its contrary."""
    table = rows(given_events)
    holds = Judge(tree_of(expression, is_apart=is_apart)).holds(table, "web").tolist()
    assert holds == [not is_rejected(event) and is_true(expression, event) for event in given_events]


def test_a_query_of_fields_is_one_rule():
    """The engine sees all of it, and can judge by distinct values."""
    node = tree_of(And((model.Test("a", Operator.EQUALS, "x"), Not(model.Test("b", Operator.EXISTS)))), is_apart=False)
    assert as_expression(node) == And((model.Test("a", Operator.EQUALS, "x"), Not(model.Test("b", Operator.EXISTS))))


@pytest.mark.parametrize(
    ("query", "text", "is_found"),
    [
        ("admin", r"CORP\Admin logged in", True),
        ("admin", "administrator", False),
        ("admin", "admin_2", False),
        ("admin*", "administrator", True),
        ("*min", "ADMIN", True),
        ("*dmi*", "administrator", True),
        ("adm*tor", "an administrator", True),
        ("adm*tor", "admin rotor", False),
        ("adm?n", "admin", True),
        ('"failed password"', "sshd: Failed password for", True),
        ('"failed password"', "failed  password", False),
        ('"failed pass"', "failed password", False),
        ("10.2.3.4", "from 10.2.3.4:22", True),
        ("10.2.3.4", "from 110.2.3.4:22", False),
        ("--id=7", "x --id=7 y", True),
        ("--id=7", "x --id=70 y", False),
        ("größe", "die GRÖSSE", False),
        ("größe", "die GRÖßE", True),
        ("日本", "日本語", False),
        ("日本*", "日本語", True),
        ("a*", "\n[a]\n", True),
        ('"->"', "a->b", True),
    ],
)
def test_a_bare_word_is_a_whole_word_of_any_field(query, text, is_found):
    """Words are runs of letters, digits and underscores; what is beyond ASCII is a letter."""
    assert found(query, {"anything": text}, {"anything": "else"}) == ([0] if is_found else [])


def test_the_engine_finds_a_words_text_before_it_runs_the_expression():
    """The test of a word has a literal that the automaton seeks."""
    from tocsin.engine.atoms import canonical, signals

    assert [signal.value for signal in signals(canonical(word_test(None, "foo-bar")))] == [b"foo-bar"]


def test_a_rejected_record_is_found_by_its_own_words():
    """Its text is all it has; neither a test of a field nor its contrary finds it."""
    events = ({"_error": REJECTED, "_raw": '{"user": ann'}, {"user": "ann", "_raw": "ann"})
    assert found("ann", *events) == [0, 1]
    assert found("user:ann", *events) == [1]
    assert found("NOT user:bob", *events) == [1]
    assert found("NOT nothing", *events) == [1]
    assert found("_error:rejected*", *events) == [0]
    assert found("NOT _error:*", *events) == [1]
    assert found("", *events) == [0, 1]


def test_a_words_text_in_the_raw_record_of_an_event_is_not_its():
    """The names of fields and what a format left out would be found everywhere."""
    assert found("user", {"user": "ann", "_raw": '{"user": "ann"}'}) == []


def test_fields_beyond_the_columns_are_searched_too():
    """What lies in `_extra` is found by its name, and by its words."""
    events = ({"_extra": '{"far": "away words"}'}, {"far": "no"})
    assert found('far:"away words"', *events) == [0]
    assert found("words", *events) == [0]


def test_an_empty_table_is_judged():
    """No rows, no truths."""
    assert Judge(Ask(model.Test("a", Operator.EXISTS))).holds(rows([]), "web").tolist() == []
