"""The rules in use: loaded, compiled, loaded again when a file changes; what is wrong with them is kept for people."""

import logging
from dataclasses import dataclass

from django.db import transaction

from tocsin.apps.detect.models import LoadedRule, RuleIssue
from tocsin.apps.detect.texts import storable
from tocsin.engine.plan import Plan, Refusal, plan_rules
from tocsin.engine.ringers import Ringer, make_ringers
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.issues import Issue
from tocsin.rules.folders import RuleFolders
from tocsin.rules.model import DetectionRule, Rule, RuleSet

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
    """Load, compile and record the rules in ``folders``.

    Raises: ConfigError where a folder does not exist.
    """
    mark = folders.stamp()
    ruleset = folders.load()
    plan = plan_rules(ruleset, folders.shelf)
    ringers = make_ringers(ruleset.rules)
    grouped = {name for ringer in ringers for feed in ringer.feeds for name in (*feed.group_by, *feed.counted)}
    _record(ruleset, plan)
    log.info("%d rules loaded, %d issues", len(ruleset.rules), len(ruleset.issues))
    return Rulebook(mark, plan, ringers, None if plan.reads_all else frozenset(plan.fields) | grouped)


def reread_rulebook(current: Rulebook, folders: RuleFolders) -> Rulebook:
    """``current``, or the rulebook of now where a file has changed. A folder that vanished changes nothing."""
    try:
        if folders.stamp() == current.stamp:
            return current
        return read_rulebook(folders)
    except ConfigError as error:
        log.error("the rules stay as they were: %s", error)
        return current


@transaction.atomic
def _record(ruleset: RuleSet, plan: Plan) -> None:
    LoadedRule.objects.all().delete()
    LoadedRule.objects.bulk_create([_loaded(rule) for rule in ruleset.rules])
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


def _refused(refusal: Refusal, plan: Plan) -> Issue:
    """A rule that reads well but that the engine will not run."""
    return Issue(
        "refused-by-engine", f"the rule never matches: {refusal.reason}", plan.rules[refusal.rule].meta.location
    )


def _loaded(rule: Rule) -> LoadedRule:
    return LoadedRule(
        rule_id=rule.meta.id,
        title=storable(rule.meta.title, 300),
        level=rule.meta.level,
        level_rank=rule.meta.level.rank,
        kind="detection" if isinstance(rule, DetectionRule) else rule.type,
        logsource=storable(str(rule.logsource), 300) if isinstance(rule, DetectionRule) else "",
        path=str(rule.meta.location),
    )
