"""The `correlation` section → a correlation whose references are still names.

Every type of Sigma 2.1 is read, and conditions over rule names as pySigma has them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final, Literal, get_args

from tocsin.kernel.issues import Issue, Location
from tocsin.rules import issues
from tocsin.rules.documents import Document
from tocsin.rules.durations import read_timespan
from tocsin.rules.metadata import read_texts
from tocsin.rules.model import CorrelationType, Presence, Threshold
from tocsin.rules.presences import ConditionError, names_in, read_presences

Comparison = Literal["gt", "gte", "lt", "lte", "eq", "neq"]
COMPARISONS: Final[tuple[Comparison, ...]] = get_args(Comparison)
_SECTION: Final = "correlation"
_KEYS: Final = ("type", "rules", "group-by", "timespan", "condition", "aliases", "generate")
_CONDITION_KEYS: Final = (*COMPARISONS, "field", "percentile")
_TEMPORAL: Final = frozenset({CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED})
_COUNTS: Final = _TEMPORAL | {CorrelationType.EVENT_COUNT, CorrelationType.VALUE_COUNT}
MAX_RULES: Final = 64
"""Rules that one correlation names: the engine keeps a bit for each."""

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
    condition: "Condition"
    group_by: tuple[str, ...]
    aliases: Aliases
    alias_references: References
    generates: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """The condition as it is written: a mapping, or words over rule names."""

    thresholds: tuple[Threshold, ...] = ()
    fields: tuple[str, ...] = ()
    percentile: float | None = None
    presences: tuple[Presence, ...] = ()


def read_correlation(document: Document) -> tuple[Correlation | None, list[Issue]]:
    """Read the `correlation` section; None where it is wrong."""
    section = document.data[_SECTION]
    if not isinstance(section, dict):
        return None, [issues.wrong_type(document.at(_SECTION), _SECTION, section, "a mapping")]
    found = [
        issues.unknown_key(document.at_key(_SECTION, str(key)), str(key), _SECTION, _KEYS)
        for key in section
        if key not in _KEYS
    ]
    kind, type_issues = _read_type(document)
    references, reference_issues = _read_references(document, kind)
    timespan_us, timespan_issues = _read_timespan(document)
    condition, condition_issues = _read_condition(document, kind)
    group_by, group_issues = read_texts(document, _SECTION, "group-by")
    (aliases, alias_references), alias_issues = _read_aliases(document)
    generates, generate_issues = _read_generate(document)
    found += type_issues + reference_issues + timespan_issues + condition_issues
    found += group_issues + alias_issues + generate_issues
    if found or kind is None or timespan_us is None:
        return None, found
    correlation = Correlation(kind, references, timespan_us, condition, group_by, aliases, alias_references, generates)
    return correlation, []


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


def _read_references(document: Document, kind: CorrelationType | None) -> tuple[References, list[Issue]]:
    """The rules named under `rules`; without that, those that a condition in words names."""
    names, found = read_texts(document, _SECTION, "rules")
    condition = document.get(_SECTION, "condition")
    said = names_in(condition) if isinstance(condition, str) and kind in _TEMPORAL else ()
    if not names and not found:
        if not said:
            return (), [_missing(document, "rules", "list the ids or names of the rules it counts")]
        return tuple((name, document.at(_SECTION, "condition")) for name in said), []
    if len(names) > MAX_RULES:
        return (), [issues.not_supported(document.at(_SECTION, "rules"), f"a correlation of over {MAX_RULES} rules")]
    is_list = isinstance(document.get(_SECTION, "rules"), list)
    places = [document.at(_SECTION, "rules", *([place] if is_list else [])) for place in range(len(names))]
    references = tuple(dict(zip(names, places, strict=True)).items())
    return references, found + _check_names(document, said, names)


def _check_names(document: Document, said: Sequence[str], names: Sequence[str]) -> list[Issue]:
    """A condition in words names all of the rules, and no others."""
    place = document.at(_SECTION, "condition")
    strange = [f"names '{name}', which is not under 'rules'" for name in said if name not in names]
    unused = [f"does not name '{name}', which is under 'rules'" for name in names if said and name not in said]
    return [issues.bad_threshold(place, each, "name all of the rules, and no others") for each in strange + unused]


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


def _read_condition(document: Document, kind: CorrelationType | None) -> tuple[Condition, list[Issue]]:
    """Read the condition; absent it is only where the type has a meaning without (all of the rules)."""
    section, keys = document.get(_SECTION, "condition"), (_SECTION, "condition")
    if section is None:
        mend = "say when it rings, such as 'condition: {gte: 10}'"
        return Condition(), [] if kind in _TEMPORAL else [_missing(document, "condition", mend)]
    if isinstance(section, str) and kind in _TEMPORAL:
        try:
            return Condition(presences=read_presences(section)), []
        except ConditionError as error:
            mend = "write rule names with 'and', 'or', 'not' and parentheses"
            return Condition(), [issues.bad_threshold(document.at(*keys), str(error), mend)]
    if not isinstance(section, dict):
        return Condition(), [issues.wrong_type(document.at(*keys), "condition", section, "a mapping")]
    found = [
        issues.unknown_key(document.at_key(*keys, str(key)), str(key), "condition", _CONDITION_KEYS)
        for key in section
        if key not in _CONDITION_KEYS
    ]
    if not found and not any(each in section for each in COMPARISONS):
        mend = "add one, such as 'gte: 10'"
        found.append(issues.bad_threshold(document.at_key(*keys), "compares with nothing", mend))
    fields, field_issues = _read_fields(document, kind)
    percentile, percentile_issues = _read_percentile(document, kind)
    found += field_issues + percentile_issues
    written = [(each, section[each]) for each in COMPARISONS if each in section]
    for comparison, value in written:
        found += _check_threshold(document, comparison, value, kind)
    if found:
        return Condition(), found
    return Condition(tuple(Threshold(name, float(value)) for name, value in written), fields, percentile), []


def _check_threshold(
    document: Document, comparison: Comparison, value: object, kind: CorrelationType | None
) -> list[Issue]:
    location = document.at(_SECTION, "condition", comparison)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return [issues.wrong_type(location, comparison, value, "a number")]
    if kind not in _COUNTS:
        return []
    if value < {"gte": 1, "gt": 0}.get(comparison, value):
        least = 1 if comparison == "gte" else 0
        return [issues.bad_threshold(location, f"'{comparison}: {value}' always holds", f"use {least} or more")]
    # A window holds at least the event that ends it.
    if comparison in {"lt", "lte", "eq"} and value < (2 if comparison == "lt" else 1):
        least = 2 if comparison == "lt" else 1
        return [issues.bad_threshold(location, f"'{comparison}: {value}' never holds", f"use {least} or more")]
    return []


def _read_fields(document: Document, kind: CorrelationType | None) -> tuple[tuple[str, ...], list[Issue]]:
    fields, found = read_texts(document, _SECTION, "condition", "field")
    takes_text = kind is CorrelationType.VALUE_COUNT
    if len(fields) > 1 and not takes_text:
        location = document.at(_SECTION, "condition", "field")
        return (), [issues.not_supported(location, f"a {kind} over several fields", "name one field")]
    is_needed = kind is not None and kind is not CorrelationType.EVENT_COUNT and kind not in _TEMPORAL
    if not fields and not found and is_needed:
        location = document.at_key(_SECTION, "condition")
        found = [issues.missing_key(location, "field", "name the field whose values are taken")]
    return tuple(fields), found


def _read_percentile(document: Document, kind: CorrelationType | None) -> tuple[float | None, list[Issue]]:
    value = document.get(_SECTION, "condition", "percentile")
    if value is None:
        return None, []
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        location = document.at(_SECTION, "condition", "percentile")
        return None, [issues.wrong_type(location, "percentile", value, "a number from 0 to 100")]
    return float(value), []
