"""Regular expressions over columns."""

import numpy as np
import pyarrow as pa

from tocsin.formats.extract import Overlay, extract, map_where, null_if


def test_named_groups_become_columns_over_the_rows_that_match() -> None:
    """Rows that do not match are left out; an empty group is null."""
    rows, groups = extract(pa.array(["a1", "x", None, "b"]), r"^(?P<letter>[ab])(?P<digit>\d?)$")
    assert rows.tolist() == [0, 3]
    assert {name: column.to_pylist() for name, column in groups.items()} == {"letter": ["a", "b"], "digit": ["1", None]}


def test_later_pieces_lie_over_earlier_ones_and_columns_of_nulls_are_left_out() -> None:
    """Columns over some rows become columns over all."""
    overlay = Overlay(3)
    overlay.add(np.arange(3), {"a": pa.array(["x", "y", "z"]), "none": pa.nulls(3, pa.string())})
    overlay.add(np.array([2]), {"a": pa.array(["new"]), "b": pa.array(["only"])})
    laid = {name: column.to_pylist() for name, column in overlay.columns().items()}
    assert laid == {"a": ["x", "y", "new"], "b": [None, None, "only"]}


def test_texts_that_stand_for_nothing_become_null() -> None:
    """Null stays null."""
    assert null_if(pa.array(["-", "a", None]), "-").to_pylist() == [None, "a", None]


def test_only_texts_with_the_mark_are_changed() -> None:
    """And each distinct one once."""
    seen: list[str] = []
    column = map_where(pa.array(["a", "b!", "b!", None]), "!", lambda text: seen.append(text) or "c")
    assert (column.to_pylist(), seen) == (["a", "c", "c", None], ["b!"])
