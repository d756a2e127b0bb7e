"""The `tocsin:` key: what Sigma cannot say. Every other Sigma tool passes it over."""

from dataclasses import dataclass
from typing import Final

from tocsin.kernel.issues import Issue
from tocsin.rules import issues
from tocsin.rules.documents import Document
from tocsin.rules.durations import read_timespan
from tocsin.rules.metadata import read_text, read_texts

DETECTION_KEYS: Final = ("group-by", "timespan", "next_steps", "tests")
CORRELATION_KEYS: Final = ("similar", "absent", "baseline", "next_steps", "tests")
PLANNED_KEYS: Final = ("unless_approved", "budget")
"""Keys that change what a rule means and have no engine yet; a rule with one is left out."""
_PLACES: Final = {
    "similar": "a value_count correlation",
    "absent": "a temporal_ordered correlation",
    "baseline": "an event_count or value_count correlation",
}
"""Keys that change by what a correlation rings, and of which kind; a rule has one of them."""
DEFAULT_TIMESPAN_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Extensions:
    """What a rule says under `tocsin:`. `tests` are checked by their own command and not kept."""

    group_by: tuple[str, ...] = ()
    timespan_us: int = DEFAULT_TIMESPAN_US
    next_steps: str = ""


def read_extensions(document: Document, allowed: tuple[str, ...]) -> tuple[Extensions, list[Issue]]:
    """Read the `tocsin:` section; only ``allowed`` keys may stand there."""
    section = document.data.get("tocsin")
    if section is None:
        return Extensions(), []
    if not isinstance(section, dict):
        return Extensions(), [issues.wrong_type(document.at("tocsin"), "tocsin", section, "a mapping")]
    found = [issue for key in section if (issue := _check_key(document, str(key), allowed))]
    found += _check_alone(document, section)
    if "tests" in section and not isinstance(section["tests"], list):
        found.append(issues.wrong_type(document.at("tocsin", "tests"), "tests", section["tests"], "a list"))
    group_by, more = read_texts(document, "tocsin", "group-by")
    next_steps, also = read_text(document, "tocsin", "next_steps")
    timespan_us: int | None = DEFAULT_TIMESPAN_US
    bad_timespan: list[Issue] = []
    if "timespan" in section:
        timespan_us, bad_timespan = read_timespan(document, "tocsin", "timespan")
    extensions = Extensions(group_by, timespan_us or DEFAULT_TIMESPAN_US, next_steps or "")
    return extensions, [*found, *more, *also, *bad_timespan]


def _check_alone(document: Document, section: dict[object, object]) -> list[Issue]:
    """Two ways to ring at once have no meaning."""
    said = [key for key in _PLACES if key in section]
    if len(said) < 2:
        return []
    message = f"'{said[0]}' and '{said[1]}' cannot stand in one rule"
    return [Issue("keys-together", message, document.at_key("tocsin", said[1]), "make two rules of it")]


def _check_key(document: Document, key: str, allowed: tuple[str, ...]) -> Issue | None:
    location = document.at_key("tocsin", key)
    if key in PLANNED_KEYS:
        return issues.not_supported(location, f"'tocsin: {key}'", "take the rule out until it is")
    if key in _PLACES and key not in allowed:
        return issues.misplaced_key(location, f"tocsin: {key}", _PLACES[key])
    return None if key in allowed else issues.unknown_key(location, key, "tocsin", allowed)
