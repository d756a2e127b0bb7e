"""Folders and files: what is read, in which order, and what stops nothing."""

import os
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.rules.conftest import HEAD, Write
from tests.unit.rules.test_issues import CASES

from tocsin.engine.match import match
from tocsin.engine.plan import compile_plan
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.logsource import LogSource
from tocsin.rules import load as module
from tocsin.rules.cache import FileDrafts
from tocsin.rules.documents import MAX_DOCUMENTS, MAX_FILE_BYTES
from tocsin.rules.files import RuleFile
from tocsin.rules.load import load, parse_file, stamp
from tocsin.rules.model import DetectionRule, Level, Or
from tocsin.rules.placeholders import Placeholders
from tocsin.rules.site import Site

DETECTION = "detection:\n    s: {a: 1}\n    condition: s\n"
RULE = HEAD + DETECTION
SIGMAHQ = Path(__file__).resolve().parents[4] / "shared" / "data" / "sigmahq"


def ids(*paths: str) -> list[str]:
    """Ids of the rules in ``paths``."""
    return [rule.meta.id for rule in load([Path(path) for path in paths]).rules]


def test_rules_are_found_at_any_depth_in_the_order_of_their_names(write: Write) -> None:
    """Both suffixes count; hidden and other files are passed over."""
    for name in ("b.yml", "a.yaml", "c/z.yml", "c/a/x.YML", ".d.yml", ".git/e.yml", "c/.f/g.yml", "readme.md"):
        write(f"rules/{name}", RULE)
    assert ids("rules") == ["rules/a.yaml", "rules/b.yml", "rules/c/z.yml", "rules/c/a/x.YML"]


def test_a_file_given_by_name_is_read_whatever_it_is_called(write: Write) -> None:
    """Only folders are searched by suffix."""
    write("my.rule", RULE)
    assert [rule.meta.title for rule in load([Path("my.rule")]).rules] == ["A rule"]


def test_a_file_reached_twice_is_read_once(write: Write) -> None:
    """A folder and a file in it, or a link to it, are not two rules."""
    write("rules/a.yml", RULE)
    Path("rules/b.yml").symlink_to("a.yml")
    assert ids("rules", "rules/a.yml", "./rules") == ["rules/a.yml"]


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """The message names the folder and the setting."""
    with pytest.raises(ConfigError) as caught:
        load([tmp_path / "none"])
    assert str(caught.value) == (
        f"the rule folder {tmp_path}/none does not exist; create it, or name another by --rules or in TOCSIN_RULES"
    )


def test_a_folder_without_rules_is_a_warning(write: Write) -> None:
    """It is probably not what was meant, but the server runs."""
    write("rules/readme.md", "hello")
    (issue,) = load([Path("rules")]).issues
    assert (str(issue), issue.severity) == ("rules: this folder holds no rules; put .yml files into it", "warning")


def test_a_broken_document_stops_none_beside_it(write: Write) -> None:
    """Not in its file, not in its folder: each of the broken ones stands between two good rules."""
    for place, (text, _) in enumerate(CASES.values()):
        write(f"rules/{place}.yml", f"{RULE}---\n{text}\n---\n{RULE}")
    ruleset = load([Path("rules")])
    loaded = {rule.meta.id for rule in ruleset.rules}
    expected = {f"rules/{place}.yml" for place in range(len(CASES))}
    assert expected <= loaded
    assert len({rule.meta.location for rule in ruleset.rules if rule.meta.location.line > 1}) >= len(CASES)


def test_lines_are_counted_from_the_beginning_of_the_file(write: Write) -> None:
    """A second document's issue has the line that an editor shows."""
    write("r.yml", f"# comment\n---\n{RULE}---\n\n{RULE}level: hihg\n")
    (issue,) = load([Path("r.yml")]).issues
    assert (issue.location.line, issue.location.column) == (17, 8)


def test_the_second_document_without_an_id_has_one_of_its_own(write: Write) -> None:
    """Ids are made from the file's place below its folder, and are the same wherever the folder stands."""
    write("one/rules/a.yml", f"{RULE}---\n{RULE}")
    write("two/rules/a.yml", f"{RULE}---\n{RULE}")
    assert ids("one/rules") == ids("two/rules") == ["rules/a.yml", "rules/a.yml#2"]


def test_a_file_that_is_not_utf8_is_named_with_its_byte(write: Write) -> None:
    """Line and column are those of the first wrong byte."""
    path = write("r.yml", "")
    path.write_bytes("title: ä\nx: é".encode() + b"\xff\n")
    assert [str(issue) for issue in load([path]).issues] == [
        "r.yml:2:5: the byte 0xff is not UTF-8; save the file as UTF-8"
    ]


def test_a_byte_order_mark_is_passed_over(write: Write) -> None:
    """Editors on Windows write one."""
    path = write("r.yml", "")
    path.write_bytes(b"\xef\xbb\xbf" + RULE.encode().replace(b"\n", b"\r\n"))
    assert load([path]).issues == ()
    assert len(load([path]).rules) == 1


def test_a_large_file_is_not_read(write: Write) -> None:
    """1 MiB is read, one byte more is not."""
    padding = "#" * (MAX_FILE_BYTES - len(RULE))
    assert len(load([write("r.yml", RULE + padding)]).rules) == 1
    ruleset = load([write("r.yml", RULE + padding + "#")])
    assert [str(issue) for issue in ruleset.issues] == [
        "r.yml: the file is larger than 1024 KiB, which is no rule; split it, or move it out of the folder"
    ]


def test_documents_beyond_the_limit_are_an_issue(write: Write) -> None:
    """A file of nothing but separators and crumbs costs a bounded time."""
    ruleset = load([write("r.yml", "---\na\n" * (MAX_DOCUMENTS + 2))])
    assert str(ruleset.issues[-1]) == f"r.yml:10001:1: the file has more than {MAX_DOCUMENTS} documents; split the file"


def test_an_alias_bomb_is_refused(write: Write) -> None:
    """Ten anchors of ten aliases each unfold to ten billion values, and are not unfolded."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    (issue,) = load([write("r.yml", "\n".join(lines))]).issues
    assert issue.code == "large-yaml"


def test_a_file_that_cannot_be_read_is_an_issue(write: Write) -> None:
    """A dangling link and a pipe stop nothing, and nothing waits for the pipe."""
    write("rules/a.yml", RULE)
    Path("rules/b.yml").symlink_to("nowhere")
    os.mkfifo("rules/c.yml")
    ruleset = load([Path("rules")])
    assert [str(issue) for issue in ruleset.issues] == [
        "rules/b.yml: it cannot be read (No such file or directory); let this user read it",
        "rules/c.yml: it cannot be read (not a regular file); let this user read it",
    ]
    assert len(ruleset.rules) == 1


def test_the_digest_changes_when_a_rule_does_and_only_then(write: Write) -> None:
    """Touching, reordering and adding other files change nothing; a letter in a rule does."""
    write("rules/a.yml", "name: a\n" + RULE)
    first = load([Path("rules")]).digest
    write("rules/a.yml", "name: a\n" + RULE)
    write("rules/readme.md", "hello")
    assert load([Path("rules")]).digest == first
    Path("rules/a.yml").rename("rules/b.yml")
    assert load([Path("rules")]).digest == first
    write("rules/b.yml", "name: a\n" + RULE.replace("A rule", "B rule"))
    second = load([Path("rules")]).digest
    write("rules/c.yml", RULE)
    third = load([Path("rules")]).digest
    write("rules/c.yml", RULE + "level: hihg\n")
    assert len({first, second, third, load([Path("rules")]).digest}) == 4


def test_the_stamp_changes_with_the_files_and_reads_none(write: Write) -> None:
    """A write, a new file and a removed one are noticed; a folder that is missing is no error."""
    path = write("rules/a.yml", RULE)
    folder = [Path("rules"), Path("missing")]
    seen = [stamp(folder), stamp(folder)]
    assert seen[0] == seen[1]
    os.utime(path, ns=(1, 1))
    seen.append(stamp(folder))
    write("rules/b.yml", RULE)
    seen.append(stamp(folder))
    path.unlink()
    seen.append(stamp(folder))
    assert len(set(seen)) == 4


def test_an_unchanged_file_is_not_parsed_again(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """After one edit, one file of the folder is parsed; what it said before is forgotten."""
    parsed: list[str] = []

    def count(content: bytes, file: RuleFile, site: Site) -> FileDrafts:
        parsed.append(str(file.path))
        return parse_file(content, file, site)

    monkeypatch.setattr(module, "parse_file", count)
    monkeypatch.setattr(module, "_last_load", {})
    write("rules/a.yml", RULE)
    write("rules/b.yml", RULE)
    load([Path("rules")])
    write("rules/b.yml", RULE + "level: high\n")
    ruleset = load([Path("rules")])
    assert parsed == ["rules/a.yml", "rules/b.yml", "rules/b.yml"]
    assert [rule.meta.level for rule in ruleset.rules] == [Level.MEDIUM, Level.HIGH]
    assert len(module._last_load) == 2


PIECES = [
    *RULE.splitlines(keepends=True),
    *("---\n", "correlation:\n", "    rules: [a, 1]\n", "    type: event_count\n", "    timespan: 5m\n", "tocsin:\n"),
    *("condition: 1 of *\n", "    condition: {gte: 1e999}\n", "id: ", "level: ", "name: x\n", "action: global\n"),
    *("- ", ": ", "[", "]", "{", "}", "&a ", "*a", "!!int ", "!!set ", "'", '"', "\t", "\n", "|\n", "<<: ", "? ", "%"),
    *("null", "~", "0x1F", "1e5", ".nan", "2024-01-01", "\x00", "é", "#", "...\n", "=", "    |: x\n", "    5: x\n"),
    *("    a|re: (\n", "    a|windash|base64offset: -x\n", "    a|cidr: 1\n", "    a|exists: no\n"),
]
YAMLISH = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(YAMLISH)
def test_no_text_makes_reading_fail(text: str) -> None:
    """Whatever stands in a file, reading it gives rules or issues, always one of them."""
    found = parse_file(text.encode("utf-8", "replace"), RuleFile("r.yml", "r.yml"))
    assert all(issue.location.path == "r.yml" and issue.message for issue in found.issues)
    assert found.issues or found.drafts


@given(st.binary(max_size=60))
def test_no_bytes_make_reading_fail(content: bytes) -> None:
    """Nor do bytes that are no text."""
    parse_file(content, RuleFile("r.yml", "r.yml"))


@pytest.mark.skipif(not SIGMAHQ.is_dir(), reason=f"the SigmaHQ rules are not in {SIGMAHQ}")
def test_the_public_rules_load() -> None:
    """Of all rules of SigmaHQ only those with placeholders, which need a list of one's own, are left out."""
    ruleset = load([SIGMAHQ])
    assert {(issue.code, issue.message.split("'")[0]) for issue in ruleset.issues} == {
        ("untestable", "the placeholder ")
    }
    files = sum(1 for path in SIGMAHQ.rglob("*.yml"))
    assert len(ruleset.rules) == files - len(ruleset.issues)
    assert all(isinstance(rule, DetectionRule) and rule.alerts for rule in ruleset.rules)


HOSTILE = {
    "a regular expression of a megabyte": (
        HEAD + "detection: {s: {a|re: '" + "x" * 1_000_000 + "'}, condition: s}\n",
        "is longer than 8192 characters",
    ),
    "a regular expression that repeats without end": (
        HEAD + "detection: {s: {a|re: '((a{1000}){1000}){1000}'}, condition: s}\n",
        "is not valid",
    ),
    "a regular expression that only back-tracking can match": (
        HEAD + "detection: {s: {a|re: '(a+)\\1'}, condition: s}\n",
        "is not valid: invalid escape sequence",
    ),
    "a circle of correlations": (
        "".join(
            f"---\ntitle: C{n}\nname: c{n}\ncorrelation:\n    type: event_count\n    rules: [c{(n + 1) % 3}]\n"
            "    timespan: 5m\n    condition: {gte: 2}\n"
            for n in range(3)
        ),
        "the correlation counts itself: 'c0' → 'c1' → 'c2' → 'c0'",
    ),
    "placeholders without end": (
        HEAD + "detection: {s: {a|expand: '%n%%n%%n%%n%'}, condition: s}\n",
        "the rule makes more than 50000 tests",
    ),
    "a condition without end": (
        HEAD + "detection: {s: {a: 1}, condition: " + "not " * 5_000 + "s}\n",
        "the condition is longer than 8192 characters",
    ),
    "a condition of very many negations": (
        HEAD + "detection: {s: {a: 1}, condition: '" + "not (" * 60 + "s" + ")" * 60 + "'}\n",
        "the condition is nested deeper than 40 levels",
    ),
}


@pytest.mark.parametrize(("text", "expected"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_rule_is_told_and_the_others_are_loaded(write: Write, text: str, expected: str) -> None:
    """In little time, with a message of one line."""
    write("rules/a.yml", text)
    write("rules/b.yml", RULE.replace("A rule", "Beside"))
    site = Site(Placeholders({"n": tuple(map(str, range(1_000)))}))
    ruleset = load([Path("rules")], site)
    assert [rule.meta.title for rule in ruleset.rules] == ["Beside"]
    assert expected in str(ruleset.issues[0])
    assert all(len(str(issue)) < 500 for issue in ruleset.issues)


def test_ten_thousand_values_are_a_rule_like_any_other(write: Write) -> None:
    """Lists of indicators are that long; the rule still matches by one look at each text."""
    values = "".join(f"            - evil{number}.example\n" for number in range(10_000))
    (rule,) = load([write("r.yml", HEAD + f"detection:\n    s:\n        host:\n{values}    condition: s\n")]).rules
    assert isinstance(rule, DetectionRule)
    assert isinstance(rule.condition, Or)
    assert len(rule.condition.terms) == 10_000
    events = pa.table({"host": ["EVIL9999.example", "good.example"]})
    assert match(events, compile_plan([rule]), LogSource()).row.tolist() == [0]
