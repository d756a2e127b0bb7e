"""What a rule's words mean: the bold sentences of docs/matching.md that are about rules, from YAML to a match."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import orjson
import pyarrow as pa
import pytest
from tests.oracle.evaluate import matches
from tests.unit.engine.cases import table

from tocsin.engine.match import match
from tocsin.engine.plan import compile_plan
from tocsin.formats import load_format
from tocsin.kernel.logsource import LogSource
from tocsin.rules.files import RuleFile
from tocsin.rules.load import parse_file
from tocsin.rules.model import DetectionRule
from tocsin.rules.placeholders import Placeholders
from tocsin.rules.resolve import resolve
from tocsin.rules.site import Site

SITE = Site(Placeholders({"admins": ("root", "adm*")}))
FILTER = "\n---\ntitle: F\nlogsource: {product: linux}\nfilter: {rules: any, f: {user: admin}, condition: not f}"
Event = Mapping[str, str | None]

# Sentence → (detection, event, whether it matches).
RULE_SENTENCES: dict[str, list[tuple[str, Event, bool]]] = {
    "A list of values is any of them, and with `all` all of them.": [
        ("{s: {a|contains: [x, y]}, condition: s}", {"a": "y"}, True),
        ("{s: {a|contains|all: [x, y]}, condition: s}", {"a": "y"}, False),
        ("{s: {a|contains|all: [x, y]}, condition: s}", {"a": "xy"}, True),
    ],
    "A mapping is all of its fields, and a list of mappings any of them.": [
        ("{s: {a: x, b: y}, condition: s}", {"a": "x"}, False),
        ("{s: [{a: x}, {b: y}], condition: s}", {"a": "x"}, True),
        ("{s: [{a: x}, {b: y}], condition: s}", {"a": "y"}, False),
    ],
    "`1 of` and `all of` take selections by a pattern, and `them` are all but those that begin with `_`.": [
        ("{s_1: {a: x}, s_2: {a: y}, condition: 1 of s_*}", {"a": "y"}, True),
        ("{s_1: {a: x}, s_2: {b: y}, condition: all of s_*}", {"a": "x"}, False),
        ("{s: {a: x}, _t: {b: y}, condition: all of them or _t}", {"a": "x"}, True),
        ("{s: {a: x}, _t: {b: y}, condition: 1 of them and not _t}", {"b": "y"}, False),
    ],
    "Several conditions are alternatives.": [
        ("{s: {a: x}, t: {b: y}, condition: [s and t, t]}", {"b": "y"}, True),
        ("{s: {a: x}, t: {b: y}, condition: [s and t, t]}", {"a": "x"}, False),
    ],
    "`neq` is the contrary of the whole item: none of its values, or no such field.": [
        ("{s: {a|neq: [x, y]}, condition: s}", {"a": "z"}, True),
        ("{s: {a|neq: [x, y]}, condition: s}", {"a": "y"}, False),
        ("{s: {a|neq: [x, y]}, condition: s}", {"b": "z"}, True),
    ],
    "`*` alone asks only that the field is there.": [
        ("{s: {a: '*'}, condition: s}", {"a": ""}, True),
        ("{s: {a: '*'}, condition: s}", {"b": "x"}, False),
    ],
    "`hour|gte` and its like compare a part of a moment; one that it can never be is refused.": [
        ("{s: {a|hour|gte: 22}, condition: s}", {"a": "2026-01-02T23:05:00Z"}, True),
        ("{s: {a|hour|gte: 22}, condition: s}", {"a": "2026-01-02T21:59:00Z"}, False),
        ("{s: {a|hour|lt: 6}, condition: s}", {"a": "2026-01-02T05:59:00Z"}, True),
        ("{s: {a|year|gt: 2025}, condition: s}", {"a": "2026-01-02T05:59:00Z"}, True),
        ("{s: {a|day|lte: 1}, condition: s}", {"a": "2026-01-02T05:59:00Z"}, False),
        ("{s: {a|month|neq: 2}, condition: s}", {"a": "2026-01-02T05:59:00Z"}, True),
        ("{s: {a|hour|gte: 22}, condition: s}", {"a": "no moment"}, False),
    ],
    "`base64` looks for the encoded text, and `base64offset` for it at each of the three offsets.": [
        ("{s: {a|base64: foo}, condition: s}", {"a": "Zm9v"}, True),
        ("{s: {a|base64offset|contains: foo}, condition: s}", {"a": "eGZvbw=="}, True),
        ("{s: {a|base64offset|contains: foo}, condition: s}", {"a": "YmFy"}, False),
    ],
    "`wide` and `utf16le` are UTF-16 little-endian, `utf16be` is big-endian, `utf16` little-endian after its mark.": [
        ("{s: {a|wide|base64: foo}, condition: s}", {"a": "ZgBvAG8A"}, True),
        ("{s: {a|utf16le|base64: foo}, condition: s}", {"a": "ZgBvAG8A"}, True),
        ("{s: {a|utf16be|base64: foo}, condition: s}", {"a": "AGYAbwBv"}, True),
        ("{s: {a|utf16|base64: foo}, condition: s}", {"a": "//5mAG8AbwA="}, True),
    ],
    "`windash` takes `-`, `/`, `–`, `—` and `―` for one another.": [
        ("{s: {a|windash|contains: ' -x'}, condition: s}", {"a": "cmd /x"}, True),
        ("{s: {a|windash|contains: ' -x'}, condition: s}", {"a": "cmd –x"}, True),
        ("{s: {a|windash|contains: ' -x'}, condition: s}", {"a": "cmd +x"}, False),
    ],
    "`re` takes `i`, `m` and `s`: without case, line by line, and `.` for line feeds too.": [
        ("{s: {a|re|i: '^ab'}, condition: s}", {"a": "ABC"}, True),
        ("{s: {a|re: '^b'}, condition: s}", {"a": "a\nb"}, False),
        ("{s: {a|re|m: '^b'}, condition: s}", {"a": "a\nb"}, True),
        ("{s: {a|re: 'a.b'}, condition: s}", {"a": "a\nb"}, False),
        ("{s: {a|re|s: 'a.b'}, condition: s}", {"a": "a\nb"}, True),
    ],
    "`expand` puts each value of a placeholder in its place; under `all`, too, one of them is enough.": [
        ("{s: {a|expand: '%admins%'}, condition: s}", {"a": "administrator"}, True),
        ("{s: {a|expand: '%admins%'}, condition: s}", {"a": "%admins%"}, False),
        ("{s: {a|expand|contains|all: ['%admins%', x]}, condition: s}", {"a": "root x"}, True),
    ],
    "A keyword may be anywhere in a value; with `startswith` or `endswith` where a value begins or ends.": [
        ("{k: [foo], condition: k}", {"a": "a food"}, True),
        ("{k: {'|startswith': foo}, condition: k}", {"a": "a food"}, False),
        ("{k: {'|startswith': foo}, condition: k}", {"a": "x", "b": "food"}, True),
        ("{k: {'|all': [foo, bar]}, condition: k}", {"a": "food", "b": "bar"}, True),
    ],
    "A filter's condition must hold besides that of each rule it applies to.": [
        ("{s: {a: x}, condition: s}" + FILTER, {"a": "x", "user": "bob"}, True),
        ("{s: {a: x}, condition: s}" + FILTER, {"a": "x", "user": "admin"}, False),
    ],
}


def read(detection: str) -> DetectionRule:
    """The rule with this detection section, at a site that knows two administrators."""
    text = f"title: A rule\nlogsource: {{product: linux}}\ndetection: {detection}\n"
    parsed = parse_file(text.encode(), RuleFile("r.yml", "r.yml"), SITE)
    (rule,), found = resolve(parsed.drafts)
    assert [*parsed.issues, *found] == []
    assert isinstance(rule, DetectionRule)
    return rule


def rows(rule: DetectionRule, events: pa.Table) -> list[int]:
    """The events that ``rule`` matches."""
    return [int(row) for row in match(events, compile_plan([rule]), LogSource()).row]


@pytest.mark.parametrize("sentence", RULE_SENTENCES)
def test_sentence_of_the_docs_holds(sentence: str) -> None:
    """For the engine and for the naive evaluator."""
    for detection, event, expected in RULE_SENTENCES[sentence]:
        rule = read(detection)
        assert (rows(rule, table([event])) == [0], matches(rule, event, LogSource())) == (expected, expected), detection


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("{s: {a: x}, t: {absent: y}, condition: s and not t}", [0, 2]),
        ("{s: {a: x}, t: {absent: y}, condition: 1 of them}", [0, 2]),
        ("{s: {a: x, absent: null}, condition: s}", [0, 2]),
        ("{s: {absent|exists: false}, condition: s}", [0, 1, 2]),
        ("{s: {absent|neq: y}, condition: s}", [0, 1, 2]),
        ("{s: {absent|contains: ''}, condition: s}", []),
    ],
)
def test_a_rule_is_evaluated_though_no_event_has_one_of_its_fields(detection: str, expected: list[int]) -> None:
    """A field that a batch does not have is absent from each event, and nothing more."""
    events: Sequence[Event] = [{"a": "x"}, {"a": "y"}, {"a": "X"}]
    assert rows(read(detection), table(events)) == expected


def test_two_spellings_of_a_name_in_one_batch_lose_neither() -> None:
    """`LogonId` and `LogonID`, as real Windows events mix them; each event's own value counts, the exact name first."""
    events = table([{"LogonId": "0x1"}, {"LogonID": "0x1"}, {"logonid": "0x2"}, {"LogonId": "0x2", "LogonID": "0x1"}])
    assert rows(read("{s: {LogonId: '0x1'}, condition: s}"), events) == [0, 1]
    assert rows(read("{s: {LogonID: '0x1'}, condition: s}"), events) == [0, 1, 3]


def test_an_event_id_is_found_however_it_is_written() -> None:
    """A number, a text, and a map with `#text`, in one body."""
    body = b"\n".join(
        orjson.dumps({"Event": {"System": {"EventID": event_id, "Channel": "Security"}, "EventData": {}}})
        for event_id in (4624, "4624", {"#text": 4624, "#attributes": {"Qualifiers": ""}}, 4625)
    )
    events, _ = load_format("windows").parse(body, received_at=datetime(2026, 1, 5, tzinfo=UTC))
    assert rows(read("{s: {EventID: 4624}, condition: s}"), events) == [0, 1, 2]
