"""Which source's events a rule looks at."""

import pytest

from tocsin.kernel.logsource import LogSource
from tocsin.rules.taxonomy import NEVER, Route, find_route

ALWAYS = Route()
LINUX = LogSource(product="linux")
SSHD = LogSource(product="linux", service="sshd")


@pytest.mark.parametrize(
    ("rule", "source", "expected"),
    [
        (SSHD, SSHD, ALWAYS),
        (LINUX, SSHD, ALWAYS),
        (LogSource(product="LINUX"), LogSource(product="Linux"), ALWAYS),
        (LogSource(), SSHD, ALWAYS),
        (LogSource(product="windows"), SSHD, NEVER),
        (LogSource(product="windows", service="sshd"), SSHD, NEVER),
        (LogSource(product="linux", service="auditd"), SSHD, NEVER),
        (SSHD, LINUX, Route(columns=(("service", "sshd"),))),
        (SSHD, LogSource(), Route(columns=(("product", "linux"), ("service", "sshd")))),
        (LogSource("A", "Process_Creation"), LogSource("a"), Route(columns=(("category", "process_creation"),))),
    ],
)  # fmt: skip
def test_what_a_rule_names_must_be_what_the_source_states(rule: LogSource, source: LogSource, expected: Route) -> None:
    """What the source does not state is for the event's own column to say."""
    assert find_route(rule, source) == expected


def test_only_a_route_without_columns_is_always() -> None:
    """The engine leaves the masks out where there is nothing to compare."""
    assert ALWAYS.is_always
    assert not NEVER.is_always
    assert not Route(columns=(("service", "sshd"),)).is_always
