"""Atoms: their one form, their signals, and what is refused."""

import pytest
from tests.unit.engine.cases import ask

from tocsin.engine.atoms import canonical, check_regex, check_test, is_exact, signals
from tocsin.engine.compare import EDGE
from tocsin.rules import model


@pytest.mark.parametrize(
    ("test", "form"),
    [
        (ask("a", "contains", "CMD"), ask("a", "contains", "cmd")),
        (ask("a", "contains", "CMD", cased=True), ask("a", "contains", "CMD", cased=True)),
        (ask("a", "like", "*CMD*"), ask("a", "contains", "cmd")),
        (ask("a", "like", "CMD*"), ask("a", "startswith", "cmd")),
        (ask("a", "like", "*CMD"), ask("a", "endswith", "cmd")),
        (ask("a", "like", r"a\*"), ask("a", "equals", "a*")),
        (ask("a", "like", "*A?c*"), ask("a", "like", "*a?c*")),
        (ask("a", "regex", "A", cased=True), ask("a", "regex", "A")),
        (ask("a", "fieldref", "OtherField"), ask("a", "fieldref", "OtherField")),
    ],
)
def test_tests_that_ask_the_same_are_one_atom(test: model.Test, form: model.Test) -> None:
    """Case is folded where it does not matter, and a pattern without inner wildcards is a plain operator."""
    assert canonical(test) == form


@pytest.mark.parametrize(
    ("test", "values"),
    [
        (ask("a", "equals", "x"), [b"x"]),
        (ask("a", "contains", "x"), [b"x"]),
        (ask("a", "contains", ""), []),
        (ask("a", "startswith", "x"), [EDGE + b"x"]),
        (ask("a", "startswith", ""), []),
        (ask("a", "endswith", "x", cased=True), [b"x" + EDGE]),
        (ask("a", "like", "ab*cdef?g"), [b"cdef"]),
        (ask("a", "like", "abc?d"), [EDGE + b"abc"]),
        (ask("a", "like", "?"), []),
        (ask("a", "regex", "(foo|bar)$"), [b"foo", b"bar"]),
        (ask("a", "regex", "[0-9]+"), []),
        (ask("a", "gt", "5"), []),
        (ask("a", "cidr", "10.0.0.0/8"), []),
    ],
)
def test_signals_of_a_test(test: model.Test, values: list[bytes]) -> None:
    """What betrays a test in a text is a literal, anchored where the test is; a test without one has none."""
    assert [signal.value for signal in signals(test)] == values


def test_only_plain_tests_need_no_second_look() -> None:
    """A hit says all for equality and uncased substrings, and not for patterns and cased substrings."""
    exact = [ask("a", "equals", "x", cased=True), ask("a", "contains", "x"), ask("a", "endswith", "x")]
    inexact = [ask("a", "contains", "x", cased=True), ask("a", "like", "x*y"), ask("a", "regex", "x")]
    assert [is_exact(test) for test in (*exact, *inexact)] == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("a(?=b)", "no lookahead"),
        ("a(?!b)", "no negative lookahead"),
        ("(?<=a)b", "no lookbehind"),
        ("(?>a)b", "no atomic groups"),
        (r"(a)\1", "no back-references"),
        ("(" * 3 + "a{1000}" + "){1000}" * 3, "cannot be used"),
        ("(a", "missing )"),
        ("a**", "RE2's syntax"),
    ],
)
def test_regex_that_re2_refuses_is_explained(expression: str, reason: str) -> None:
    """The answer names the expression, what is wrong with it, and the mend."""
    answer = check_regex(expression)
    assert answer is not None
    assert reason in answer
    assert answer.startswith(f"the regular expression '{expression[:80]}")


def test_long_regex_is_shortened_in_its_reason() -> None:
    """A reason does not repeat pages of expression."""
    assert len(check_regex("a" * 5000 + "(") or "") < 300


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        (ask("a", "gt", "ten"), "'ten' is not a number"),
        (ask("a", "lt", "1e999"), "'1e999' is not a number"),
        (ask("a", "cidr", "10.0.0.0/33"), "'10.0.0.0/33' is not a network"),
        (ask("a", "regex", "("), "missing )"),
        (ask(None, "exists"), "name the field"),
    ],
)
def test_test_that_cannot_be_used_has_a_reason(test: model.Test, reason: str) -> None:
    """Numbers, networks, expressions and keywords are checked before any event comes."""
    assert reason in (check_test(test) or "")


@pytest.mark.parametrize(
    "test", [ask("a", "gt", "-1.5"), ask("a", "cidr", "::/0"), ask("a", "regex", "a+"), ask(None, "contains", "x")]
)
def test_test_that_can_be_used_has_no_reason(test: model.Test) -> None:
    """What is in order is not complained of."""
    assert check_test(test) is None
