"""One alert, and what people do with it."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.web import triage
from tocsin.web.access import current_user, needs
from tocsin.web.forms import ActForm
from tocsin.web.pages import is_fragment, render_page
from tocsin.web.reads.alert import AlertPage, read_alert


@needs(Action.SEE)
@require_safe
def alert(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Show one alert."""
    return _show(request, _read(alert_id))


@needs(Action.TRIAGE)
@require_POST
def act(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Acknowledge, resolve or reopen; 409 and the alert as it is now where somebody else was first."""
    form = ActForm(request.POST)
    is_done = form.is_valid() and _act(request, alert_id, form)
    page = _read(alert_id)
    status = HTTPStatus.OK
    if not form.is_valid():
        status = HTTPStatus.BAD_REQUEST
        messages.error(request, _invalid(form))
    elif not is_done:
        status = HTTPStatus.CONFLICT
        messages.error(request, _too_late(page))
    else:
        messages.success(request, f"Alert {alert_id} {form.cleaned_data['verb'].done}.")
    if request.POST.get("from") == "list":
        return render(request, "web/messages.html", {"is_fragment": True}, status=status)
    if status == HTTPStatus.OK and not is_fragment(request):
        return redirect("alert", alert_id)
    return _show(request, page, status=status, note="" if is_done else request.POST.get("note", ""))


def _act(request: HttpRequest, alert_id: int, form: ActForm) -> bool:
    taken = form.cleaned_data
    return triage.act(alert_id, current_user(request), taken["verb"], seen=taken["seen"], note=taken["note"])


def _read(alert_id: int) -> AlertPage:
    page = read_alert(alert_id)
    if page is None:
        raise Http404
    return page


def _show(request: HttpRequest, page: AlertPage, *, status: int = HTTPStatus.OK, note: str = "") -> HttpResponse:
    return render_page(
        request,
        "alert",
        title=page.alert.rule_title,
        status=status,
        page=page,
        alert=page.alert,
        choices=triage.choices(page.alert.state),
        max_note=triage.MAX_NOTE_CHARACTERS,
        note=note,
    )


def _invalid(form: ActForm) -> str:
    if "note" in form.errors:
        return f"The note is too long: write at most {triage.MAX_NOTE_CHARACTERS:,} characters. Nothing was changed."
    return "That is not something to do with an alert: acknowledge, resolve or reopen it. Nothing was changed."


def _too_late(page: AlertPage) -> str:
    """What the second of two people is told."""
    latest = page.actions[0] if page.actions else None
    who = f"{latest.user or 'Tocsin'} was first ({latest.verb})" if latest else "somebody was first"
    return f"Not done: {who}. This is how the alert stands now."
