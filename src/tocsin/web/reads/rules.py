"""The rules that the detector uses now, and what is wrong with the others."""

from dataclasses import dataclass
from typing import Final

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.models import LoadedRule, RuleIssue

PAGE_SIZE: Final = 100
MAX_ISSUES: Final = 200


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule, and how many of its alerts are open."""

    rule: LoadedRule
    open: int


@dataclass(frozen=True, slots=True)
class RulesPage:
    """What the page of the rules shows.

    Attributes:
        issues: errors first, at most `MAX_ISSUES` of the `issue_count` there are.
        found: how many rules the words sought are in; all where none are sought.
    """

    words: str
    page: Page[LoadedRule]
    rows: tuple[RuleRow, ...]
    found: int
    total: int
    issues: tuple[RuleIssue, ...]
    issue_count: int


def read_rules(words: str, number: str) -> RulesPage:
    """Read page ``number`` of the rules whose title, path or logsource has ``words``. Cost: six queries."""
    rules = LoadedRule.objects.order_by("-level_rank", "title", "pk")
    total = rules.count()
    if words:
        rules = rules.filter(Q(title__icontains=words) | Q(path__icontains=words) | Q(logsource__icontains=words))
    page = Paginator(rules, PAGE_SIZE).get_page(number)
    issues = RuleIssue.objects.order_by("severity", "path", "line", "column", "pk")
    return RulesPage(
        words=words,
        page=page,
        rows=_with_open(list(page)),
        found=page.paginator.count,
        total=total,
        issues=tuple(issues[:MAX_ISSUES]),
        issue_count=issues.count(),
    )


def _with_open(rules: list[LoadedRule]) -> tuple[RuleRow, ...]:
    ids = [rule.rule_id for rule in rules]
    open_alerts = Alert.objects.filter(state=State.OPEN, rule_id__in=ids)
    counts = dict(open_alerts.values_list("rule_id").annotate(Count("pk")).order_by())
    return tuple(RuleRow(rule, counts.get(rule.rule_id, 0)) for rule in rules)
