"""A batch is cut by what its events say of their logsource."""

import pytest
from tests.unit.engine.cases import ANY, ask, rule, table

from tocsin.engine import routes
from tocsin.engine.fields import Columns
from tocsin.engine.match import match
from tocsin.engine.plan import compile_plan
from tocsin.engine.routes import split
from tocsin.kernel.logsource import LogSource

NAMED = {"product": frozenset({"windows", "linux"})}
EVENTS = [
    {"product": "Windows", "a": "x"},
    {"product": "linux", "a": "x"},
    {"product": "toaster", "a": "x"},
    {"a": "x"},
    {"product": '["linux","windows"]', "a": "x"},
    {"product": "kettle", "a": "x"},
]
RULES = [rule(ask("a", "equals", "x"), LogSource(product)) for product in ("windows", "linux", "macos", None)]


def parts_of(events: list[dict[str, str]]) -> dict[frozenset[str] | None, list[int]]:
    """What the events of each part say, and their rows."""
    found = {}
    for part, told in split(Columns(table(events)), NAMED):
        assert told is not None
        found[dict(told)["product"]] = list(range(len(part))) if part.rows is None else part.rows.tolist()
    return found


def test_rows_are_put_together_by_what_they_say() -> None:
    """Without case, lists by their elements; what no rule names is one; saying nothing is another."""
    assert parts_of(EVENTS) == {
        frozenset({"windows"}): [0],
        frozenset({"linux"}): [1],
        frozenset(): [2, 5],
        None: [3],
        frozenset({"linux", "windows"}): [4],
    }


@pytest.mark.parametrize("rows", [[0], [2, 5], [3]])
def test_a_batch_that_says_one_thing_is_not_cut(rows: list[int]) -> None:
    """All of its rows are one part."""
    assert list(parts_of([EVENTS[row] for row in rows]).values()) == [list(range(len(rows)))]


@pytest.mark.parametrize("limit", [1, 16])
def test_a_batch_of_many_kinds_matches_the_same_uncut(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many parts are not made; the rules test then what each event says."""
    monkeypatch.setattr(routes, "MAX_PARTS", limit)
    matched = match(table(EVENTS), compile_plan(RULES), ANY)
    assert list(zip(matched.rule.tolist(), matched.row.tolist(), strict=True)) == [
        *((0, row) for row in (0, 3, 4)),
        *((1, row) for row in (1, 3, 4)),
        (2, 3),
        *((3, row) for row in range(6)),
    ]
