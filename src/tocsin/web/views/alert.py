"""One alert, and what people do with it."""

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.models import User
from tocsin.apps.accounts.roles import Action
from tocsin.apps.alerts.models import Alert, Verdict
from tocsin.web import triage
from tocsin.web.access import current_user, needs
from tocsin.web.forms import ActForm, AssignForm, NoteForm
from tocsin.web.pages import is_fragment, render_page
from tocsin.web.reads.alert import AlertPage, mark_fields, read_alert, read_samples
from tocsin.web.reads.filters import read_people
from tocsin.web.reads.why import read_why


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
    return triage.act(
        alert_id,
        current_user(request),
        taken["verb"],
        seen=taken["seen"],
        note=taken["note"],
        verdict=taken["verdict"],
    )


@needs(Action.TRIAGE)
@require_POST
def assign(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Give the alert to somebody or to nobody; 409 where somebody else has it by now."""
    form = AssignForm(request.POST)
    people = {person.pk: person for person in read_people()}
    chosen = form.cleaned_data["assignee"] if form.is_valid() else None
    if not form.is_valid() or (chosen and chosen not in people):
        messages.error(request, "That is nobody who works on alerts. Nothing was changed.")
        return _show(request, _read(alert_id), status=HTTPStatus.BAD_REQUEST)
    person: User | None = people[chosen] if chosen else None
    if not triage.assign(alert_id, current_user(request), person, seen=form.cleaned_data["seen"]):
        page = _read(alert_id)
        messages.error(request, f"Not done: {page.alert.assignee or 'nobody'} has the alert by now.")
        return _show(request, page, status=HTTPStatus.CONFLICT)
    return _answer(request, alert_id)


@needs(Action.TRIAGE)
@require_POST
def note(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Write a note into the history."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        page = _read(alert_id)
        messages.error(request, f"A note has 1 to {triage.MAX_NOTE_CHARACTERS:,} characters. Nothing was written.")
        return _show(request, page, status=HTTPStatus.BAD_REQUEST, note=request.POST.get("note", ""))
    if not triage.comment(alert_id, current_user(request), form.cleaned_data["note"]):
        raise Http404
    return _answer(request, alert_id)


@needs(Action.SEE)
@require_safe
def sample(request: HttpRequest, alert_id: int, place: int) -> HttpResponse:
    """One sample event, with what the rule found in it marked and the rule's tests: a part of the alert's page."""
    alert = get_object_or_404(Alert, pk=alert_id)
    samples = read_samples(alert)
    if place >= len(samples):
        raise Http404
    kept = alert.samples[place]
    why = read_why(alert, kept) if isinstance(kept, dict) else None
    fields = mark_fields(samples[place], why)
    return render(
        request,
        "web/alert/sample.html",
        {"alert": alert, "sample": samples[place], "fields": fields, "why": why, "place": place},
    )


def _answer(request: HttpRequest, alert_id: int) -> HttpResponse:
    return _show(request, _read(alert_id)) if is_fragment(request) else redirect("alert", alert_id)


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
        verdicts=tuple(Verdict),
        people=read_people(),
        samples=[(sample, mark_fields(sample, None)) for sample in page.samples],
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
