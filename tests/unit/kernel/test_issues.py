"""Issues and where they are."""

import pytest

from tocsin.kernel.issues import Issue, Location, Severity


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location("aws.yml", 7, 3), "aws.yml:7:3"),
        (Location("aws.yml", 7), "aws.yml:7"),
        (Location("aws.yml"), "aws.yml"),
    ],
)
def test_a_location_is_written_as_editors_read_it(location: Location, text: str) -> None:
    """Path, line and column, as far as they are known."""
    assert str(location) == text


def test_an_issue_is_one_line_with_its_mend() -> None:
    """Where, what is wrong, what to write instead; an error unless it says otherwise."""
    place = Location("aws.yml", 7, 3)
    issue = Issue("unknown-level", "level 'hihg' is not a level", place, "use high")
    assert str(issue) == "aws.yml:7:3: level 'hihg' is not a level; use high"
    assert str(Issue("x", "no mend is known", place)) == "aws.yml:7:3: no mend is known"
    assert issue.severity is Severity.ERROR
