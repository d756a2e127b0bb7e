"""What the console's forms take."""

from django import forms

from tocsin.apps.alerts.models import State
from tocsin.web.triage import MAX_NOTE_CHARACTERS, Verb


class ActForm(forms.Form):
    """One thing done with one alert, and the state it was seen in."""

    verb = forms.TypedChoiceField(choices=[(verb, verb) for verb in Verb], coerce=Verb)
    seen = forms.TypedChoiceField(choices=State.choices, coerce=State)
    note = forms.CharField(required=False, max_length=MAX_NOTE_CHARACTERS)
