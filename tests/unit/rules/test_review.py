"""What looks strange beside the taxonomy and the sources there are."""

# ruff: noqa: E501  a case is one line, so that the cases can be read as a table

import pytest
from tests.unit.rules.conftest import HEAD, Load

from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import DetectionRule
from tocsin.rules.review import Carrier, review

RULE = (
    HEAD
    + "detection:\n    s:\n        - {user: a}\n        - Adress|contains: [x]\n    n:\n        host: null\n    condition: s or n\n"
)
LINUX = Carrier(LogSource("linux"), frozenset({"User", "address"}))


def found(load_text: Load, text: str, *carriers: Carrier) -> list[str]:
    """The warnings for one rule."""
    rules = [rule for rule in load_text(text).rules if isinstance(rule, DetectionRule)]
    return [str(issue) for issue in review(rules, carriers)]


def test_a_field_that_no_source_has_sent_is_told_where_it_stands(load_text: Load) -> None:
    """With the nearest of those that were sent; case does not count."""
    assert found(load_text, RULE, LINUX) == [
        "r.yml:7:11: no source of product=linux has sent a field 'Adress'; write 'address'",
        "r.yml:9:9: no source of product=linux has sent a field 'host'; look at its events",
    ]


def test_one_source_that_has_it_is_enough(load_text: Load) -> None:
    """Sources of one kind need not send the same."""
    assert found(load_text, RULE, LINUX, Carrier(LogSource("linux", service="x"), frozenset({"adress", "host"}))) == []


@pytest.mark.parametrize("logsource", [LogSource(), LogSource("windows")])
def test_sources_of_another_kind_prove_nothing(load_text: Load, logsource: LogSource) -> None:
    """Nor do those that do not say what they are."""
    assert found(load_text, RULE, Carrier(logsource, frozenset({"a"}))) == []


@pytest.mark.parametrize(
    ("logsource", "expected"),
    [
        ("product: windws, category: process_creation", "r.yml:2:22: product 'windws' is not in Sigma's taxonomy; write 'windows'"),
        ("product: windows, category: proces_creation", "r.yml:2:41: category 'proces_creation' is not in Sigma's taxonomy; write 'process_creation'"),
        ("product: windows, service: securty", "r.yml:2:40: service 'securty' is not in Sigma's taxonomy; write 'security'"),
        ("product: our_application", None),
        ("product: Windows, service: Security", None),
    ],
)  # fmt: skip
def test_a_logsource_that_looks_misspelt_is_told(load_text: Load, logsource: str, expected: str | None) -> None:
    """One that is like none of Sigma's is taken for one's own."""
    text = f"title: A rule\nlogsource: {{{logsource}}}\ndetection:\n    s: {{a: 1}}\n    condition: s\n"
    assert found(load_text, text) == ([expected] if expected else [])
