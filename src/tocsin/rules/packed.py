"""Tests in JSON, for what is kept on disk: a list a part of theirs, since tens of thousands are read at each start."""

from collections.abc import Sequence
from typing import Any, Final

from tocsin.rules.model import Operator, Test

_OPERATORS: Final = list(Operator)


def pack_tests(tests: Sequence[Test]) -> list[Any]:
    """The names of the fields; then per test its field, operator and value; then which ones are cased."""
    fields = {field: place for place, field in enumerate(dict.fromkeys(test.field for test in tests))}
    operators = {operator: place for place, operator in enumerate(_OPERATORS)}
    return [
        list(fields),
        [fields[test.field] for test in tests],
        [operators[test.operator] for test in tests],
        [test.value for test in tests],
        [place for place, test in enumerate(tests) if test.is_cased],
    ]


def unpack_tests(data: Sequence[Any]) -> list[Test]:
    """The tests that `pack_tests` made ``data`` of.

    Raises: IndexError, TypeError or ValueError where ``data`` is anything else.
    """
    fields, field_places, operators, values, cased = data
    is_cased = [False] * len(values)
    for place in cased:
        is_cased[place] = True
    columns = ([fields[place] for place in field_places], [_OPERATORS[place] for place in operators], values, is_cased)
    return list(map(Test._make, zip(*columns, strict=True)))
