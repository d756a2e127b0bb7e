"""You: name and look, passkeys, recovery codes, sessions."""

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action, Role
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import person, record
from tocsin.web.access import current_user, needs
from tocsin.web.forms import ProfileForm
from tocsin.web.keys import has_passwords
from tocsin.web.pages import render_page
from tocsin.web.reads.account import find_session, read_account


@needs(Action.OWN_ACCOUNT)
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show the person's own account."""
    user = current_user(request)
    page = read_account(user, request.session.session_key or "")
    return render_page(
        request, "settings-account", title="You", page=page, role=Role(user.role), has_passwords=has_passwords()
    )


@needs(Action.OWN_ACCOUNT)
@require_POST
@transaction.atomic
def save_profile(request: HttpRequest) -> HttpResponse:
    """Change the person's name and look."""
    user = current_user(request)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A name has at most 200 characters, and a theme is system, light or dark.")
        return redirect("settings-account")
    user.name, user.theme = form.cleaned_data["name"].strip(), form.cleaned_data["theme"]
    user.save(update_fields=["name", "theme"])
    record(Event.PROFILE_CHANGED, target=person(user))
    messages.success(request, "Saved.")
    return redirect("settings-account")


@needs(Action.OWN_ACCOUNT)
@require_POST
@transaction.atomic
def revoke_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of the person's sessions, wherever it is."""
    session = find_session(current_user(request), session_id)
    if session is None:
        raise Http404
    record(Event.SESSION_REVOKED, target=person(session.user), details={"tocsin.session_ip": session.ip})
    is_this = session.session_key == request.session.session_key
    session.end()
    if is_this:
        request.session.flush()
        return redirect("signin")
    messages.success(request, "That session is ended.")
    return redirect("settings-account")
