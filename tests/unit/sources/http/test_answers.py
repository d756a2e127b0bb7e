"""What a sender is told of its records."""

from tocsin.kernel.issues import RecordIssue
from tocsin.sources.http.answers import MAX_LISTED_ISSUES, taken


def test_a_record_with_two_reasons_is_rejected_once() -> None:
    """Records are counted, not issues."""
    issues = [RecordIssue(2, "not JSON", True), RecordIssue(2, "too long", True)]
    answer = taken(3, issues)
    assert (answer.content["accepted"], answer.content["rejected"]) == (2, 1)
    assert len(answer.content["errors"]) == 2


def test_only_the_first_issues_are_listed_but_all_are_counted() -> None:
    """An answer to a body of a million bad records stays short."""
    answer = taken(1000, [RecordIssue(number, "not JSON", True) for number in range(1, 1001)])
    assert answer.content["rejected"] == 1000
    assert [each["record"] for each in answer.content["errors"]] == list(range(1, MAX_LISTED_ISSUES + 1))


def test_warnings_are_named_only_where_there_are_some() -> None:
    """A mended record counts as accepted."""
    assert "warnings" not in taken(1, []).content
    mended = taken(1, [RecordIssue(1, "not UTF-8", False)])
    assert mended.content == {
        "accepted": 1,
        "rejected": 0,
        "errors": [],
        "warnings": [{"record": 1, "reason": "not UTF-8"}],
    }
