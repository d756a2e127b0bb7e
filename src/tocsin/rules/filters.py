"""Sigma filters: what a site takes out of rules that others wrote.

A filter is a rule with a `filter` section in place of `detection`: selections, a condition, and under `rules`
the ids or names of the rules it applies to, or `any`. Such a rule then asks for its own condition and
for the filter's, if its logsource has all that the filter's names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tocsin.kernel.issues import Issue, Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules import issues, site_issues
from tocsin.rules.documents import Document
from tocsin.rules.expressions import all_of
from tocsin.rules.metadata import canonical_name, read_logsource
from tocsin.rules.model import DetectionRule, Expression
from tocsin.rules.site import NO_SITE, Site
from tocsin.rules.taxonomy import PARTS

SECTION: Final = "filter"
ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter.

    Attributes:
        rules: the ids and names of its rules as `canonical_name` spells them, and where; None for any.
    """

    logsource: LogSource
    condition: Expression
    rules: tuple[tuple[str, Location], ...] | None
    location: Location

    def is_about(self, rule: DetectionRule) -> bool:
        """Whether ``rule`` has the filter's logsource and is one of its rules."""
        for part in PARTS:
            wanted, stated = getattr(self.logsource, part), getattr(rule.logsource, part)
            if wanted and wanted.lower() != (stated or "").lower():
                return False
        if self.rules is None:
            return True
        names = {rule.meta.id, rule.meta.name}
        return any(name in names for name, _ in self.rules)


def read_filter(document: Document, site: Site = NO_SITE) -> tuple[Filter | None, list[Issue]]:
    """Read the `filter` section; None where it has an error."""
    logsource, found = read_logsource(document)
    section = document.data[SECTION]
    if not isinstance(section, dict):
        return None, [*found, issues.wrong_type(document.at(SECTION), SECTION, section, "a mapping")]
    rules, more = _read_rules(document, section)
    if isinstance(section.get("condition"), list):
        more.append(issues.wrong_type(document.at(SECTION, "condition"), "condition", section["condition"], "a text"))
    from tocsin.rules.detection import read_section  # with pySigma, which a start from the cache does without

    read, also = read_section(document, SECTION, logsource, site)
    found = [*found, *more, *also]
    if read is None or more:
        return None, found
    return Filter(read.logsource, read.expression, rules, document.at()), found


def _read_rules(
    document: Document, section: Mapping[Any, Any]
) -> tuple[tuple[tuple[str, Location], ...] | None, list[Issue]]:
    """Under `rules`: `any` or nothing but an empty list for every rule of the logsource, else ids and names."""
    written = section.get("rules")
    if written is None:
        mend = "list ids or names of rules, or write 'rules: any'"
        return None, [issues.missing_key(document.at_key(SECTION), "rules", mend)]
    if written == [] or (isinstance(written, str) and written.lower() == ANY):
        return None, []
    items = written if isinstance(written, list) else [written]
    if not all(isinstance(item, str) for item in items):
        return None, [issues.wrong_type(document.at(SECTION, "rules"), "rules", written, "a list of ids or names")]
    places = [document.at(SECTION, "rules", *([n] if isinstance(written, list) else [])) for n in range(len(items))]
    return tuple(zip(map(canonical_name, items), places, strict=True)), []


def apply_filters(rules: Sequence[DetectionRule], filters: Sequence[Filter]) -> tuple[list[DetectionRule], list[Issue]]:
    """``rules`` with what ``filters`` ask besides, and a warning for each filter or name that applies to none."""
    filtered: list[DetectionRule] = []
    idle = dict.fromkeys(range(len(filters)))
    for rule in rules:
        about = [place for place, each in enumerate(filters) if each.is_about(rule)]
        for place in about:
            idle.pop(place, None)
        conditions = [filters[place].condition for place in about]
        filtered.append(replace(rule, condition=all_of([rule.condition, *conditions])) if about else rule)
    known = {name for rule in rules for name in (rule.meta.id, rule.meta.name)}
    found: list[Issue] = []
    for place, each in enumerate(filters):
        strangers = [site_issues.unknown_filtered(at, name) for name, at in each.rules or () if name not in known]
        found += strangers or ([site_issues.idle_filter(each.location)] if place in idle else [])
    return filtered, found
