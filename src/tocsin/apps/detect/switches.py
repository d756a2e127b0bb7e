"""Switching a rule off and on: it is told to the detector, which looks once a second, and recorded."""

from typing import Final

from django.db import transaction

from tocsin.apps.accounts.models import User
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import record
from tocsin.apps.detect.models import LoadedRule, OffRule
from tocsin.kernel.errors import ConfigError

MAX_REASON: Final = 2_000
"""Characters of why a rule was switched off."""


@transaction.atomic
def switch_off(rule: LoadedRule, reason: str, user: User) -> bool:
    """Let ``rule`` ring no more, and say why. False where it was off before.

    Raises: ConfigError without a reason: who finds it silent a year later must know why.
    """
    said = reason.strip()[:MAX_REASON]
    if not said:
        raise ConfigError("say why the rule is switched off")
    _, is_new = OffRule.objects.get_or_create(rule_id=rule.rule_id, defaults={"reason": said, "user": user})
    if is_new:
        record(Event.RULE_SWITCHED_OFF, details=_details(rule, said))
    return is_new


@transaction.atomic
def switch_on(rule: LoadedRule) -> bool:
    """Let ``rule`` ring again. False where it was on before."""
    if not OffRule.objects.filter(rule_id=rule.rule_id).delete()[0]:
        return False
    record(Event.RULE_SWITCHED_ON, details=_details(rule))
    return True


def _details(rule: LoadedRule, reason: str = "") -> dict[str, str]:
    details = {"tocsin.rule": rule.rule_id, "tocsin.rule_title": rule.title}
    return details | ({"tocsin.reason": reason} if reason else {})
