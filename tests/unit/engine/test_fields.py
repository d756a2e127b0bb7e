"""Fields of a batch."""

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.engine.cases import table

from tocsin.engine.fields import Columns, Part, find_column, read_list


def test_chunks_with_dictionaries_of_their_own_are_unified() -> None:
    """Codes mean the same in every chunk."""
    events = pa.concat_tables([table([{"a": "x"}, {"a": "y"}]), table([{"a": "y"}, {"a": "z"}, {"a": None}])])
    values = Columns(events).find("a")
    assert values is not None
    decoded = [None if code == values.size else values.texts.raw[code].as_py() for code in values.codes.tolist()]
    assert decoded == ["x", "y", "y", "z", None]
    assert values.size == 3


def test_values_that_no_row_has_are_left_out() -> None:
    """A small slice of a large dictionary carries only its own values."""
    events = table([{"a": f"value {n}"} for n in range(100)]).slice(40, 2)
    values = Columns(events).find("a")
    assert values is not None
    assert values.texts.raw.to_pylist() == ["value 40", "value 41"]


def test_elements_know_their_value() -> None:
    """Each element of a list is a text owned by the list's value."""
    values = Columns(table([{"a": "x"}, {"a": '["y","z"]'}, {"a": "w"}])).find("a")
    assert values is not None
    assert values.owners is not None
    assert sorted(zip(values.texts.raw.to_pylist(), values.owners.tolist(), strict=True)) == [
        ("w", 2),
        ("x", 0),
        ("y", 1),
        ("z", 1),
    ]


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ('["a",1,2.5,true,null]', ["a", "1", "2.5", "true"]),
        ('[[1,["b"]],{"k":1}]', ["1", "b", '{"k":1}']),
        ("[]", []),
        ("[error]", None),
        ('{"a":[1]}', None),
        ("[" * 2000 + "]" * 2000, None),
        ("[" * 900 + "7" + "]" * 900, ["7"]),
    ],
)
def test_list_is_read(text: str, elements: list[str] | None) -> None:
    """A JSON list gives its elements' texts, inner ones in their place; anything else is no list."""
    assert read_list(text) == elements


def test_column_is_found_as_rules_see_it() -> None:
    """Exact name, other case and `_extra` fill each other's gaps."""
    events = table([{"ip": "1"}, {"IP": "2"}, {"_extra": '{"Ip": 3}'}, {"b": "x"}])
    column = find_column(events, "ip")
    assert column is not None
    assert column.to_pylist() == ["1", "2", "3", None]
    assert find_column(events, "absent") is None
    assert find_column(events, "_extra") is None


@pytest.mark.parametrize("extra", ["no JSON", "[1]", '"a"', "{}", '{"a": null}'])
def test_extra_that_holds_no_field_is_passed_over(extra: str) -> None:
    """What is in `_extra` and is no object of fields adds none, and stops nothing."""
    assert find_column(table([{"b": "x", "_extra": extra}]), "a") is None


@pytest.mark.parametrize("encoded", [True, False])
@pytest.mark.parametrize("rows", [[0], [1, 3], [0, 1, 2, 4, 5], [2, 5]])
def test_a_part_has_the_values_of_its_rows(rows: list[int], encoded: bool) -> None:
    """Lists, nulls and all, be the part small or large; a field that none of its rows has is absent."""
    texts = ["x", '["y","z"]', None, "x", "w", None]
    batch = Columns(table([{"a": text, "b": "1"} for text in texts], encoded=encoded))
    values = Part(batch, np.array(rows)).find("a")
    if values is None:
        assert rows == [2, 5]
        return
    owners = range(values.size) if values.owners is None else values.owners.tolist()
    of_value: dict[int, list[str]] = {}
    for owner, text in zip(owners, values.texts.raw.to_pylist(), strict=True):
        of_value.setdefault(owner, []).append(text)
    expected = [[] if text is None else read_list(text) or [text] for text in (texts[row] for row in rows)]
    assert [of_value.get(code, []) for code in values.codes.tolist()] == expected


def test_values_without_a_column_are_one_more_field() -> None:
    """Each row's list is its value, every text of it an element, and a text that is a JSON list several."""
    others = pa.array([["x", '["y","z"]'], [], None, ["w"]])
    events = pa.table({"a": pa.array(["1", "2", "3", "4"]), "_others": others})
    values = list(Columns(events).every())[1]
    texts = zip(values.values_of(np.arange(len(values.texts))).tolist(), values.texts.raw.to_pylist(), strict=True)
    assert sorted(texts) == [(0, "x"), (0, "y"), (0, "z"), (3, "w")]
    assert values.codes.tolist() == [0, 1, 2, 3]
