"""`/rules`: those that the detector uses, what is wrong with the others, and checks of a text."""

from collections.abc import Collection
from typing import Annotated, Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tocsin.apps.detect.models import LoadedRule, OffRule, RuleIssue
from tocsin.apps.detect.switches import MAX_REASON, switch_off, switch_on
from tocsin.kernel.issues import Issue
from tocsin.rules.documents import MAX_FILE_BYTES
from tocsin.web.api.auth import READ_RULES, WRITE_RULES, person
from tocsin.web.api.paging import After, Limit, Page, newest_first
from tocsin.web.asked import storable
from tocsin.web.reads.ruletext import check as check_text
from tocsin.web.reads.ruletext import run_tests

router = Router()


class RuleOut(Schema):
    """A rule in use; `is_on` is false where somebody switched it off."""

    id: str
    title: str
    level: str
    kind: str
    logsource: str
    path: str
    is_on: bool


class IssueOut(Schema):
    """What is wrong with a rule, where, and the mend."""

    code: str
    severity: str
    path: str
    line: int
    column: int
    message: str
    mend: str


class TextIn(Schema):
    """Sigma rules, as YAML."""

    text: Annotated[str, Field(max_length=MAX_FILE_BYTES)]


class TestOut(Schema):
    """One test of a text; `failure` is empty where it holds."""

    rule: str
    name: str
    line: int
    failure: str


class Checked(Schema):
    """The rules that a text holds and that could be used, every issue, and what came of the text's own tests."""

    rules: list[str]
    issues: list[IssueOut]
    tests: list[TestOut]


class SwitchIn(Schema):
    """A rule, whether it is to ring, and why not."""

    rule: Annotated[str, Field(max_length=200)]
    is_on: bool
    reason: Annotated[str, Field(max_length=MAX_REASON)] = ""


@router.get("", auth=READ_RULES, response=Page[RuleOut], summary="List the rules in use")
def list_rules(
    request: HttpRequest, limit: Limit, after: After, words: Annotated[str, Query(max_length=200)] = ""
) -> dict[str, Any]:
    """Scope `rules:read`. With `words`, those whose title, path or logsource has them."""
    said = storable(words)
    fits = Q(title__icontains=said) | Q(path__icontains=said) | Q(logsource__icontains=said)
    off = frozenset(OffRule.objects.values_list("rule_id", flat=True))
    return newest_first(LoadedRule.objects.filter(fits), after, limit, lambda rule: _rule(rule, off))


@router.get("/issues", auth=READ_RULES, response=Page[IssueOut], summary="What is wrong with the rules")
def list_issues(request: HttpRequest, limit: Limit, after: After) -> dict[str, Any]:
    """Scope `rules:read`."""
    return newest_first(RuleIssue.objects.all(), after, limit, _kept_issue)


@router.post("/check", auth=READ_RULES, response=Checked, summary="Check a text, without keeping it")
def check(request: HttpRequest, body: TextIn) -> Checked:
    """Scope `rules:read`."""
    checked = check_text(body.text)
    return Checked(
        rules=[rule.meta.title for rule in checked.rules.rules],
        issues=[_issue(issue) for issue in checked.issues],
        tests=[
            TestOut(
                rule=each.rule,
                name=each.name,
                line=each.line,
                failure="\n".join([each.failure.reason, *each.failure.details]) if each.failure else "",
            )
            for each in run_tests(checked)
        ],
    )


@router.post("/switch", auth=WRITE_RULES, response=RuleOut, summary="Switch a rule off, with a reason, or on")
def switch(request: HttpRequest, body: SwitchIn) -> RuleOut:
    """Scope `rules:write`. One that is off rings no more, and still feeds the correlations that count it."""
    rule = _find(body.rule)
    if body.is_on:
        switch_on(rule)
    else:
        switch_off(rule, storable(body.reason), person(request))
    return _rule_now(rule)


@router.get("/{path:rule_id}", auth=READ_RULES, response=RuleOut, summary="One rule in use")
def get_rule(request: HttpRequest, rule_id: str) -> RuleOut:
    """Scope `rules:read`."""
    return _rule_now(_find(rule_id))


def _find(rule_id: str) -> LoadedRule:
    found = LoadedRule.objects.filter(rule_id=storable(rule_id)).first()
    if found is None:
        raise Http404(f"there is no rule '{rule_id}' in use")
    return found


def _rule_now(rule: LoadedRule) -> RuleOut:
    return _rule(rule, frozenset(OffRule.objects.filter(rule_id=rule.rule_id).values_list("rule_id", flat=True)))


def _rule(rule: LoadedRule, off: Collection[str]) -> RuleOut:
    return RuleOut(
        is_on=rule.rule_id not in off,
        id=rule.rule_id,
        title=rule.title,
        level=rule.level,
        kind=rule.kind,
        logsource=rule.logsource,
        path=rule.path,
    )


def _kept_issue(issue: RuleIssue) -> IssueOut:
    names = ("code", "severity", "path", "line", "column", "message", "mend")
    return IssueOut(**{name: getattr(issue, name) for name in names})


def _issue(issue: Issue) -> IssueOut:
    place = issue.location
    return IssueOut(
        code=issue.code,
        severity=issue.severity,
        path=place.path,
        line=place.line,
        column=place.column,
        message=issue.message,
        mend=issue.mend,
    )
