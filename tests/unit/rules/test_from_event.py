"""A first rule made of one event."""

from datetime import date

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.engine.cases import is_match

from tocsin.kernel.logsource import LogSource
from tocsin.rules.from_event import draft_from_event, escape_value
from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule

RULE_ID = "00000000-0000-4000-8000-000000000001"
NAMES = st.one_of(st.sampled_from(["user.name", "a|b", "a b", "", "path", "@timestamp"]), st.text(max_size=5))
VALUES = st.one_of(st.sampled_from([r"C:\*\x?", r"\\srv\a", "", "yes", "12345", "~", "- a", "é"]), st.text(max_size=9))


def draft(event, logsource=LogSource(), **how):  # noqa: B008 -- frozen
    """The draft's text."""
    return draft_from_event(event, logsource, RULE_ID, date(2026, 1, 31), **how)


@pytest.fixture(scope="module")
def rule_file(tmp_path_factory):
    """Where the drafts are written."""
    return tmp_path_factory.mktemp("rules") / "draft.yml"


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=6), st.sampled_from([{}, {"product": "app"}]))
def test_a_draft_is_a_rule_that_matches_its_event(rule_file, fields, said):
    """Whatever stands in the event; only one with nothing to select by gives a rule that has to be finished."""
    event = fields | said
    rule_file.write_text(draft(event), encoding="utf-8")
    found = load([rule_file])
    if not yaml.safe_load(rule_file.read_text(encoding="utf-8"))["detection"]["selection"]:
        return
    assert [str(issue) for issue in found.issues] == []
    (rule,) = found.rules
    assert isinstance(rule, DetectionRule)
    assert is_match(rule, event) == (True, True)


def test_ids_hashes_and_moments_are_left_out_of_the_selection():
    """They would match this one event and no other."""
    event = {
        "action": "login",
        "id": "01a21e12-fe16-7001-8e0c-00bd9c06ec29",
        "hash": "SHA256=0123456789abcdef0123",
        "at": "2026-01-31T12:00:00Z",
        "bytes": "1234567",
        "status": "401",
        "tags": '["a"]',
    }
    assert yaml.safe_load(draft(event))["detection"]["selection"] == {"action": "login", "status": "401"}


def test_chosen_fields_are_the_selection():
    """Whoever chooses knows best."""
    assert yaml.safe_load(draft({"a": "x", "b": "12345"}, fields=["b"]))["detection"]["selection"] == {"b": "12345"}


def test_the_source_says_what_log_it_is():
    """And what it leaves open, the event."""
    text = draft({"a": "x", "service": "sshd", "product": "other"}, LogSource(product="linux"))
    assert yaml.safe_load(text)["logsource"] == {"product": "linux", "service": "sshd"}


def test_the_event_is_the_first_test():
    """Without lines of megabytes."""
    assert yaml.safe_load(draft({"a": "x", "long": "y" * 5000}))["tocsin"]["tests"] == [
        {"events": [{"a": "x"}], "alerts": 1}
    ]


def test_a_wildcard_in_a_value_is_escaped():
    """A draft asks for the star that was there."""
    assert escape_value(r"a*b?\c\*") == r"a\*b\?\c\\\*"
