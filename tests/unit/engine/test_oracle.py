"""The engine and the oracle agree, for any rule, any events and any way to cut a batch."""

from collections.abc import Sequence

import numpy as np
import orjson
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.oracle.evaluate import Event, matches

from tocsin.engine.match import match
from tocsin.engine.plan import compile_plan
from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules import model
from tocsin.rules.model import And, DetectionRule, Expression, Level, Meta, Not, Operator, Or

META = Meta("rule", "Rule", Level.LOW, Location("rule.yml"))
FIELDS = ("host", "Host", "HOST", "user.name", "product", "größe", "GRÖSSE", "GRÖßE", "absent")
PIECES = (
    "a",
    "A",
    "ab",
    "Abc",
    "cmd.exe",
    "CMD.EXE",
    " ",
    "\\",
    "*",
    "?",
    ".",
    "ß",
    "ẞ",
    "İ",
    "ı",
    "K",
    "ſ",
    "Σς",
    "\n",
)
WORDS = (
    "",
    "abc",
    "ABCABC",
    "x",
    "cmd.exe",
    "C:\\Windows\\cmd.exe",
    "10",
    "-2.5",
    "007",
    "1e3",
    "1e999",
    "NaN",
    "10.1.2.3",
)
WORDS += (
    "::ffff:10.1.2.3",
    "2001:DB8::1",
    "fe80::1%eth0",
    "010.1.2.3",
    "[abc",
    "[]",
    "windows",
    "\x00",
    "日本語",
    "é",
    "e\u0301",
)
REGEXES = (
    r"(?i)ABC",
    r"cmd\.exe$",
    r"^abc",
    r"(abc|cmd)\.?",
    r"[^a-z]{2,}",
    r"(?i)s{2}k?",
    r"a.c",
    r"(?s)\A.*x\z",
    r"\d+",
    r"",
)
REGEXES += (r"(?:x|cmd\.exe)+", r".{3,}", r"(?i)k", r"[[:alpha:]]bc", r"win(dows)?", r"\bcmd\b", r"(?:)", r"abc{0,2}")
MOMENTS = (
    "2026-03-29T01:30:00Z",
    "2026-03-29 23:59:59.999999",
    "2026-03-29T23:30:00-05:00",
    "2027-01-01",
    "20260329",
    "1774834200",
    "1774834200.25",
    "1774834200123",
    "2026-13-01",
    "yesterday",
)
MOMENT_PARTS = [
    (part, str(number))
    for part, (first, last) in model.MOMENT_PARTS.items()
    for number in (0, 1, 3, 4, 13, 23, 29, 30, 53, 59, 2026, 2027)
    if first <= number <= last
]
NETWORKS = ("10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "::ffff:0:0/96", "0.0.0.0/0", "fe80::/10")

texts = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(MOMENTS),
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
    st.text(st.characters(codec="utf-8", max_codepoint=0x24F), max_size=5),
)
scalars = st.one_of(
    texts, st.integers(-20, 2000), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)
)
lists = st.lists(st.one_of(scalars, st.lists(texts, max_size=2)), max_size=3).map(
    lambda value: orjson.dumps(value).decode()
)
values = st.one_of(st.none(), texts, texts, lists)
extras = st.one_of(
    st.none(),
    st.none(),
    st.dictionaries(st.sampled_from(FIELDS), st.one_of(scalars, st.lists(texts, max_size=2)), max_size=3).map(
        lambda value: orjson.dumps(value).decode()
    ),
)
events = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(FIELDS[:-1], values),
        "_extra": extras,
        "_error": st.sampled_from([None, "not UTF-8", "rejected: not JSON"]),
        "_raw": texts,
    },
)
_fields = st.sampled_from(FIELDS)
_maybe_field = st.one_of(_fields, _fields, st.none())
_on_texts = st.sampled_from([Operator.EQUALS, Operator.CONTAINS, Operator.STARTSWITH, Operator.ENDSWITH, Operator.LIKE])
_patterns = st.lists(st.sampled_from((*PIECES, "*", "?", "\\*", "\\?", "abc", "cmd")), max_size=5).map("".join)
tests = st.one_of(
    st.builds(model.Test, _maybe_field, _on_texts, st.one_of(texts, _patterns), st.booleans()),
    st.builds(model.Test, _maybe_field, _on_texts, st.one_of(texts, _patterns), st.booleans()),
    st.builds(model.Test, _maybe_field, st.just(Operator.REGEX), st.sampled_from(REGEXES)),
    st.builds(model.Test, _maybe_field, st.just(Operator.CIDR), st.sampled_from(NETWORKS)),
    st.builds(
        model.Test,
        _maybe_field,
        st.sampled_from([Operator.LT, Operator.LTE, Operator.GT, Operator.GTE]),
        st.sampled_from(["10", "-2.5", "1000", "0"]),
    ),
    st.builds(model.Test, _fields, st.sampled_from([Operator.IS_NULL, Operator.EXISTS])),
    st.builds(model.Test, _fields, st.sampled_from(sorted(model.REFERENCES)), _fields, st.booleans()),
    st.builds(lambda field, part: model.Test(field, *part), _maybe_field, st.sampled_from(MOMENT_PARTS)),
)
expressions: st.SearchStrategy[Expression] = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(And, st.lists(inner, max_size=4).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=4).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=10,
)
logsources = st.builds(
    LogSource, product=st.sampled_from([None, "windows", "Windows", "linux"]), service=st.sampled_from([None, "abc"])
)
rules = st.builds(DetectionRule, st.just(META), logsources, expressions)


def table_of(events: Sequence[Event], encoded: frozenset[str] = frozenset()) -> pa.Table:
    """The events as a store would give them, some columns as dictionaries."""
    names = sorted({name for event in events for name in event})
    columns = {name: pa.array([event.get(name) for event in events], pa.string()) for name in names}
    ids = {"_id": [str(place) for place in range(len(events))]}
    return pa.table(ids | {name: c.dictionary_encode() if name in encoded else c for name, c in columns.items()})


def pairs_of(table: pa.Table, rules: Sequence[DetectionRule], source: LogSource) -> list[tuple[int, int]]:
    """What the engine finds, as (rule, row)."""
    found = match(table, compile_plan(rules), source)
    return list(zip(found.rule.tolist(), found.row.tolist(), strict=True))


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rules, min_size=1, max_size=6), st.lists(events, min_size=1, max_size=8), logsources, st.data())
def test_engine_equals_oracle(
    rules: list[DetectionRule], events: list[Event], source: LogSource, data: st.DataObject
) -> None:
    """Every rule matches exactly the events that the naive evaluator says, plain or dictionary-encoded."""
    encoded = data.draw(st.frozensets(st.sampled_from(FIELDS)))
    expected = [
        (r, e) for r, rule in enumerate(rules) for e, event in enumerate(events) if matches(rule, event, source)
    ]
    assert pairs_of(table_of(events, encoded), rules, source) == expected


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rules, min_size=1, max_size=4), st.lists(events, min_size=2, max_size=8), logsources, st.data())
def test_any_split_gives_the_same_matches(
    rules: list[DetectionRule], events: list[Event], source: LogSource, data: st.DataObject
) -> None:
    """A batch cut anywhere, or glued from parts with dictionaries of their own, has the matches of the whole."""
    cut = data.draw(st.integers(1, len(events) - 1))
    encoded = frozenset(FIELDS)
    whole = pairs_of(table_of(events, encoded), rules, source)
    parts = [table_of(events[:cut], encoded), table_of(events[cut:], encoded)]
    separate = pairs_of(parts[0], rules, source) + [(r, e + cut) for r, e in pairs_of(parts[1], rules, source)]
    assert sorted(separate) == whole
    assert pairs_of(pa.concat_tables(parts, promote_options="default"), rules, source) == whole
    sliced = [(r, e + cut) for r, e in pairs_of(table_of(events, encoded).slice(cut), rules, source)]
    assert sliced == [(r, e) for r, e in whole if e >= cut]
    assert np.all(np.diff([r for r, _ in whole]) >= 0)
