"""The ground truth: what really happened, written beside the events so that every ring can be judged."""

from collections import Counter
from typing import Any

from tocsin.drill.expected import EXPECTED
from tocsin.drill.happenings import Action, Happening, iso
from tocsin.drill.incident import FIFTH
from tocsin.drill.story import EVE, LENGTH, Story

_STEPS = {
    Action.EMAIL_CHANGED: "email_changed_at",
    Action.SECOND_FACTOR_REMOVED: "second_factor_removed_at",
    Action.DATA_EXPORTED: "data_exported_at",
    Action.PASSWORD_RESET: "password_reset_at",
    Action.SESSION_CREATED: "signed_in_at",
    Action.POST_CREATED: "first_scam_post_at",
}


def truth(story: Story) -> dict[str, Any]:
    """The ground truth of ``story``, ready to be written as JSON. Moments are ISO 8601, UTC."""
    accounts = _accounts(story)
    eve_from, eve_until = EVE
    return {
        "seed": story.seed,
        "start": iso(story.start),
        "end": iso(story.start + LENGTH),
        "events": len(story.happenings),
        "totals": dict(sorted(Counter(each.action.value for each in story.happenings).items())),
        "new_years_eve": {
            "from": iso(story.start + eve_from),
            "midnight": iso(story.start + (eve_from + eve_until) / 2),
            "until": iso(story.start + eve_until),
        },
        "employees": _employees(story),
        "fifth_account_at": accounts[FIFTH - 1]["second_factor_removed_at"],
        "accounts": accounts,
        "scam_post_ids": [
            story.event_id(ordinal)
            for ordinal, each in enumerate(story.happenings)
            if each.is_incident and each.action is Action.POST_CREATED
        ],
        "must_ring": [{"rule": each.title, "level": each.level, "alerts": each.alerts} for each in EXPECTED],
    }


def _employees(story: Story) -> list[dict[str, Any]]:
    """The two employees, in the order in which strangers signed in as them."""
    phished = [each for each in story.happenings if each.is_incident and each.action is Action.STAFF_SESSION_CREATED]
    return [
        {
            "id": each.actor.id,
            "name": each.actor.name,
            "signed_in_at": iso(each.moment(story.start)),
            "source_ip": each.visit.ip,
        }
        for each in phished
    ]


def _accounts(story: Story) -> list[dict[str, Any]]:
    """The accounts that were taken, in the order in which they lost their second factor."""
    steps: dict[str, dict[str, Any]] = {}
    for each in story.happenings:
        if each.is_incident and each.action in _STEPS:
            _note(steps.setdefault(each.subject.id, {}), each, story)
    return sorted(steps.values(), key=lambda account: str(account["second_factor_removed_at"]))


def _note(account: dict[str, Any], each: Happening, story: Story) -> None:
    """Add one step to what is known of an account; of several posts the first counts."""
    account.setdefault("id", each.subject.id)
    account.setdefault("name", each.subject.name)
    account.setdefault("followers", each.subject.followers)
    if each.actor.role == "support":
        account["employee"] = each.actor.id
    account.setdefault(_STEPS[each.action], iso(each.moment(story.start)))
