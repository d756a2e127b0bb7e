"""One rule: its text with what is wrong in place, its tests, its history, and what it has rung."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from django.conf import settings
from django.db.models import Count
from django.db.models.functions import TruncDay

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.models import LoadedRule, OffRule, RuleIssue, RuleRevision, WrittenRule
from tocsin.apps.detect.written import SUFFIX
from tocsin.kernel.clock import now
from tocsin.rules.attack import Technique, find_technique, techniques
from tocsin.web.diffs import DiffLine, diff
from tocsin.web.plots import Plot, Series
from tocsin.web.reads.catalogue import Coverage, carriers, cover
from tocsin.web.reads.rules import DAYS, Tally, read_tallies
from tocsin.web.reads.ruletext import Tested, check, run_tests

MAX_REVISIONS: Final = 20
MAX_COPIED: Final = 30
"""Rules of one file that are copied with it."""
_PLACE: Final = re.compile(r"(.*?)(?::(\d+))?(?::(\d+))?", re.DOTALL)
_NAMED: Final = re.compile(r"^(id|name): *['\"]?([\w-]+)", re.MULTILINE)
_NAMING: Final = frozenset({"id", "name", "correlation", "filter"})
"""The parts of a rule that give names, or use them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the text, its number in its file, and what is wrong there."""

    number: int
    text: str
    issues: tuple[RuleIssue, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """A text that the rule had from ``at`` on, and what changed; nothing for the first one known."""

    at: datetime
    path: str
    changes: tuple[DiffLine, ...]
    is_first: bool


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule.

    Attributes:
        off: who switched it off, and why; None where it is on.
        written: the file of the console that it is in; empty where it is in none.
        tests: what came of its own tests; empty where it has none.
    """

    rule: LoadedRule
    techniques: tuple[Technique, ...]
    off: OffRule | None
    written: str
    coverage: Coverage
    missing: tuple[str, ...]
    lines: tuple[Line, ...]
    tests: tuple[Tested, ...]
    revisions: tuple[Revision, ...]
    tally: Tally
    plot: Plot | None


def read_rule(rule_id: str) -> RulePage | None:
    """Read one rule; None where there is none in use. Cost: eight queries."""
    rule = LoadedRule.objects.filter(rule_id=rule_id).first()
    if rule is None:
        return None
    revisions = list(RuleRevision.objects.filter(rule_id=rule_id).order_by("-pk")[: MAX_REVISIONS + 1])
    text = revisions[0].text if revisions else ""
    coverage, missing = cover(rule.logsource, rule.fields, carriers(), {})
    return RulePage(
        rule=rule,
        techniques=tuple(find_technique(each) for each in dict.fromkeys(techniques(rule.tags))),
        off=OffRule.objects.filter(rule_id=rule_id).select_related("user").first(),
        written=_find_written(rule.path),
        coverage=coverage,
        missing=missing,
        lines=_read_lines(rule.path, text),
        tests=_run_tests(rule),
        revisions=_read_revisions(revisions),
        tally=read_tallies([rule_id]).get(rule_id, Tally()),
        plot=_plot(rule_id),
    )


def read_copy(rule_id: str) -> str | None:
    """The text of the rule's file for a file of one's own: every id in it is a new one. None where it is not in use."""
    rule = LoadedRule.objects.filter(rule_id=rule_id).first()
    if rule is None:
        return None
    return _renamed(_read_file(rule))


def _renamed(text: str) -> str:
    """``text`` with new ids and names for its rules, in its correlations too: the first to have one keeps it."""
    new: dict[str, str] = {}
    for key, known in _NAMED.findall(text):
        new[known] = str(uuid4()) if key == "id" else f"{known}_copy"
    if not new:
        return text
    word = re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, new)) + r")(?![\w-])")
    block, lines = "", []
    for line in text.split("\n"):
        block = line.partition(":")[0] if line[:1].strip() and line[:1] not in "#-" else block
        is_named = block in _NAMING
        lines.append(word.sub(lambda found: new[found[0]], line) if is_named else line)
    return "\n".join(lines)


def _split(path: str) -> tuple[str, int]:
    """The file, and the line, of a rule's place."""
    found = _PLACE.fullmatch(path)
    return (found[1], int(found[2] or 0)) if found else (path, 0)


def _read_file(rule: LoadedRule) -> str:
    """The documents of the rules in use that stand in the rule's file, in their order, as they were loaded last."""
    file, _ = _split(rule.path)
    beside = LoadedRule.objects.filter(path__startswith=f"{file}:").values_list("rule_id", "path")[: MAX_COPIED * 2]
    ids = [each for each, path in sorted(beside, key=lambda row: _split(row[1])[1]) if _split(path)[0] == file]
    ids = ids if len(ids) <= MAX_COPIED and rule.rule_id in ids else [rule.rule_id]
    newest = dict(RuleRevision.objects.filter(rule_id__in=ids).order_by("pk").values_list("rule_id", "text"))
    texts = [newest[each].strip("\n").removeprefix("---").strip("\n") for each in ids if each in newest]
    return "\n---\n".join(texts) + "\n" if texts else ""


def _find_written(path: str) -> str:
    file = Path(_split(path)[0])
    if file.parent != settings.TOCSIN_OPTIONS.local_dir / "rules" or file.suffix != SUFFIX:
        return ""
    return file.stem if WrittenRule.objects.filter(name=file.stem).exists() else ""


def _read_lines(path: str, text: str) -> tuple[Line, ...]:
    """The lines of ``text``, whose first one with content stands at ``path``, beside the issues of the file there."""
    file, line = _split(path)
    texts = text.splitlines()
    before = next((place for place, each in enumerate(texts) if _has_content(each)), 0)
    first = max(1, line - before)
    issues = RuleIssue.objects.filter(path=file, line__gte=first, line__lt=first + len(texts)).order_by("column")
    by_line: dict[int, list[RuleIssue]] = {}
    for issue in issues:
        by_line.setdefault(issue.line, []).append(issue)
    return tuple(Line(first + place, each, tuple(by_line.get(first + place, ()))) for place, each in enumerate(texts))


def _has_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(("#", "---", "%"))


def _run_tests(rule: LoadedRule) -> tuple[Tested, ...]:
    """The rule's own tests, run together with the rules of its file, which it may count."""
    text = _read_file(rule)
    if "tests" not in text:
        return ()
    return tuple(each for each in run_tests(check(text)) if each.rule in (rule.title, ""))


def _read_revisions(newest_first: Sequence[RuleRevision]) -> tuple[Revision, ...]:
    shown = newest_first[:MAX_REVISIONS]
    return tuple(
        Revision(
            each.at,
            each.path,
            diff(newest_first[place + 1].text, each.text) if place + 1 < len(newest_first) else (),
            is_first=place + 1 == len(newest_first),
        )
        for place, each in enumerate(shown)
    )


def _plot(rule_id: str) -> Plot | None:
    """Its alerts of the last 30 days, a bar a day; None where there are none."""
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    rung = Alert.objects.filter(rule_id=rule_id, opened_at__gte=days[0]).exclude(state=State.MERGED)
    counts = dict(rung.annotate(day=TruncDay("opened_at")).values_list("day").annotate(Count("pk")).order_by())
    values = [counts.get(day, 0) for day in days]
    if not sum(values):
        return None
    return Plot(f"{sum(values):,} alerts in {DAYS} days", days, (Series("alerts", "accent", values),))
