"""Logsources as people read them."""

import pytest

from tocsin.kernel.logsource import LogSource


@pytest.mark.parametrize(
    ("logsource", "text"),
    [
        (LogSource("linux", None, "sshd"), "product=linux service=sshd"),
        (LogSource(None, "webserver"), "category=webserver"),
        (LogSource(), "any"),
    ],
)
def test_a_logsource_names_what_it_says(logsource: LogSource, text: str) -> None:
    """What is left open is not named."""
    assert str(logsource) == text
