"""`/rules`: those that the detector uses, what is wrong with the others, and checks of a text."""

from typing import Annotated, Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tocsin.apps.detect.models import LoadedRule, RuleIssue
from tocsin.kernel.issues import Issue
from tocsin.rules.check import check_text
from tocsin.rules.documents import MAX_FILE_BYTES
from tocsin.web.api.auth import READ_RULES
from tocsin.web.api.paging import After, Limit, Page, newest_first
from tocsin.web.asked import storable

router = Router()


class RuleOut(Schema):
    """A rule in use."""

    id: str
    title: str
    level: str
    kind: str
    logsource: str
    path: str


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


class Checked(Schema):
    """The rules that a text holds and that could be used, and every issue."""

    rules: list[str]
    issues: list[IssueOut]


@router.get("", auth=READ_RULES, response=Page[RuleOut], summary="List the rules in use")
def list_rules(
    request: HttpRequest, limit: Limit, after: After, words: Annotated[str, Query(max_length=200)] = ""
) -> dict[str, Any]:
    """Scope `rules:read`. With `words`, those whose title, path or logsource has them."""
    said = storable(words)
    fits = Q(title__icontains=said) | Q(path__icontains=said) | Q(logsource__icontains=said)
    return newest_first(LoadedRule.objects.filter(fits), after, limit, _rule)


@router.get("/issues", auth=READ_RULES, response=Page[IssueOut], summary="What is wrong with the rules")
def list_issues(request: HttpRequest, limit: Limit, after: After) -> dict[str, Any]:
    """Scope `rules:read`."""
    return newest_first(RuleIssue.objects.all(), after, limit, _kept_issue)


@router.post("/check", auth=READ_RULES, response=Checked, summary="Check a text, without keeping it")
def check(request: HttpRequest, body: TextIn) -> Checked:
    """Scope `rules:read`."""
    checked = check_text(body.text)
    return Checked(
        rules=[rule.meta.title for rule in checked.rules], issues=[_issue(issue) for issue in checked.issues]
    )


@router.get("/{path:rule_id}", auth=READ_RULES, response=RuleOut, summary="One rule in use")
def get_rule(request: HttpRequest, rule_id: str) -> RuleOut:
    """Scope `rules:read`."""
    found = LoadedRule.objects.filter(rule_id=storable(rule_id)).first()
    if found is None:
        raise Http404(f"there is no rule '{rule_id}' in use")
    return _rule(found)


def _rule(rule: LoadedRule) -> RuleOut:
    return RuleOut(
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
