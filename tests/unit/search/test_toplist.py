"""The fields of what was found, and their values."""

from tests.unit.search.cases import NOW, table_of

from tocsin.search import toplist
from tocsin.search.parse import parse
from tocsin.search.toplist import list_fields, top_values


def test_the_fields_of_the_found_are_listed_with_their_top_values(tmp_path):
    """The most frequent field first, and its most frequent value first."""
    table = table_of(tmp_path, [{"a": "x", "b": "1"}, {"a": "x", "b": "2"}], [{"a": "x", "b": "2"}, {"a": "y"}])
    found = list_fields({"web": table}, parse("a:x", now=NOW))
    assert [(field.name, field.records, field.distinct, field.top) for field in found.fields] == [
        ("a", 3, 1, (("x", 3),)),
        ("b", 3, 2, (("2", 2), ("1", 1))),
    ]
    assert (found.sampled, found.is_all) == (3, True)


def test_the_elements_of_a_list_are_values(tmp_path):
    """A link on one of them finds the record, as a rule would."""
    table = table_of(tmp_path, [{"a": '["x","y"]'}, {"a": "x"}])
    (field,) = list_fields({"web": table}, parse("", now=NOW)).fields
    assert (field.records, field.top) == (2, (("x", 2), ("y", 1)))


def test_only_a_sample_is_listed(tmp_path):
    """Of the newest, and it says so."""
    table = table_of(tmp_path, [{"old": "x"}], [{"new": "x"}, {"new": "x"}])
    found = list_fields({"web": table}, parse("", now=NOW), sample=2)
    assert [field.name for field in found.fields] == ["new"]
    assert (found.sampled, found.is_all) == (2, False)


def test_one_field_is_counted_over_all(tmp_path):
    """Whatever the case of its name."""
    table = table_of(tmp_path, [{"a": "x"}, {"A": "y"}], [{"a": "x"}, {"b": "z"}])
    found = top_values({"web": table}, parse("", now=NOW), "a")
    assert (found.records, found.top, found.is_exact) == (3, (("x", 2), ("y", 1)), True)


def test_too_many_values_are_not_all_kept(tmp_path, monkeypatch):
    """Memory is bounded, and the counts are then said to be lower bounds."""
    monkeypatch.setattr(toplist, "MAX_COUNTED", 4)
    table = table_of(tmp_path, [{"a": str(number)} for number in range(10)] + [{"a": "0"}])
    found = top_values({"web": table}, parse("", now=NOW), "a", top=1)
    assert (found.top, found.is_exact) == ((("0", 2),), False)
