"""What the console's forms take."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms

from tocsin.apps.accounts.models import Scope, Theme
from tocsin.apps.accounts.roles import Role
from tocsin.apps.alerts.models import State, Verdict
from tocsin.web.asked import MAX_ID
from tocsin.web.triage import MAX_NOTE_CHARACTERS, Verb

ROLES = [(role.value, role.value.capitalize()) for role in Role]


class ActForm(forms.Form):
    """One thing done with one alert, and the state it was seen in."""

    verb = forms.TypedChoiceField(choices=[(verb, verb) for verb in Verb], coerce=Verb)
    seen = forms.TypedChoiceField(choices=State.choices, coerce=State)
    note = forms.CharField(required=False, max_length=MAX_NOTE_CHARACTERS)
    verdict = forms.TypedChoiceField(required=False, choices=Verdict.choices, coerce=Verdict, empty_value=None)


class NoteForm(forms.Form):
    """A note for an alert's history."""

    note = forms.CharField(max_length=MAX_NOTE_CHARACTERS)


class AssignForm(forms.Form):
    """Who has an alert from now on, and who was seen to have it; empty is nobody."""

    assignee = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID)
    seen = forms.IntegerField(required=False, min_value=1, max_value=MAX_ID)


class FilterForm(forms.Form):
    """The name of a filter that is kept."""

    name = forms.CharField(max_length=60)
    query = forms.CharField(required=False, max_length=2_000)


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey: always one that knows its person, and that verified them."""

    name = forms.CharField(required=False, max_length=100)

    def clean(self) -> dict[str, Any]:
        """Whatever the browser says, the key must have verified its person."""
        self.cleaned_data["passwordless"] = True
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class ProfileForm(forms.Form):
    """How a person is called, and how pages look to them."""

    name = forms.CharField(required=False, max_length=200)
    theme = forms.ChoiceField(choices=Theme.choices)


class JoinForm(forms.Form):
    """How somebody who accepts an invitation is called."""

    name = forms.CharField(max_length=200)


class InviteForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(max_length=254)
    role = forms.TypedChoiceField(choices=ROLES, coerce=Role)


class RoleForm(forms.Form):
    """A role, and the one it was seen as."""

    role = forms.TypedChoiceField(choices=ROLES, coerce=Role)
    seen = forms.ChoiceField(choices=ROLES)


class RetentionForm(forms.Form):
    """How many days; none: as all others."""

    days = forms.IntegerField(required=False)


class SourceForm(forms.Form):
    """What a source sends."""

    format = forms.CharField(max_length=30)
    product = forms.CharField(required=False, max_length=100)
    category = forms.CharField(required=False, max_length=100)
    service = forms.CharField(required=False, max_length=100)
    lateness_s = forms.IntegerField(required=False)


class RotationForm(forms.Form):
    """A rotation; ``people`` are addresses, one a line, in their order."""

    name = forms.RegexField(r"\A[a-z0-9_-]{1,60}\Z")
    people = forms.CharField(max_length=30_000)
    starts_at = forms.CharField(max_length=40)
    shift_days = forms.IntegerField()
    time_zone = forms.CharField(max_length=60)


class SpecialDayForm(forms.Form):
    """A day and what people call it."""

    day = forms.CharField(max_length=10)
    name = forms.CharField(max_length=100)


class ApiTokenForm(forms.Form):
    """What a program may do, and for how many days."""

    name = forms.CharField(max_length=100)
    days = forms.IntegerField(min_value=1, max_value=366)
    scopes = forms.MultipleChoiceField(choices=[(scope.value, scope.value) for scope in Scope])


class RecoveryForm(forms.Form):
    """An address and one of its recovery codes."""

    email = forms.EmailField(max_length=254)
    code = forms.CharField(max_length=40)
