"""What the list of alerts can be filtered by: the choices of its menus, what is set now, and what was saved."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from tocsin.apps.accounts.models import User
from tocsin.apps.accounts.roles import Action, Role, may
from tocsin.apps.alerts.models import Alert, SavedFilter, Verdict
from tocsin.apps.detect.models import Checkpoint, LoadedRule
from tocsin.web.reads.alerts import MUTED, NOBODY, Filters

MAX_RULES: Final = 200


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set, in words. ``name`` is its name in the address."""

    name: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Menu:
    """What can be chosen.

    Attributes:
        rules: id and title of the rules that have alerts, at most `MAX_RULES`, by title.
        people: who works on alerts.
        saved: the person's own filters.
        query: the filters set now, as an address has them.
    """

    rules: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    people: tuple[User, ...]
    verdicts: tuple[Verdict, ...]
    saved: tuple[SavedFilter, ...]
    chips: tuple[Chip, ...]
    query: str


def read_menu(filters: Filters, user: User) -> Menu:
    """Read the menus for ``user``. Cost: five queries, none of which reads an alert's row."""
    titles = _titles()
    people = read_people()
    return Menu(
        rules=tuple(sorted(titles.items(), key=lambda rule: rule[1])),
        sources=tuple(Checkpoint.objects.order_by("source").values_list("source", flat=True)),
        people=people,
        verdicts=tuple(Verdict),
        saved=tuple(SavedFilter.objects.filter(user=user)),
        chips=_chips(filters, titles, {str(person.pk): str(person) for person in people}),
        query=urlencode(filters.as_query()),
    )


def read_people() -> tuple[User, ...]:
    """Who works on alerts, by name. Cost: one query."""
    roles = [role.value for role in Role if may(role, Action.TRIAGE)]
    return tuple(User.objects.filter(is_active=True, role__in=roles).order_by("name", "email"))


def _titles() -> dict[str, str]:
    """A rule's id → its title; a rule that is gone is called by its id."""
    ids = list(Alert.objects.order_by("rule_id").values_list("rule_id", flat=True).distinct()[:MAX_RULES])
    loaded = LoadedRule.objects.filter(rule_id__in=ids).values_list("rule_id", "title")
    return {rule_id: rule_id for rule_id in ids} | dict(loaded)


def _chips(filters: Filters, titles: dict[str, str], names: dict[str, str]) -> tuple[Chip, ...]:
    said = {
        "rule": ("rule", titles.get(filters.rule, filters.rule)),
        "source": ("source", filters.source),
        "entity": ("about", filters.entity),
        "assignee": (
            "assigned to",
            "nobody" if filters.assignee == NOBODY else names.get(filters.assignee, filters.assignee),
        ),
        "verdict": ("turned out", Verdict(filters.verdict).label.lower() if filters.verdict else ""),
        "muted": ("muted", filters.muted if filters.muted in MUTED else f"by {filters.muted}" if filters.muted else ""),
        "since": ("since", filters.since),
        "until": ("until", filters.until),
    }
    return tuple(Chip(name, label, text) for name, (label, text) in said.items() if text)
