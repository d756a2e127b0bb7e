"""The rules in use: loaded, compiled, loaded again when a file changes; what is wrong with them is kept for people."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.db import transaction

from tocsin.apps.detect.models import LoadedRule, OffRule, RuleIssue, RuleRevision
from tocsin.apps.detect.texts import storable
from tocsin.apps.detect.written import lay_out
from tocsin.engine.plan import Plan, Refusal, plan_rules
from tocsin.engine.ringers import Ringer, make_ringers
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.issues import Issue
from tocsin.rules.expressions import iterate_fields
from tocsin.rules.folders import RuleFolders
from tocsin.rules.model import CorrelationRule, DetectionRule, Rule, RuleSet
from tocsin.rules.outline import find_text

MAX_TEXT: Final = 200_000
"""Characters of a rule's text that are kept."""

log = logging.getLogger("tocsin.detect")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One state of the rule folders.

    Attributes:
        fields: every field that matching, grouping or counting reads; None where a rule reads all.
    """

    stamp: str
    plan: Plan
    ringers: tuple[Ringer, ...]
    fields: frozenset[str] | None


def read_rulebook(folders: RuleFolders) -> Rulebook:
    """Load, compile and record the rules in ``folders``, without those that people switched off.

    Raises: ConfigError where a folder does not exist.
    """
    mark = _stamp(folders)
    ruleset = folders.load()
    off = frozenset(OffRule.objects.values_list("rule_id", flat=True))
    used = without(ruleset.rules, off)
    plan = plan_rules(used, ruleset.content, folders.shelf)
    ringers = make_ringers(used)
    grouped = {name for ringer in ringers for feed in ringer.feeds for name in (*feed.group_by, *feed.counted)}
    grouped |= {ringer.similar.field for ringer in ringers if ringer.similar}
    _record(ruleset, plan, off)
    log.info("%d rules loaded, %d issues", len(ruleset.rules), len(ruleset.issues))
    return Rulebook(mark, plan, ringers, None if plan.reads_all else frozenset(plan.fields) | grouped)


def reread_rulebook(current: Rulebook, folders: RuleFolders) -> Rulebook:
    """``current``, or the rulebook of now where a file or a switch has changed.

    A folder that vanished changes nothing.
    """
    try:
        if _stamp(folders) == current.stamp:
            return current
        return read_rulebook(folders)
    except ConfigError as error:
        log.error("the rules stay as they were: %s", error)
        return current


def without(rules: Sequence[Rule], off: Collection[str]) -> tuple[Rule, ...]:
    """``rules`` as they ring without those called ``off``: what still feeds one that rings stays, and is silent."""
    by_id = {rule.meta.id: rule for rule in rules}
    ringing = {rule.meta.id for rule in rules if rule.alerts} - set(off)
    needed: set[str] = set()
    left = list(ringing)
    while left:
        name = left.pop()
        if name not in needed and name in by_id:
            needed.add(name)
            rule = by_id[name]
            left += rule.rules if isinstance(rule, CorrelationRule) else ()
    return tuple(
        rule if rule.meta.id in ringing else replace(rule, alerts=False) for rule in rules if rule.meta.id in needed
    )


def _stamp(folders: RuleFolders) -> str:
    if folders.written is not None:
        lay_out(folders.written)
    off = ",".join(OffRule.objects.order_by("rule_id").values_list("rule_id", flat=True))
    return f"{folders.stamp()} {off}"


@transaction.atomic
def _record(ruleset: RuleSet, plan: Plan, off: Collection[str]) -> None:
    _revise(ruleset.rules)
    LoadedRule.objects.all().delete()
    LoadedRule.objects.bulk_create([_loaded(rule, rule.meta.id in off) for rule in ruleset.rules], batch_size=500)
    RuleIssue.objects.all().delete()
    RuleIssue.objects.bulk_create(
        RuleIssue(
            code=issue.code,
            severity=issue.severity,
            path=issue.location.path,
            line=issue.location.line,
            column=issue.location.column,
            message=storable(issue.message),
            mend=storable(issue.mend),
        )
        for issue in (*ruleset.issues, *(_refused(refusal, plan) for refusal in plan.refused))
    )


def _revise(rules: Sequence[Rule]) -> None:
    """Keep the texts of the rules that have changed since they were loaded last."""
    known = dict(LoadedRule.objects.values_list("rule_id", "digest"))
    changed = [rule.meta for rule in rules if known.get(rule.meta.id) != rule.meta.digest]
    newest = dict(RuleRevision.objects.order_by("pk").values_list("rule_id", "digest"))
    RuleRevision.objects.bulk_create(
        (
            RuleRevision(
                rule_id=meta.id,
                digest=meta.digest,
                text=storable(find_text(meta.location), MAX_TEXT),
                path=str(meta.location),
            )
            for meta in changed
            if newest.get(meta.id) != meta.digest
        ),
        batch_size=500,
    )


def _refused(refusal: Refusal, plan: Plan) -> Issue:
    """A rule that reads well but that the engine will not run."""
    return Issue(
        "refused-by-engine", f"the rule never matches: {refusal.reason}", plan.rules[refusal.rule].meta.location
    )


def _loaded(rule: Rule, is_off: bool) -> LoadedRule:
    meta = rule.meta
    return LoadedRule(
        rule_id=meta.id,
        title=storable(meta.title, 300),
        level=meta.level,
        level_rank=meta.level.rank,
        kind="detection" if isinstance(rule, DetectionRule) else rule.type,
        logsource=storable(str(rule.logsource), 300) if isinstance(rule, DetectionRule) else "",
        path=str(meta.location),
        status=meta.status or "",
        description=storable(meta.description),
        tags=[storable(tag) for tag in meta.tags],
        fields=[storable(name) for name in _fields(rule)],
        rings=rule.alerts,
        is_off=is_off,
        digest=meta.digest,
    )


def _fields(rule: Rule) -> list[str]:
    tested = iterate_fields(rule.condition) if isinstance(rule, DetectionRule) else rule.fields
    return sorted({*tested, *rule.group_by})
