"""Expressions are built in their simplest form."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.rules.expressions import all_of, any_of, count_tests, negate
from tocsin.rules.model import And, Expression, Not, Operator, Or
from tocsin.rules.model import Test as Atom

A, B, C = (Atom(name, Operator.EXISTS) for name in "abc")


def test_a_nested_conjunction_is_one_conjunction() -> None:
    """(a and b) and c is a and b and c, and the same for or."""
    assert all_of([all_of([A, B]), C]) == And((A, B, C))
    assert any_of([any_of([A, B]), C]) == Or((A, B, C))


def test_or_inside_and_stays() -> None:
    """Only the same operator is flattened."""
    assert all_of([any_of([A, B]), C]) == And((Or((A, B)), C))


def test_a_repeated_term_is_dropped() -> None:
    """a and a is a."""
    assert all_of([A, A]) == A
    assert any_of([A, B, A]) == Or((A, B))


def test_not_not_is_undone() -> None:
    """not not a is a."""
    assert negate(negate(A)) == A
    assert negate(A) == Not(A)


def test_every_test_is_counted_where_it_stands() -> None:
    """The size of an expression is the tests in it."""
    assert count_tests(And((A, Or((A, Not(B)))))) == 3


def _value(expression: Expression, true: frozenset[str | None]) -> bool:
    match expression:
        case And(terms):
            return all(_value(term, true) for term in terms)
        case Or(terms):
            return any(_value(term, true) for term in terms)
        case Not(term):
            return not _value(term, true)
    return expression.field in true


TERMS = st.recursive(
    st.sampled_from([A, B, C]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        .map(tuple)
        .flatmap(lambda terms: st.sampled_from([And(terms), Or(terms), Not(terms[0])]))
    ),
    max_leaves=12,
)


def _rebuild(expression: Expression) -> Expression:
    match expression:
        case And(terms):
            return all_of([_rebuild(term) for term in terms])
        case Or(terms):
            return any_of([_rebuild(term) for term in terms])
        case Not(term):
            return negate(_rebuild(term))
    return expression


@given(TERMS, st.frozensets(st.sampled_from("abc")))
def test_simplifying_never_changes_the_meaning(expression: Expression, true: frozenset[str]) -> None:
    """For every assignment the simple form has the value of the written one."""
    assert _value(_rebuild(expression), true) == _value(expression, true)
