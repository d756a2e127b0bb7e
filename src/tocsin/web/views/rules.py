"""The rules and what is wrong with them."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.web.access import needs
from tocsin.web.asked import storable
from tocsin.web.pages import render_page
from tocsin.web.reads.rules import read_rules


@needs(Action.SEE)
@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """List the rules, those that cannot be used first."""
    listed = read_rules(storable(request.GET.get("q", "")).strip(), request.GET.get("page", "1"))
    return render_page(request, "rules", title="Rules", listed=listed)
