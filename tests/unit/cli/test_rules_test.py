"""`tocsin rules test`: the events that rules carry, run by the engine."""

from pathlib import Path

import pytest
from tests.unit.cli.test_rules import run

FEED = (
    "title: Sign-in failed\nname: failed\nlogsource: {product: app}\n"
    "detection:\n    s: {action: failed}\n    condition: s\n"
)
CORRELATION = """---
title: Many failed
name: many
correlation:
    type: event_count
    rules: [failed]
    group-by: [user]
    timespan: 5m
    condition: {gte: 2}
tocsin:
    tests:
        - name: two of one user
          events:
              - {time: "2026-01-05T12:00:00Z", action: failed, user: ann}
              - {time: "2026-01-05T12:01:00Z", action: Failed, user: ann}
              - {time: "2026-01-05T12:01:00Z", action: failed, user: bob}
          alerts: ALERTS
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule folder, `rules`, in the working folder."""
    monkeypatch.chdir(tmp_path)
    path = Path("rules")
    path.mkdir()
    return path


def test_a_test_that_holds_is_counted(folder: Path) -> None:
    """Correlations run over the rules that they count; exit status 0."""
    (folder / "a.yml").write_text(FEED + CORRELATION.replace("ALERTS", "1"))
    assert run("test", "rules") == (0, ["1 tests of 1 rules, 0 failed"])


def test_a_test_that_fails_says_what_came_instead(folder: Path) -> None:
    """Each alert, and how many events each rule matched; exit status 1."""
    (folder / "a.yml").write_text(FEED + CORRELATION.replace("ALERTS", "2"))
    assert run("test", "rules") == (
        1,
        [
            "rules/a.yml:18:11: Many failed, test 1 (two of one user): 2 alerts must come and 1 came",
            "    alert: user=ann, 2026-01-05T12:00:00Z to 2026-01-05T12:01:00Z, 2 events, 2 at most",
            "    matched: Sign-in failed: 3 of 3 events",
            "1 tests of 1 rules, 1 failed",
        ],
    )


def test_a_detection_rule_rings_in_its_own_test_though_it_only_feeds(folder: Path) -> None:
    """What is tested is the rule, not who else counts it."""
    own = (
        "tocsin:\n    tests:\n        - {events: [{action: failed}], alerts: 1}\n"
        "        - {events: [{action: ok}], alerts: 0}\n"
    )
    (folder / "a.yml").write_text(FEED + own + CORRELATION.replace("ALERTS", "1"))
    assert run("test", "rules") == (0, ["3 tests of 2 rules, 0 failed"])


def test_a_rule_that_is_left_out_fails_its_tests(folder: Path) -> None:
    """A broken rule must not look tested."""
    (folder / "a.yml").write_text(FEED + CORRELATION.replace("ALERTS", "1").replace("gte: 2", "gte: two"))
    status, lines = run("test", "rules")
    assert (status, lines[0]) == (1, "rules/a.yml:18:11: the rule is not loaded; see `tocsin rules check`")


def test_a_test_that_is_wrong_says_where(folder: Path) -> None:
    """It is not passed over."""
    (folder / "a.yml").write_text(FEED + CORRELATION.replace("ALERTS", "many"))
    status, lines = run("test", "rules")
    assert (status, lines[0]) == (
        1,
        "rules/a.yml:23:19: 'alerts' is a text, not how many must ring; write how many must ring",
    )


def test_rules_that_ring_without_a_test_are_counted(folder: Path) -> None:
    """So that one knows what the summary does not speak of."""
    (folder / "a.yml").write_text(FEED)
    assert run("test", "rules") == (0, ["0 tests of 0 rules, 0 failed; 1 rule that rings has no test"])


def test_events_may_be_in_any_format(folder: Path) -> None:
    """`format` in the case says which; one that there is not is told."""
    own = "tocsin:\n    tests:\n        - {format: FORMAT, events: [{action: failed}], alerts: 1}\n"
    (folder / "a.yml").write_text(FEED + own.replace("FORMAT", "json"))
    assert run("test", "rules")[0] == 0
    (folder / "a.yml").write_text(FEED + own.replace("FORMAT", "jsn"))
    status, lines = run("test", "rules")
    assert status == 1
    assert lines[0].startswith("rules/a.yml:9:11: Sign-in failed, test 1: 'jsn' is not a format; use ")


def test_the_shipped_rules_pass_their_tests() -> None:
    """Through the same engine that detects."""
    status, lines = run("test", str(Path(__file__).parents[3] / "rules"))
    assert (status, lines[-1].split(", ")[-1]) == (0, "0 failed")


@pytest.mark.parametrize(
    ("history", "alerts", "told"),
    [
        ("[0, 0, 1, 0]", 1, "normal: 0 to 4, from 4 past seasons"),
        ("[60, 66, 58, 61]", 0, ""),
        ("[60, 66]", 1, "normal: not known from 2 past seasons, so the written condition decides"),
    ],
)
def test_a_case_may_say_what_the_hour_had_before(folder: Path, history: str, alerts: int, told: str) -> None:
    """Of a rule with a baseline, a number a past week; a failure tells what was normal."""
    events = "".join(
        f'              - {{time: "2026-01-05T12:00:{second:02}Z", action: failed, user: ann}}\n'
        for second in range(50)
    )
    rule = CORRELATION.split("tocsin:", maxsplit=1)[0] + (
        "tocsin:\n    baseline: {}\n    tests:\n"
        f"        - alerts: ALERTS\n          history: {history}\n          events:\n{events}"
    )
    (folder / "a.yml").write_text(FEED + rule.replace("ALERTS", str(alerts)))
    assert run("test", "rules") == (0, ["1 tests of 1 rules, 0 failed"])
    (folder / "a.yml").write_text(FEED + rule.replace("ALERTS", "7"))
    status, lines = run("test", "rules")
    assert status == 1
    assert [line.strip() for line in lines if "normal" in line] == ([told] if told else [])
