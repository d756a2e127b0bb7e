"""What matches what: every bold sentence of docs/matching.md, and the law of the batch."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.engine.cases import ANY, ask, found, is_match, rule, table
from tests.unit.rules.test_meaning import RULE_SENTENCES

from tocsin.engine import match as match_module
from tocsin.engine.match import Matches, match
from tocsin.engine.plan import compile_plan
from tocsin.kernel.errors import SchemaError
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import And, Expression, Not, Or

DOCS = Path(__file__).parents[3] / "docs" / "matching.md"

# Sentence → (condition, event, whether it matches), at least one of each outcome where both make sense.
Case = tuple[Expression, Mapping[str, str | None], bool]
SENTENCES: dict[str, list[Case]] = {
    "Every value is text: a number is compared as it was written.": [
        (ask("port", "equals", "10"), {"port": "10"}, True),
        (ask("port", "equals", "10"), {"port": "10.0"}, False),
    ],
    "A boolean is the text `true` or `false`.": [
        (ask("ok", "equals", "true"), {"ok": "true"}, True),
        (ask("ok", "equals", "true"), {"ok": "[true]"}, True),
        (ask("ok", "equals", "true"), {"ok": "1"}, False),
    ],
    "A test of a field that the event does not have is false.": [
        (ask("a", "contains", ""), {"b": "x"}, False),
        (ask("a", "contains", ""), {"a": "x"}, True),
    ],
    "So the contrary of such a test is true.": [(Not(ask("a", "equals", "x")), {"b": "x"}, True)],
    "An empty text is a value, and not the absence of one.": [
        (ask("a", "equals", ""), {"a": ""}, True),
        (ask("a", "is_null"), {"a": ""}, False),
    ],
    "Spaces count.": [(ask("a", "equals", "x"), {"a": "x "}, False), (ask("a", "gt", "1"), {"a": " 2"}, False)],
    "Texts are compared without regard to case, beyond ASCII too.": [
        (ask("a", "contains", "CMD"), {"a": "x cmd.exe"}, True),
        (ask("a", "startswith", "größe"), {"a": "GRÖẞE 3"}, True),
        (ask("a", "like", "привет*м?р"), {"a": "ПРИВЕТ, МИР"}, True),
    ],
    "With `cased` they are compared exactly.": [
        (ask("a", "contains", "CMD", cased=True), {"a": "x cmd.exe"}, False),
        (ask("a", "contains", "CMD", cased=True), {"a": "x CMD.exe"}, True),
        (ask("a", "equals", "Ab", cased=True), {"a": "AB"}, False),
        (ask("a", "like", "A*b?", cased=True), {"a": "A--bc"}, True),
        (ask("a", "like", "A*b?", cased=True), {"a": "a--bc"}, False),
        (ask("a", "fieldref", "b", cased=True), {"a": "x", "b": "X"}, False),
        (ask("a", "fieldref_startswith", "b", cased=True), {"a": "xy", "b": "X"}, False),
    ],
    "`ς`, `σ` and `Σ` are one letter, and so are `K` (the Kelvin sign) and `k`.": [
        (ask("a", "equals", "οδος"), {"a": "ΟΔΟΣ"}, True),
        (ask("a", "equals", "οδοσ"), {"a": "οδος"}, True),
        (ask("a", "endswith", "k"), {"a": "300 \u212a"}, True),
    ],
    "The Turkish `İ` and `ı` are the letter `i`.": [
        (ask("a", "equals", "admin"), {"a": "ADMİN"}, True),
        (ask("a", "equals", "ADMIN"), {"a": "admın"}, True),
    ],
    "`ß` is `ẞ`, but not `ss`: a letter is never two.": [
        (ask("a", "equals", "straße"), {"a": "STRAẞE"}, True),
        (ask("a", "equals", "straße"), {"a": "STRASSE"}, False),
    ],
    "An accent counts, and so does the way it is written.": [
        (ask("a", "equals", "é"), {"a": "É"}, True),
        (ask("a", "equals", "é"), {"a": "e"}, False),
        (ask("a", "equals", "é"), {"a": "e\u0301"}, False),
    ],
    "A regular expression minds case unless it says `(?i)`.": [
        (ask("a", "regex", "ab+c"), {"a": "ABC"}, False),
        (ask("a", "regex", "(?i)ab+c"), {"a": "ABC"}, True),
    ],
    "A field is found by its exact name.": [
        (ask("a.b", "equals", "x"), {"a.b": "x"}, True),
        (ask("a.b", "equals", "x"), {"b": "x"}, False),
    ],
    "Where no field has that exact name, or it is null, the first by name that differs only in case counts.": [
        (ask("LogonId", "equals", "x"), {"LOGONID": "x", "logonid": "y"}, True),
        (ask("LogonId", "equals", "y"), {"LOGONID": "x", "logonid": "y"}, False),
        (ask("LogonId", "equals", "x"), {"LogonId": None, "LogonID": "x"}, True),
    ],
    "The exact name wins over one that differs in case.": [
        (ask("b", "equals", "x"), {"B": "y", "b": "x"}, True),
        (ask("b", "equals", "y"), {"B": "y", "b": "x"}, False),
    ],
    "`product`, `category` and `service` are found by these exact names only.": [
        (ask("service", "equals", "x"), {"Service": "x"}, False),
        (ask("Service", "equals", "x"), {"service": "x"}, True),
        (ask("category", "equals", "x"), {"Category": "y", "_extra": '{"category": "x", "CATEGORY": "z"}'}, True),
    ],
    "A field that found no column is found in `_extra`.": [
        (ask("a.b", "equals", "x"), {"_extra": '{"a.b": "x"}'}, True),
        (ask("A.B", "gt", "4"), {"_extra": '{"a.b": [3, 5]}'}, True),
        (ask("a.b", "exists"), {"_extra": '{"a.b": null}', "c": "x"}, False),
    ],
    "A column wins over `_extra`.": [
        (ask("a", "equals", "x"), {"A": "x", "_extra": '{"a": "y"}'}, True),
        (ask("a", "equals", "y"), {"A": "x", "_extra": '{"a": "y"}'}, False),
    ],
    "The columns that the collector adds, such as `_raw`, are no fields.": [
        (ask("_raw", "contains", "x"), {"_raw": "x", "a": "y"}, False),
        (ask(None, "contains", "x"), {"_raw": "x", "a": "y"}, False),
    ],
    "A text that is a JSON list is a list, and a test holds if it holds for any element.": [
        (ask("a", "equals", "y"), {"a": '["x","Y"]'}, True),
        (ask("a", "startswith", "y"), {"a": '["x","Yes"]'}, True),
        (ask("a", "gt", "5"), {"a": "[1,7]"}, True),
        (And((ask("a", "gt", "5"), ask("a", "lt", "2"))), {"a": "[1,7]"}, True),
    ],
    "The list's own text is not an element.": [
        (ask("a", "contains", ","), {"a": '["x","y"]'}, False),
        (ask("a", "equals", "[1]"), {"a": "[1]"}, False),
    ],
    "The elements of inner lists are elements.": [(ask("a", "equals", "y"), {"a": '["x",[["y"]]]'}, True)],
    "The contrary of a test holds only if no element passes it.": [
        (Not(ask("a", "equals", "x")), {"a": '["x","y"]'}, False),
        (Not(ask("a", "equals", "x")), {"a": '["z","y"]'}, True),
    ],
    "An empty list passes no test of its elements.": [
        (ask("a", "contains", ""), {"a": "[]"}, False),
        (ask(None, "contains", ""), {"_extra": '{"a": []}'}, False),
    ],
    "A null in a list is no element.": [
        (ask("a", "contains", ""), {"a": "[null]"}, False),
        (ask("a", "is_null"), {"a": "[null]"}, False),
    ],
    "A text in brackets that is no JSON is a text.": [
        (ask("a", "startswith", "[error"), {"a": "[error]"}, True),
        (ask("a", "equals", "[" * 2000 + "]" * 2000), {"a": "[" * 2000 + "]" * 2000}, True),
    ],
    "`null` holds if the event does not have the field.": [
        (ask("a", "is_null"), {"b": "x"}, True),
        (ask("a", "is_null"), {"b": "x", "a": None}, True),
        (ask("a", "is_null"), {"a": "null"}, False),
    ],
    "`exists` holds if the event has it, be it empty or an empty list.": [
        (ask("a", "exists"), {"a": ""}, True),
        (ask("a", "exists"), {"a": "[]"}, True),
        (ask("a", "exists"), {"b": "x"}, False),
    ],
    "A rejected record, of which no field could be read, matches nothing, not even a `not`.": [
        (Not(ask("a", "equals", "x")), {"a": None, "_error": "rejected: not JSON"}, False),
        (And(()), {"_error": "rejected: not JSON", "a": None}, False),
        (Not(ask("a", "equals", "x")), {"a": "y", "_error": "cut"}, True),
        (Not(ask("a", "equals", "x")), {"_error": "cut", "_extra": '{"b": "y"}'}, True),
    ],
    "In a pattern `*` stands for any text, of several lines too, and `?` for one character.": [
        (ask("a", "like", "a*c"), {"a": "ab\nbc"}, True),
        (ask("a", "like", "a?c"), {"a": "aßc"}, True),
        (ask("a", "like", "a?c"), {"a": "ac"}, False),
        (ask("a", "like", "a?c"), {"a": "a\nc"}, True),
        (ask("a", "like", "*b?"), {"a": "abc\n"}, False),
    ],
    "A backslash before `*`, `?` or a backslash makes it an ordinary character.": [
        (ask("a", "like", r"\*x*y\?"), {"a": "*x--y?"}, True),
        (ask("a", "like", r"\*x*y\?"), {"a": "-x--y-"}, False),
        (ask("a", "like", r"c:\\*\\x.exe"), {"a": r"c:\tmp\x.exe"}, True),
        (ask("a", "like", r"c:\tmp?x"), {"a": r"c:\tmp\x"}, True),
    ],
    "A regular expression may match anywhere in the value.": [
        (ask("a", "regex", "b"), {"a": "abc"}, True),
        (ask("a", "regex", "^b"), {"a": "abc"}, False),
    ],
    "`lt`, `lte`, `gt` and `gte` compare numbers, not texts.": [
        (ask("a", "lt", "10"), {"a": "9"}, True),
        (ask("a", "lt", "10"), {"a": "10"}, False),
        (ask("a", "lte", "10"), {"a": "1e1"}, True),
        (ask("a", "gt", "-3"), {"a": "-2.5"}, True),
        (ask("a", "gte", "7"), {"a": "007"}, True),
        (ask("a", "gte", "7"), {"a": "6.99"}, False),
    ],
    "A value that is no number passes none of them.": [
        (Or((ask("a", "lt", "10"), ask("a", "gte", "10"))), {"a": value}, False)
        for value in ("ten", "", "0x1f", "1_0", "+5", ".5", "1.", "nan", "١٠")
    ],
    "Numbers are compared as 64-bit floats, and an infinite one is no number.": [
        (ask("a", "gt", "9007199254740992"), {"a": "9007199254740993"}, False),
        (ask("a", "gt", "1"), {"a": "1e999"}, False),
    ],
    "`minute`, `hour`, `day`, `week`, `month` and `year` are those of the moment that the value tells, in UTC.": [
        (ask("a", "hour", "4"), {"a": "2026-03-29T23:30:00-05:00"}, True),
        (ask("a", "hour", "23"), {"a": "2026-03-29T23:30:00-05:00"}, False),
        (ask("a", "day", "30"), {"a": "2026-03-29T23:30:00-05:00"}, True),
        (ask("a", "minute", "30"), {"a": "2026-03-29 23:30:59.999"}, True),
        (ask("a", "month", "3"), {"a": '["2026-03-29","2026-04-01"]'}, True),
        (ask("a", "year", "2026"), {"a": "2027-01-01T00:00:00Z"}, False),
    ],
    "The week is that of ISO 8601: the first of a year has its first Thursday.": [
        (ask("a", "week", "53"), {"a": "2027-01-01"}, True),
        (ask("a", "week", "1"), {"a": "2027-01-04"}, True),
    ],
    "A moment without a zone is in UTC, and a number counts seconds, milliseconds, µs or ns since 1970.": [
        (ask("a", "hour", "23"), {"a": "2026-03-29 23:30:00"}, True),
        (ask("a", "year", "2026"), {"a": "1774834200"}, True),
        (ask("a", "year", "2026"), {"a": "1774834200123"}, True),
    ],
    "What is no moment has none of these parts.": [
        (ask("a", "hour", "0"), {"a": "yesterday"}, False),
        (Not(ask("a", "hour", "0")), {"a": "yesterday"}, True),
    ],
    "`cidr` holds for an address in the network, IPv4 or IPv6.": [
        (ask("a", "cidr", "10.0.0.0/8"), {"a": "10.255.0.1"}, True),
        (ask("a", "cidr", "10.0.0.0/8"), {"a": "11.0.0.1"}, False),
        (ask("a", "cidr", "2001:db8::/32"), {"a": "2001:DB8::1"}, True),
        (ask("a", "cidr", "2001:db8::/32"), {"a": "2001:db9::1"}, False),
        (ask("a", "cidr", "0.0.0.0/0"), {"a": "::1"}, False),
    ],
    "An IPv4 address written as IPv6 (`::ffff:10.1.2.3`) is the IPv4 address.": [
        (ask("a", "cidr", "10.0.0.0/8"), {"a": "::ffff:10.1.2.3"}, True),
    ],
    "What is no address is in no network.": [
        (ask("a", "cidr", "0.0.0.0/0"), {"a": value}, False)
        for value in ("10.1.2", "010.1.2.3", "10.1.2.300", "x:y", "")
    ],
    "`fieldref` holds if both fields are there and equal; of lists, if they have an element in common.": [
        (ask("a", "fieldref", "b"), {"a": "x", "b": "X"}, True),
        (ask("a", "fieldref", "b"), {"a": "x", "b": "y"}, False),
        (ask("a", "fieldref", "b"), {"c": "x"}, False),
        (ask("a", "fieldref", "b"), {"a": '["x","y"]', "b": '["Y"]'}, True),
        (ask("a", "fieldref", "b"), {"a": '["x","y"]', "b": "z"}, False),
    ],
    "With `startswith`, `endswith` or `contains` the other field's text must be that part of this one's.": [
        (ask("a", "fieldref_startswith", "b"), {"a": "Alice@x", "b": "alice"}, True),
        (ask("a", "fieldref_startswith", "b"), {"a": "x@alice", "b": "alice"}, False),
        (ask("a", "fieldref_endswith", "b"), {"a": "x@alice", "b": "alice"}, True),
        (ask("a", "fieldref_contains", "b"), {"a": "x@alice@y", "b": '["bob","alice"]'}, True),
        (ask("a", "fieldref_contains", "b"), {"a": "alice"}, False),
    ],
    "A keyword is sought in every field, those in `_extra` included.": [
        (ask(None, "contains", "needle"), {"a": "x", "b": "a NEEDLE in"}, True),
        (ask(None, "contains", "needle"), {"a": "x", "_extra": '{"b": "needle"}'}, True),
        (ask(None, "regex", "^x$"), {"a": "y", "b": "x"}, True),
        (Not(ask(None, "contains", "needle")), {"a": "x", "b": "needle"}, False),
    ],
}
WINDOWS = LogSource(product="windows", category="process_creation")
ROUTES: dict[str, list[tuple[LogSource, Mapping[str, str | None], bool]]] = {
    "A rule's product, category and service must equal the source's, without regard to case.": [
        (LogSource("Windows", "process_creation"), {"a": "x"}, True),
        (LogSource("linux", "process_creation"), {"a": "x"}, False),
        (LogSource("windows", "process_creation", "sysmon"), {"a": "x"}, True),
    ],
    "Where the source does not say, the event's field of that name must, if it has one.": [
        (LogSource("windows"), {"a": "x", "category": "Process_Creation"}, True),
        (LogSource("windows"), {"a": "x", "category": "dns"}, False),
        (LogSource("windows"), {"a": "x", "product": "linux"}, True),
    ],
    "Where the event has no such field, its other fields decide, by the taxonomy.": [
        (LogSource("windows"), {"a": "x", "Channel": "Security", "EventID": "4688"}, True),
        (LogSource("windows"), {"a": "x", "Channel": "Security", "EventID": "1"}, False),
        (LogSource("windows"), {"a": "x", "Category": "dns", "Channel": "Security", "EventID": "4688"}, True),
    ],
    "A rule looks at every event of a source that does not say and whose events do not say.": [
        (LogSource(), {"a": "x"}, True),
        (LogSource(), {"a": "x", "product": None}, True),
    ],
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentence_of_the_docs_holds(sentence: str) -> None:
    """What docs/matching.md says in bold is what engine and oracle do."""
    for condition, event, expected in SENTENCES[sentence]:
        assert is_match(rule(condition), event) == (expected, expected), (condition, event)


@pytest.mark.parametrize("sentence", ROUTES)
def test_sentence_on_logsources_holds(sentence: str) -> None:
    """What docs/matching.md says in bold of logsources is what engine and oracle do."""
    for source, event, expected in ROUTES[sentence]:
        assert is_match(rule(ask("a", "equals", "x"), WINDOWS), event, source) == (expected, expected), (source, event)


def test_every_sentence_of_the_docs_is_tested() -> None:
    """The bold sentences of docs/matching.md and the sentences tested here are the same."""
    stated = re.findall(r"^- \*\*(.+)\*\*$", DOCS.read_text(), re.MULTILINE)
    assert sorted(stated) == sorted([*SENTENCES, *ROUTES, *RULE_SENTENCES])


def test_matches_are_in_order_of_rule_then_row() -> None:
    """The result is sorted by rule, then by row, with the promised types."""
    events = table([{"a": "x"}, {"a": "y"}, {"a": "x"}])
    matched = match(events, compile_plan([rule(ask("a", "exists")), rule(ask("a", "equals", "x"))]), ANY)
    assert (matched.rule.tolist(), matched.row.tolist()) == ([0, 0, 0, 1, 1], [0, 1, 2, 0, 2])
    assert (matched.rule.dtype, matched.row.dtype, len(matched)) == (np.int32, np.int64, 5)


def test_rows_of_a_rule() -> None:
    """`rows_of` gives the rows of one rule, and none for a rule without matches."""
    matched = Matches(np.array([0, 2, 2], np.int32), np.array([5, 1, 4]))
    assert [matched.rows_of(rule).tolist() for rule in range(4)] == [[5], [], [1, 4], []]


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("encoded", [True, False])
def test_batch_size_changes_nothing(size: int, encoded: bool) -> None:
    """Batches of 1, of 7 and the whole find the same."""
    events = table([{"a": f"value {n % 13}", "b": str(n) if n % 3 else None} for n in range(100)], encoded=encoded)
    conditions = [
        ask("a", "endswith", " 7"),
        Not(ask("b", "gt", "50")),
        And((ask("a", "like", "v*1?"), ask("b", "exists"))),
    ]
    whole = found(events, *conditions)
    parts = [(r, e + at) for at in range(0, 100, size) for r, e in found(events.slice(at, size), *conditions)]
    assert whole == sorted(parts)
    assert len({r for r, _ in whole}) == 3


def test_long_table_is_cut_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table longer than `MAX_ROWS` is evaluated in parts and gives the same."""
    events = table([{"a": str(n)} for n in range(50)])
    conditions = [ask("a", "endswith", "7"), Not(ask("a", "contains", "1"))]
    whole = found(events, *conditions)
    monkeypatch.setattr(match_module, "MAX_ROWS", 8)
    assert found(events, *conditions) == whole


def test_empty_table_matches_nothing() -> None:
    """No rows, no matches, even for a rule that is always true."""
    assert found(table([{"a": "x"}]).slice(1), And(())) == []
    assert found(pa.table({"_id": pa.array([], pa.string())}), And(())) == []


def test_column_that_is_no_text_is_an_error() -> None:
    """A field column of another type is named in the error."""
    with pytest.raises(SchemaError, match="column 'n' is int64"):
        found(pa.table({"n": [1, 2]}), ask("n", "equals", "1"))


def test_other_text_types_are_read() -> None:
    """Large strings, null columns and dictionaries with a null among their values are columns of text."""
    holed = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), pa.array(["x", None]))
    events = pa.table({"a": pa.array(["x", "y", None], pa.large_string()), "b": pa.nulls(3), "c": holed})
    assert found(events, ask("a", "equals", "x"), ask("b", "is_null"), ask("c", "is_null")) == [
        (0, 0),
        *((1, row) for row in range(3)),
        (2, 1),
        (2, 2),
    ]
