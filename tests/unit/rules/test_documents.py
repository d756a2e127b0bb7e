"""YAML documents that know where everything in them stands."""

from tocsin.kernel.issues import Location
from tocsin.rules.documents import Document, read_documents

TEXT = """\
title: A rule
detection:
    s:
        - "a|re": 'x y'
        - b: [1, 2]
    condition: s and
        t
date: 2024-01-31
"""


def read(text: str) -> Document:
    """The one document of ``text``."""
    (document,), issues = read_documents(text.encode(), "r.yml", "made")
    assert issues == []
    return document


def at(line: int, column: int) -> Location:
    """A place in r.yml."""
    return Location("r.yml", line, column)


def test_keys_and_values_have_their_places() -> None:
    """Lines and columns are counted from 1."""
    document = read(TEXT)
    assert document.at() == at(1, 1)
    assert document.at("title") == at(1, 8)
    assert document.at_key("detection", "s") == at(3, 5)
    assert document.at_key("detection", "s", 0, "a|re") == at(4, 11)
    assert document.at("detection", "s", 1, "b", 1) == at(5, 18)


def test_an_offset_counts_from_the_first_letter_of_the_text() -> None:
    """Quotes are passed over; in a text of several lines the place is its beginning."""
    document = read(TEXT)
    assert document.at("detection", "s", 0, "a|re", offset=2) == at(4, 22)
    assert document.at_key("detection", "s", 0, "a|re", offset=2) == at(4, 14)
    assert document.at("detection", "condition", offset=10) == at(6, 16)


def test_what_is_missing_has_the_place_of_what_it_is_missing_from() -> None:
    """A key that is not there cannot be pointed at."""
    document = read(TEXT)
    assert document.at("level") == at(1, 1)
    assert document.at_key("detection", "t") == at(2, 1)


def test_a_plain_scalar_is_known_as_it_was_written() -> None:
    """Quoted texts and lists are not plain."""
    document = read(TEXT)
    assert document.written("detection", "s", 1, "b", 0) == "1"
    assert document.written("detection", "s", 0, "a|re") is None
    assert document.written("detection", "s") is None


def test_a_date_stays_text() -> None:
    """Sigma's dates are for people, and a log's are texts."""
    assert read(TEXT).data["date"] == "2024-01-31"


def test_documents_after_a_broken_one_are_read() -> None:
    """The file is cut before it is parsed, so an open quote ends with its document."""
    documents, issues = read_documents(
        b"a: 'open\n---\nb: 1\n---\n...\n---\n# only this\n--- {c: 2}\n", "r.yml", "made"
    )
    assert [document.data for document in documents] == [{"b": 1}, {"c": 2}]
    assert [document.made_id for document in documents] == ["made#2", "made#3"]
    assert [str(issue.location) for issue in issues] == ["r.yml:2:1"]


def test_a_separator_inside_a_text_is_no_separator() -> None:
    """Only at the beginning of a line and followed by a blank does it part documents."""
    assert read("a: |\n    x\n    ---\n    y\n---b: 1\n".replace("---b", "b")).data == {"a": "x\n---\ny\n", "b": 1}


def test_equal_texts_have_equal_digests() -> None:
    """The digest is of the document's text alone."""
    assert read("a: 1\n").digest == read("a: 1\n").digest != read("a: 2\n").digest
