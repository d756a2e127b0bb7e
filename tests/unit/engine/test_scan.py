"""Scanning the distinct texts of one field."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.evaluate import compare
from tests.unit.engine.cases import ask, table

from tocsin.engine import scan as scan_module
from tocsin.engine.atoms import canonical
from tocsin.engine.compare import Texts
from tocsin.engine.fields import Columns
from tocsin.engine.scan import Scan, Scanner
from tocsin.rules import model

texts = st.text("abAB é", max_size=6)
operators = st.sampled_from(["equals", "contains", "startswith", "endswith"])


def scan_of(values: list[str], tests: list[model.Test]) -> Scan:
    """A scan of one column of ``values``."""
    found = Columns(table([{"a": value} for value in values])).find("a")
    assert found is not None
    return Scan(Scanner(tests), found)


def truth(scan: Scan, test: model.Test, rows: int) -> list[bool]:
    """The truth of ``test`` per row."""
    lut = scan.lut(test)
    return [lut] * rows if isinstance(lut, bool) else lut.take(scan.values.codes).tolist()


@given(
    st.lists(texts, min_size=1, max_size=30),
    st.lists(st.builds(ask, st.just("a"), operators, texts, cased=st.booleans()), min_size=1, max_size=8),
    st.integers(1, 9),
)
def test_windows_and_common_signals_change_nothing(values: list[str], tests: list[model.Test], window: int) -> None:
    """Any window size, with signals left out as too common or not, gives each test the oracle's truth."""
    tests = [canonical(test) for test in tests]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan_module, "WINDOW_BYTES", window)
        patch.setattr(scan_module, "MIN_COMMON_HITS", 1)
        scan = scan_of(values, tests)
        for test in tests:
            assert truth(scan, test, len(values)) == [compare(test, value) for value in values]


def test_a_find_never_spans_two_values() -> None:
    """The end of one value and the beginning of the next are no text."""
    test = ask("a", "contains", "ab")
    assert scan_of(["xa", "bx"], [test]).lut(test) is False


def test_signal_in_every_text_is_not_sought_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first window shows to be everywhere is left out, and still answered when asked for."""
    monkeypatch.setattr(scan_module, "WINDOW_BYTES", 4096)
    monkeypatch.setattr(scan_module, "MIN_COMMON_HITS", 100)
    common, rare = ask("a", "contains", "e"), ask("a", "contains", "tree 7777")
    values = [f"tree {n}" for n in range(9000)]
    found = Scanner([common, rare]).scan(Texts(pa.array(values)))
    assert len(found.unsought) == 1
    assert len(found.text) == 1
    scan = scan_of(values, [common, rare])
    assert truth(scan, common, len(values)) == [True] * len(values)
    assert sum(truth(scan, rare, len(values))) == 1
    assert scan.present.tolist() == [0, 1]


def test_scanner_without_signals_finds_none() -> None:
    """A field with numeric tests only is not scanned, and its tests are answered."""
    test = ask("a", "gt", "5")
    scan = scan_of(["4", "6"], [test])
    assert scan.present.tolist() == []
    assert truth(scan, test, 2) == [False, True]
