"""`tocsin.similar`: a value_count that counts within what is nearly the same."""

from math import isfinite
from typing import Final

from tocsin.kernel.issues import Issue
from tocsin.rules import issues
from tocsin.rules.correlations import Correlation
from tocsin.rules.documents import Document
from tocsin.rules.model import CorrelationRule, CorrelationType, Rule, Similar

_KEYS: Final = ("field", "at_least", "shortest")
_PLACE: Final = ("tocsin", "similar")
DEFAULT_AT_LEAST: Final = 0.8
LEAST: Final = 0.5
"""Below it nearly everything shares something, and comparing costs without end."""
DEFAULT_SHORTEST: Final = 40
SHORTEST: Final = 8
LONGEST: Final = 1_000


def read_similar(document: Document, correlation: Correlation | None) -> tuple[Similar | None, list[Issue]]:
    """Read the section of a correlation; None where there is none or it is wrong."""
    section = document.get(*_PLACE)
    if not isinstance(document.data.get("tocsin"), dict) or "similar" not in document.data["tocsin"]:
        return None, []
    if not isinstance(section, dict):
        wanted = "a mapping, such as {field: text, at_least: 0.8}"
        return None, [issues.wrong_type(document.at(*_PLACE), "similar", section, wanted)]
    found = [
        issues.unknown_key(document.at_key(*_PLACE, str(key)), str(key), "similar", _KEYS)
        for key in section
        if key not in _KEYS
    ]
    field, field_issues = _read_field(document, section.get("field"))
    at_least, at_least_issues = _read_at_least(document, section.get("at_least", DEFAULT_AT_LEAST))
    shortest, shortest_issues = _read_shortest(document, section.get("shortest", DEFAULT_SHORTEST))
    found += field_issues + at_least_issues + shortest_issues
    if correlation is not None:
        found += _check_correlation(document, correlation, field)
    return (None if found else Similar(field, at_least, shortest)), found


def _read_field(document: Document, value: object) -> tuple[str, list[Issue]]:
    if value is None:
        mend = "name the field whose text is compared, such as 'field: text'"
        return "", [issues.missing_key(document.at_key(*_PLACE), "field", mend)]
    if not isinstance(value, str) or not value.strip():
        return "", [issues.wrong_type(document.at(*_PLACE, "field"), "field", value, "the name of one field")]
    return value, []


def _read_at_least(document: Document, value: object) -> tuple[float, list[Issue]]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if not is_number or not LEAST <= float(str(value)) <= 1:
        wanted = f"a number from {LEAST} to 1"
        return 0, [issues.wrong_type(document.at(*_PLACE, "at_least"), "at_least", value, wanted)]
    return float(str(value)), []


def _read_shortest(document: Document, value: object) -> tuple[int, list[Issue]]:
    if isinstance(value, bool) or not isinstance(value, int) or not SHORTEST <= value <= LONGEST:
        wanted = f"a whole number of letters from {SHORTEST} to {LONGEST:,}"
        return 0, [issues.wrong_type(document.at(*_PLACE, "shortest"), "shortest", value, wanted)]
    return value, []


def _check_correlation(document: Document, correlation: Correlation, field: str) -> list[Issue]:
    """`similar` counts who says the same: it needs a value_count that rings at many."""
    if correlation.type is not CorrelationType.VALUE_COUNT:
        message = f"'similar' counts actors, which {correlation.type} does not"
        mend = "write 'type: value_count' with the actor's field in the condition"
        return [Issue("similar-without-actors", message, document.at_key(*_PLACE), mend)]
    place = document.at("correlation", "condition")
    found = [
        issues.bad_threshold(place, f"has '{each.comparison}', and 'similar' rings at many", "use gte or gt")
        for each in correlation.condition.thresholds
        if each.comparison not in {"gt", "gte"}
    ]
    if any(alias == field for alias, _ in correlation.aliases):
        message = f"an alias for the compared field {issues.show(field)}"
        found.append(issues.not_supported(document.at(*_PLACE, "field"), message, "name the events' own field"))
    return found


def check_chain(rule: CorrelationRule, target: Rule, name: str) -> tuple[str, str] | None:
    """Why ``rule`` cannot count ``target``, and the mend: a correlation's match says nothing that could be compared."""
    if rule.similar is not None and isinstance(target, CorrelationRule):
        problem = f"'similar' compares what events say, and {issues.show(name)} is a correlation"
        return problem, "name detection rules under 'rules'"
    if isinstance(target, CorrelationRule) and target.similar is not None:
        return (
            f"a correlation over {issues.show(name)}, which has 'similar', is not supported",
            "name its rules instead",
        )
    return None
