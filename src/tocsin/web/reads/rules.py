"""The catalogue: the rules in use, filtered, and what is wrong with the others."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from typing import Final, Self

from django.core.paginator import Page, Paginator
from django.db.models import Count

from tocsin.apps.alerts.models import Alert, State, Verdict
from tocsin.apps.detect.models import OffRule, RuleIssue, WrittenRule
from tocsin.kernel.clock import now
from tocsin.rules.attack import TACTICS, find_technique
from tocsin.rules.model import Level
from tocsin.web.asked import storable
from tocsin.web.reads.catalogue import Coverage, Entry, read_catalogue

PAGE_SIZE: Final = 100
MAX_ISSUES: Final = 50
DAYS: Final = 30
"""How far back alerts and verdicts are counted."""


@dataclass(frozen=True, slots=True)
class RuleFilters:
    """Which rules are asked for; empty is any. A value that cannot be is as if not given.

    Attributes:
        q: words that the title, id, path or logsource has.
        technique: `T1110` with its sub-techniques, or one of these. tactic: as tags write it.
        logsource: the whole of it.
        switch: `on` or `off`; `feeds`: those that only feed correlations.
        sort: `alerts`: those with the most alerts first; else the most urgent first.
    """

    q: str = ""
    level: str = ""
    technique: str = ""
    tactic: str = ""
    logsource: str = ""
    switch: str = ""
    coverage: str = ""
    sort: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Read the filters from an address."""
        said = {each.name: storable(query.get(each.name) or "").strip() for each in fields(cls)}
        said["technique"] = said["technique"].upper()
        return cls(**{name: text for name, text in said.items() if name not in _CHOICES or text in _CHOICES[name]})

    @property
    def is_any(self) -> bool:
        """Whether nothing is filtered away."""
        return not any(text for name, text in asdict(self).items() if name != "sort")

    def takes(self, entry: Entry, off: Collection[str]) -> bool:
        """Whether ``entry`` is asked for."""
        return (
            (not self.level or entry.level == self.level)
            and (not self.coverage or entry.coverage == self.coverage)
            and (not self.logsource or entry.logsource == self.logsource)
            and (not self.tactic or self.tactic in entry.tactics)
            and (not self.technique or any(_is_of(each, self.technique) for each in entry.techniques))
            and (not self.switch or self.switch == _switch(entry, off))
            and (not self.q or _has(entry, self.q.casefold()))
        )


_CHOICES: Final[dict[str, Collection[str]]] = {
    "level": list(Level),
    "tactic": TACTICS,
    "switch": ("on", "off", "feeds"),
    "coverage": list(Coverage),
    "sort": ("alerts",),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """A rule's alerts of the last 30 days, and what those that were resolved turned out to be."""

    alerts: int = 0
    real: int = 0
    expected: int = 0
    false: int = 0


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule of the list."""

    entry: Entry
    is_off: bool
    tally: Tally


@dataclass(frozen=True, slots=True)
class RulesPage:
    """What the catalogue shows.

    Attributes:
        found: how many rules the filters take. levels, coverages: how many each choice has under the other filters.
        technique: the name of the technique filtered by, with its id; empty where it is by none.
        issues: errors first, at most `MAX_ISSUES` of the `issue_count` there are.
    """

    filters: RuleFilters
    page: Page[Entry]
    rows: tuple[RuleRow, ...]
    found: int
    total: int
    levels: tuple[tuple[Level, int], ...]
    coverages: tuple[tuple[Coverage, int], ...]
    logsources: tuple[str, ...]
    technique: str
    issues: tuple[RuleIssue, ...]
    issue_count: int
    written: tuple[WrittenRule, ...]


def read_rules(filters: RuleFilters, number: str) -> RulesPage:
    """Read page ``number`` of the rules that ``filters`` take. Cost: six queries, and those of the catalogue."""
    entries = read_catalogue()
    off = frozenset(OffRule.objects.values_list("rule_id", flat=True))
    found = [entry for entry in entries if filters.takes(entry, off)]
    if filters.sort:
        tallies = read_tallies(None)
        found.sort(key=lambda entry: -tallies.get(entry.rule_id, Tally()).alerts)
        page = Paginator(found, PAGE_SIZE).get_page(number)
    else:
        page = Paginator(found, PAGE_SIZE).get_page(number)
        tallies = read_tallies([entry.rule_id for entry in page])
    levels = Counter(entry.level for entry in entries if replace(filters, level="").takes(entry, off))
    coverages = Counter(entry.coverage for entry in entries if replace(filters, coverage="").takes(entry, off))
    issues = RuleIssue.objects.order_by("severity", "path", "line", "column", "pk")
    return RulesPage(
        filters=filters,
        page=page,
        rows=tuple(
            RuleRow(entry, entry.rule_id in off, tallies.get(entry.rule_id, Tally())) for entry in page.object_list
        ),
        found=len(found),
        total=len(entries),
        levels=tuple((each, levels[each]) for each in reversed(Level)),
        coverages=tuple((each, coverages[each]) for each in Coverage),
        logsources=tuple(sorted({entry.logsource for entry in entries if entry.logsource})),
        technique=_name_technique(filters.technique),
        issues=tuple(issues[:MAX_ISSUES]),
        issue_count=issues.count(),
        written=tuple(WrittenRule.objects.select_related("user").defer("text").order_by("name")),
    )


def read_tallies(rule_ids: Sequence[str] | None) -> dict[str, Tally]:
    """The tallies of the rules that had alerts; of ``rule_ids``, or all. Cost: one query."""
    wanted = Alert.objects.filter(last_at__gte=now() - timedelta(days=DAYS)).exclude(state=State.MERGED)
    if rule_ids is not None:
        wanted = wanted.filter(rule_id__in=rule_ids)
    counted: dict[str, dict[str, int]] = {}
    for rule_id, verdict, count in wanted.values_list("rule_id", "verdict").annotate(Count("pk")).order_by():
        counted.setdefault(rule_id, {})[verdict] = count
    return {
        rule_id: Tally(
            sum(each.values()), each.get(Verdict.REAL, 0), each.get(Verdict.EXPECTED, 0), each.get(Verdict.FALSE, 0)
        )
        for rule_id, each in counted.items()
    }


def _is_of(technique: str, wanted: str) -> bool:
    return technique == wanted or technique.startswith(f"{wanted}.")


def _switch(entry: Entry, off: Collection[str]) -> str:
    if entry.rule_id in off:
        return "off"
    return "on" if entry.rings else "feeds"


def _has(entry: Entry, words: str) -> bool:
    said = f"{entry.title}\n{entry.rule_id}\n{entry.path}\n{entry.logsource}".casefold()
    return all(word in said for word in words.split())


def _name_technique(technique_id: str) -> str:
    name = find_technique(technique_id).name if technique_id else ""
    return f"{technique_id} {name}".strip()
