"""Issues that show only beside a rule: none of them silences one without need, and each has its mend."""

import pytest

from tocsin.kernel.issues import Issue, Location, Severity
from tocsin.rules import site_issues

PLACE = Location("r.yml", 1, 1)
WARNINGS = [
    site_issues.unknown_filtered(PLACE, "x"),
    site_issues.idle_filter(PLACE),
    site_issues.only_actions(PLACE),
    site_issues.strange_field(PLACE, "usr", "product=linux", ["user"]),
    site_issues.misspelt_logsource(PLACE, "product", "windws", "windows"),
]
ERRORS = [
    site_issues.unknown_action(PLACE, "repaet", ["global", "repeat"]),
    site_issues.repeated_nothing(PLACE),
    site_issues.bad_pipeline(PLACE, "x"),
    site_issues.refused_by_pipeline(PLACE, "x."),
]


def test_what_leaves_the_rules_in_use_is_a_warning() -> None:
    """Anything else is an error."""
    assert {issue.severity for issue in WARNINGS} == {Severity.WARNING}
    assert {issue.severity for issue in ERRORS} == {Severity.ERROR}


@pytest.mark.parametrize("issue", [*WARNINGS, *ERRORS], ids=lambda issue: issue.code)
def test_every_issue_has_a_mend(issue: Issue) -> None:
    """And no full stop at the end of either."""
    assert issue.mend
    assert not issue.message.endswith(".")


def test_the_nearest_name_is_the_mend() -> None:
    """Of an action as of a field."""
    assert site_issues.unknown_action(PLACE, "repaet", ["global", "repeat"]).mend == "write 'repeat'"
    assert site_issues.strange_field(PLACE, "usr", "any", ["user"]).mend == "write 'user'"


def test_a_mend_of_the_cause_goes_before_the_general_one() -> None:
    """What stands behind the semicolon of a problem is its mend."""
    assert site_issues.refused_by_pipeline(PLACE, "no values; list them").mend == "list them"
