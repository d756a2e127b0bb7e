"""People: who may come in, and what each may do."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts import people as work
from tocsin.apps.accounts.links import issue_link as make_link
from tocsin.apps.accounts.models import User
from tocsin.apps.accounts.roles import Action, Role
from tocsin.kernel.errors import ConfigError
from tocsin.web.access import current_user, needs
from tocsin.web.forms import InviteForm, RoleForm
from tocsin.web.pages import render_page
from tocsin.web.reads.people import read_people

_FRESH_LINK = "tocsin_fresh_link"


@needs(Action.SEE_PEOPLE)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List the people and the open invitations; a link that was just made is shown this once."""
    link = request.session.pop(_FRESH_LINK, None)
    return render_page(
        request, "settings-people", title="People", page=read_people(), roles=list(Role), link=link, form=InviteForm()
    )


@needs(Action.MANAGE_PEOPLE)
@require_POST
@sensitive_variables()
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody, and show the link."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Write an address such as ann@example.com, and choose a role. Nobody was invited.")
        return redirect("settings-people")
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    try:
        path = work.invite(email, role, current_user(request))
    except ConfigError as error:
        messages.error(request, str(error))
    else:
        _show_link(request, path, f"Invites {email} as {role}, once, within a week")
    return redirect("settings-people")


@needs(Action.MANAGE_PEOPLE)
@require_POST
def revoke_invitation(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    if not work.revoke_invitation(invitation_id):
        raise Http404
    messages.success(request, "The invitation is revoked: its link does nothing any more.")
    return redirect("settings-people")


@needs(Action.MANAGE_PEOPLE)
@require_POST
def change_role(request: HttpRequest, user_id: int) -> HttpResponse:
    """Give somebody another role."""
    get_object_or_404(User.objects.only("pk"), pk=user_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, f"That is no role; choose {', '.join(Role)}. Nothing was changed.")
        return redirect("settings-people")
    try:
        user = work.change_role(user_id, form.cleaned_data["role"], seen=form.cleaned_data["seen"])
    except ConfigError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{user} is {user.role} now.")
    return redirect("settings-people")


@needs(Action.MANAGE_PEOPLE)
@require_POST
def switch(request: HttpRequest, user_id: int) -> HttpResponse:
    """Let somebody in no more, or again."""
    get_object_or_404(User.objects.only("pk"), pk=user_id)
    is_active = request.POST.get("active") == "yes"
    try:
        user = work.switch(user_id, is_active=is_active)
    except ConfigError as error:
        messages.error(request, str(error))
    else:
        said = "may sign in again" if is_active else "is switched off, and signed out everywhere"
        messages.success(request, f"{user} {said}.")
    return redirect("settings-people")


@needs(Action.MANAGE_PEOPLE)
@require_POST
@sensitive_variables()
def issue_link(request: HttpRequest, user_id: int) -> HttpResponse:
    """Make a one-time link for somebody who has lost every key."""
    user = get_object_or_404(User, pk=user_id)
    try:
        path = make_link(user.email)
    except ConfigError as error:
        messages.error(request, str(error))
    else:
        _show_link(request, path, f"Signs {user.email} in, once, within an hour")
    return redirect("settings-people")


def _show_link(request: HttpRequest, path: str, words: str) -> None:
    """Keep the link for the next page alone: it is in no log, and in no page that can be asked for again."""
    request.session[_FRESH_LINK] = {"address": f"{settings.TOCSIN_OPTIONS.base_url}{path}", "words": words}
