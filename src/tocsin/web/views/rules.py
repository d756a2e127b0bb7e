"""The rules: the catalogue, one of them, and ATT&CK."""

from urllib.parse import urlencode

import orjson
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.alerts.models import Alert
from tocsin.apps.detect.models import LoadedRule
from tocsin.apps.detect.switches import MAX_REASON, switch_off, switch_on
from tocsin.kernel.errors import ConfigError
from tocsin.web.access import current_user, needs
from tocsin.web.asked import storable
from tocsin.web.pages import render_page
from tocsin.web.reads.attack import read_layer, read_matrix
from tocsin.web.reads.rule import read_rule
from tocsin.web.reads.rules import RuleFilters, read_rules


@needs(Action.SEE)
@gzip_page
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """List the rules that are asked for."""
    listed = read_rules(RuleFilters.of(request.GET.dict()), request.GET.get("page", "1"))
    return render_page(request, "rules", title="Rules", listed=listed)


@needs(Action.SEE)
@gzip_page
@require_safe
def rule(request: HttpRequest) -> HttpResponse:
    """Show one rule; of one that is not in use any more, its alerts."""
    rule_id = storable(request.GET.get("id", ""))
    page = read_rule(rule_id)
    if page is None and Alert.objects.filter(rule_id=rule_id).exists():
        messages.warning(request, "This rule is not among those in use. These are its alerts.")
        return redirect(f"{reverse('alerts')}?{urlencode({'rule': rule_id})}")
    if page is None:
        raise Http404
    return render_page(
        request,
        "rule",
        title=page.rule.title,
        page=page,
        rule=page.rule,
        has_plots=page.plot is not None,
        max_reason=MAX_REASON,
    )


@needs(Action.WRITE_RULES)
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Switch a rule off, with a reason, or on."""
    found = LoadedRule.objects.filter(rule_id=storable(request.POST.get("id", ""))).first()
    if found is None:
        messages.error(request, "There is no such rule in use (any more). Nothing was changed.")
        return redirect("rules")
    if request.POST.get("to") == "on":
        is_changed, words = switch_on(found), "The rule is on: it rings again within a second or two."
    else:
        try:
            reason = storable(request.POST.get("reason", ""))
            is_changed = switch_off(found, reason, current_user(request))
        except ConfigError as error:
            messages.error(request, f"{str(error).capitalize()}. Nothing was changed.")
            return redirect(address(found.rule_id))
        words = "The rule is off: it rings no more, and still feeds the correlations that count it."
    if is_changed:
        messages.success(request, words)
    else:
        messages.error(request, "Somebody else has done that in the meantime.")
    return redirect(address(found.rule_id))


@needs(Action.SEE)
@gzip_page
@require_safe
def attack(request: HttpRequest) -> HttpResponse:
    """Show the matrix."""
    return render_page(request, "attack", title="ATT&CK", matrix=read_matrix())


@needs(Action.SEE)
@gzip_page
@require_safe
def attack_layer(request: HttpRequest) -> HttpResponse:
    """The matrix as a file for ATT&CK's Navigator."""
    headers = {"Content-Disposition": 'attachment; filename="tocsin-attack-layer.json"', "Cache-Control": "no-store"}
    body = orjson.dumps(read_layer(), option=orjson.OPT_INDENT_2)
    return HttpResponse(body, content_type="application/json", headers=headers)


def address(rule_id: str) -> str:
    """Where one rule is shown."""
    return f"{reverse('rule')}?{urlencode({'id': rule_id})}"
