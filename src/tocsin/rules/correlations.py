"""The `correlation` section → a correlation whose references are still names.

Every type of Sigma 2.1 is read; `find_unsupported` is the one place that says what the engine
cannot run yet.
"""

from dataclasses import dataclass
from math import isfinite
from typing import Final, Literal, get_args

from tocsin.kernel.issues import Issue, Location
from tocsin.rules import issues
from tocsin.rules.documents import Document
from tocsin.rules.durations import read_timespan
from tocsin.rules.metadata import read_texts
from tocsin.rules.model import CorrelationType, Threshold

SUPPORTED_TYPES: Final = frozenset({CorrelationType.EVENT_COUNT, CorrelationType.VALUE_COUNT})
SUPPORTED_COMPARISONS: Final = frozenset({"gt", "gte"})
"""Those that can ring at once; the others must wait until no late event can come."""

Comparison = Literal["gt", "gte", "lt", "lte", "eq", "neq"]
COMPARISONS: Final[tuple[Comparison, ...]] = get_args(Comparison)
_SECTION: Final = "correlation"
_KEYS: Final = ("type", "rules", "group-by", "timespan", "condition", "aliases", "generate")
_CONDITION_KEYS: Final = (*COMPARISONS, "field", "percentile")
_TEMPORAL: Final = frozenset({CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED})
_COUNTS: Final = SUPPORTED_TYPES

References = tuple[tuple[str, Location], ...]
Aliases = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True, slots=True)
class Correlation:
    """The section as it is written.

    Attributes:
        references, alias_references: the rules named under `rules` and `aliases`, and where.
        aliases: alias → ((rule as written, field), …).
    """

    type: CorrelationType
    references: References
    timespan_us: int
    thresholds: tuple[Threshold, ...]
    group_by: tuple[str, ...]
    aliases: Aliases
    alias_references: References
    generates: bool


def read_correlation(document: Document) -> tuple[Correlation | None, list[Issue]]:
    """Read the `correlation` section; None where it is wrong, but not where it is only not supported."""
    section = document.data[_SECTION]
    if not isinstance(section, dict):
        return None, [issues.wrong_type(document.at(_SECTION), _SECTION, section, "a mapping")]
    found = [
        issues.unknown_key(document.at_key(_SECTION, str(key)), str(key), _SECTION, _KEYS)
        for key in section
        if key not in _KEYS
    ]
    kind, type_issues = _read_type(document)
    references, reference_issues = _read_references(document)
    timespan_us, timespan_issues = _read_timespan(document)
    thresholds, threshold_issues = _read_thresholds(document, kind)
    group_by, group_issues = read_texts(document, _SECTION, "group-by")
    (aliases, alias_references), alias_issues = _read_aliases(document)
    generates, generate_issues = _read_generate(document)
    found += type_issues + reference_issues + timespan_issues + threshold_issues
    found += group_issues + alias_issues + generate_issues
    if found or kind is None or timespan_us is None:
        return None, found
    correlation = Correlation(kind, references, timespan_us, thresholds, group_by, aliases, alias_references, generates)
    return correlation, find_unsupported(document, correlation)


def find_unsupported(document: Document, correlation: Correlation) -> list[Issue]:
    """What of ``correlation`` the engine cannot run yet."""
    if correlation.type not in SUPPORTED_TYPES:
        return [issues.not_supported(document.at(_SECTION, "type"), f"correlation type '{correlation.type}'")]
    if isinstance(document.get(_SECTION, "condition"), str):
        return [issues.not_supported(document.at(_SECTION, "condition"), "a correlation condition in words")]
    return [
        issues.not_supported(
            document.at_key(_SECTION, "condition", each.comparison), f"comparison '{each.comparison}'", "use gt or gte"
        )
        for each in correlation.thresholds
        if each.comparison not in SUPPORTED_COMPARISONS
    ]


def _missing(document: Document, key: str, mend: str) -> Issue:
    return issues.missing_key(document.at_key(_SECTION), key, mend)


def _read_type(document: Document) -> tuple[CorrelationType | None, list[Issue]]:
    name = document.get(_SECTION, "type")
    names = [str(each) for each in CorrelationType]
    if name is None:
        return None, [_missing(document, "type", f"use {issues.listing(names, 'or')}")]
    if not isinstance(name, str) or name.lower() not in names:
        return None, [issues.unknown_type(document.at(_SECTION, "type"), name, names)]
    return CorrelationType(name.lower()), []


def _read_references(document: Document) -> tuple[References, list[Issue]]:
    names, found = read_texts(document, _SECTION, "rules")
    if not names and not found:
        return (), [_missing(document, "rules", "list the ids or names of the rules it counts")]
    is_list = isinstance(document.get(_SECTION, "rules"), list)
    places = [document.at(_SECTION, "rules", *([place] if is_list else [])) for place in range(len(names))]
    return tuple(dict(zip(names, places, strict=True)).items()), found


def _read_timespan(document: Document) -> tuple[int | None, list[Issue]]:
    if document.get(_SECTION, "timespan") is None:
        return None, [_missing(document, "timespan", "say how long a window is, such as 'timespan: 5m'")]
    return read_timespan(document, _SECTION, "timespan")


def _read_generate(document: Document) -> tuple[bool, list[Issue]]:
    generate = document.get(_SECTION, "generate")
    if generate is None or isinstance(generate, bool):
        return bool(generate), []
    return False, [issues.wrong_type(document.at(_SECTION, "generate"), "generate", generate, "true or false")]


def _read_aliases(document: Document) -> tuple[tuple[Aliases, References], list[Issue]]:
    section = document.get(_SECTION, "aliases")
    if section is None:
        return ((), ()), []
    if not isinstance(section, dict):
        return ((), ()), [issues.wrong_type(document.at(_SECTION, "aliases"), "aliases", section, "a mapping")]
    aliases: dict[str, tuple[tuple[str, str], ...]] = {}
    references: list[tuple[str, Location]] = []
    found: list[Issue] = []
    for alias, mapping in section.items():
        keys = (_SECTION, "aliases", str(alias))
        if not isinstance(mapping, dict) or not all(isinstance(field, str) for field in mapping.values()):
            found.append(issues.wrong_type(document.at(*keys), str(alias), mapping, "a mapping of rules to fields"))
            continue
        aliases[str(alias)] = tuple((str(rule), field) for rule, field in mapping.items())
        references += [(str(rule), document.at_key(*keys, str(rule))) for rule in mapping]
    return (tuple(aliases.items()), tuple(references)), found


def _read_thresholds(document: Document, kind: CorrelationType | None) -> tuple[tuple[Threshold, ...], list[Issue]]:
    """Read the condition; absent it is only where the type has a meaning without (all of the rules)."""
    section, keys = document.get(_SECTION, "condition"), (_SECTION, "condition")
    if section is None:
        mend = "say when it rings, such as 'condition: {gte: 10}'"
        return (), [] if kind in _TEMPORAL else [_missing(document, "condition", mend)]
    if isinstance(section, str) and kind in _TEMPORAL:
        return (), []
    if not isinstance(section, dict):
        return (), [issues.wrong_type(document.at(*keys), "condition", section, "a mapping")]
    found = [
        issues.unknown_key(document.at_key(*keys, str(key)), str(key), "condition", _CONDITION_KEYS)
        for key in section
        if key not in _CONDITION_KEYS
    ]
    if not found and not any(each in section for each in COMPARISONS):
        mend = "add one, such as 'gte: 10'"
        found.append(issues.bad_threshold(document.at_key(*keys), "compares with nothing", mend))
    field, field_issues = _read_field(document, kind)
    percentile, percentile_issues = _read_percentile(document, kind)
    found += field_issues + percentile_issues
    written = [(each, section[each]) for each in COMPARISONS if each in section]
    for comparison, value in written:
        found += _check_threshold(document, comparison, value, kind)
    if found:
        return (), found
    return tuple(Threshold(comparison, float(value), field, percentile) for comparison, value in written), []


def _check_threshold(
    document: Document, comparison: Comparison, value: object, kind: CorrelationType | None
) -> list[Issue]:
    location = document.at(_SECTION, "condition", comparison)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return [issues.wrong_type(location, comparison, value, "a number")]
    least = {"gte": 1, "gt": 0}.get(comparison)
    if kind in _COUNTS and least is not None and value < least:
        return [issues.bad_threshold(location, f"'{comparison}: {value}' always holds", f"use {least} or more")]
    return []


def _read_field(document: Document, kind: CorrelationType | None) -> tuple[str | None, list[Issue]]:
    fields, found = read_texts(document, _SECTION, "condition", "field")
    if len(fields) > 1:
        location = document.at(_SECTION, "condition", "field")
        return None, [issues.not_supported(location, "a correlation over several fields", "name one field")]
    is_needed = kind is not None and kind is not CorrelationType.EVENT_COUNT and kind not in _TEMPORAL
    if not fields and not found and is_needed:
        location = document.at_key(_SECTION, "condition")
        found = [issues.missing_key(location, "field", "name the field whose values are taken")]
    return (fields[0] if fields else None), found


def _read_percentile(document: Document, kind: CorrelationType | None) -> tuple[float | None, list[Issue]]:
    value = document.get(_SECTION, "condition", "percentile")
    if kind is not CorrelationType.VALUE_PERCENTILE and value is None:
        return None, []
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        location = document.at(_SECTION, "condition", "percentile")
        return None, [issues.wrong_type(location, "percentile", value, "a number from 0 to 100")]
    return float(value), []
