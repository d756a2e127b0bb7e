"""The rules that Tocsin ships: each reads cleanly, explains itself, and does what its own tests say."""

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from sigma.collection import SigmaCollection
from tests.oracle.baseline import bound
from tests.unit.shipped_rules.oracle import Rule, flatten, read_rules, rings

from tocsin.rules.model import Baseline

RULES = Path(__file__).parents[3] / "rules"
FILES = sorted(RULES.rglob("*.yml"))
NAMES = [str(file.relative_to(RULES)) for file in FILES]


def above_normal(rule: Rule, case: dict[str, Any]) -> Rule:
    """The rule with its baseline as its threshold, where the case says what the hour had before."""
    high = bound(Baseline(), case.get("history", ()))
    return rule if high is None else replace(rule, threshold=max(rule.threshold, high + 1))


def documents() -> list[dict[str, Any]]:
    """Every document of every file."""
    return [each for file in FILES for each in yaml.safe_load_all(file.read_text())]


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_pysigma_reads_every_file_without_an_error(file: Path) -> None:
    """Any Sigma tool can read the file, our own key included."""
    collection = SigmaCollection.from_yaml(file.read_text(), collect_errors=True)
    collection.resolve_rule_references()
    assert not collection.errors
    assert [error for rule in collection.rules for error in rule.errors] == []


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_every_rule_passes_its_own_tests(file: Path) -> None:
    """Each case written in the file gives as many alerts as it says, by the plain reading of Sigma."""
    for rule in read_rules(file):
        for number, case in enumerate(rule.tests, 1):
            found = list(rings(above_normal(rule, case), [flatten(event) for event in case["events"]]))
            assert len(found) == case["alerts"], f"{rule.title}, case {number}: {found}"


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_every_rule_that_rings_is_tested_both_ways(file: Path) -> None:
    """A rule without a case that rings and one that is silent would be a claim."""
    for rule in read_rules(file):
        assert any(case["alerts"] for case in rule.tests), rule.title
        assert any(not case["alerts"] for case in rule.tests), rule.title


def test_ids_are_unique_random_uuids() -> None:
    """Two rules with one id would share their alerts."""
    ids = [each["id"] for each in documents()]
    assert len(set(ids)) == len(ids)
    assert {uuid.UUID(each).version for each in ids} == {4}


def test_titles_are_unique() -> None:
    """An alert is known to people by its rule's title."""
    titles = [each["title"] for each in documents()]
    assert len(set(titles)) == len(titles)


def test_every_rule_that_rings_says_why_and_what_to_do() -> None:
    """The person woken reads why it matters, what to do, and when it may be wrong."""
    for each in documents():
        if "name" in each:
            continue
        assert len(each["description"]) > 120, each["title"]
        assert len(each["tocsin"]["next_steps"]) > 60, each["title"]
        assert each["falsepositives"], each["title"]
        assert any(tag.startswith("attack.t") for tag in each["tags"]), each["title"]


def test_a_rule_that_only_feeds_a_correlation_has_no_level() -> None:
    """What never rings must not look as if it did."""
    assert [each["title"] for each in documents() if "name" in each and "level" in each] == []
