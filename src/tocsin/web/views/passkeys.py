"""A person's passkeys: added, named, removed. The ceremony is django-allauth's."""

from typing import Any

from allauth.mfa.webauthn.forms import EditWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, RemoveWebAuthnView
from django.http import HttpResponse
from django.urls import reverse

from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import record
from tocsin.web.access import current_user
from tocsin.web.forms import AddPasskeyForm
from tocsin.web.keys import note_signing_in


class AddPasskey(AddWebAuthnView):  # type: ignore[misc]
    """Add a passkey: one that can sign in by itself, and that verifies its person."""

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """As always, but the key must be discoverable and verify its person."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["js_data"] = {"creation_options": auth.begin_registration(current_user(self.request), True)}
        return context

    def form_valid(self, form: AddPasskeyForm) -> HttpResponse:
        """Add it. Who has just opened a passkey need not show it again to see the recovery codes."""
        answer: HttpResponse = super().form_valid(form)
        note_signing_in(self.request, current_user(self.request), "mfa", is_again=True)
        return answer


class RenamePasskey(EditWebAuthnView):  # type: ignore[misc]
    """Give a passkey another name."""

    def form_valid(self, form: EditWebAuthnForm) -> HttpResponse:
        """Rename it."""
        answer: HttpResponse = super().form_valid(form)
        record(Event.PASSKEY_RENAMED, details={"tocsin.passkey": form.cleaned_data["name"]})
        return answer

    def get_success_url(self) -> str:
        """Back to the person's page."""
        return reverse("settings-account")


class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc]
    """Remove a passkey."""

    def get_success_url(self) -> str:
        """Back to the person's page."""
        return reverse("settings-account")


add = AddPasskey.as_view()
rename = RenamePasskey.as_view()
remove = RemovePasskey.as_view()
