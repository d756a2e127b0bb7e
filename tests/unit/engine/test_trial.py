"""The tests that rules carry."""

from datetime import UTC, datetime

from tocsin.engine.trial import Failure, name_case, try_case
from tocsin.rules.cases import read_cases
from tocsin.rules.check import NAME, check_text
from tocsin.rules.outline import read_text

AT = datetime(2026, 1, 5, tzinfo=UTC)
TEXT = """\
title: Failed
logsource: {product: app}
detection:
    s: {action: failed}
    condition: s
tocsin:
    group-by: [user]
    tests:
        - name: two people
          format: FORMAT
          events: [{time: "2026-01-05T12:00:00Z", action: failed, user: ann}, {action: failed, user: bob}]
          alerts: NUMBER
"""


def run(number: str, form: str = "json") -> Failure | None:
    """What is wrong with the one test of the text."""
    text = TEXT.replace("NUMBER", number).replace("FORMAT", form)
    rules = check_text(text)
    ((case,), _) = read_cases(read_text(text, NAME)[0])
    assert name_case(case) == "1 (two people)"
    return try_case(case, rules.rules[0], rules.by_id, AT)


def test_a_test_that_holds_has_no_failure() -> None:
    """As many alerts came as must."""
    assert run("2") is None


def test_a_failure_tells_what_came() -> None:
    """Each alert, and what matched."""
    failure = run("1")
    assert failure is not None
    assert failure.reason == "1 alert must come and 2 came"
    assert "alert: user=ann, 2026-01-05T12:00:00Z to 2026-01-05T12:00:00Z, 1 events, 1 at most" in failure.details
    assert failure.details[-1] == "matched: Failed: 2 of 2 events"


def test_a_format_that_there_is_not_is_a_failure() -> None:
    """With the reason."""
    failure = run("2", "nonsense")
    assert failure is not None
    assert "nonsense" in failure.reason
