"""Build expressions in their simplest form: nested And and Or flattened, duplicates dropped, Not Not undone."""

from collections.abc import Iterable, Iterator

from tocsin.rules.model import And, Expression, Not, Or, Test


def all_of(terms: Iterable[Expression]) -> Expression:
    """The conjunction of ``terms``; a single term stands for itself."""
    flat = tuple(dict.fromkeys(part for term in terms for part in (term.terms if isinstance(term, And) else (term,))))
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(terms: Iterable[Expression]) -> Expression:
    """The disjunction of ``terms``; a single term stands for itself."""
    flat = tuple(dict.fromkeys(part for term in terms for part in (term.terms if isinstance(term, Or) else (term,))))
    return flat[0] if len(flat) == 1 else Or(flat)


def negate(term: Expression) -> Expression:
    """The contrary of ``term``."""
    return term.term if isinstance(term, Not) else Not(term)


def iterate_fields(expression: Expression) -> Iterator[str]:
    """The field of every test that names one, in order."""
    if isinstance(expression, Test):
        yield from () if expression.field is None else (expression.field,)
        return
    for term in (expression.term,) if isinstance(expression, Not) else expression.terms:
        yield from iterate_fields(term)


def count_tests(expression: Expression) -> int:
    """How many tests ``expression`` makes, each counted wherever it stands."""
    if isinstance(expression, And | Or):
        return sum(count_tests(term) for term in expression.terms)
    return count_tests(expression.term) if isinstance(expression, Not) else 1
