"""Every kind of thing that is recorded. The value is `event.action` of the source `tocsin.audit`."""

from enum import StrEnum
from typing import Final


class Event(StrEnum):
    """A closed list: what is not here cannot be recorded, and rules can rely on the names."""

    SIGNED_IN = "session.started"
    SIGN_IN_FAILED = "session.failed"
    SIGNED_OUT = "session.ended"
    SESSION_REVOKED = "session.revoked"
    REAUTHENTICATED = "session.reauthenticated"
    LINK_ISSUED = "link.issued"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_REMOVED = "passkey.removed"
    PASSKEY_RENAMED = "passkey.renamed"
    RECOVERY_CODES_MADE = "recovery_codes.made"
    RECOVERY_CODE_USED = "recovery_codes.used"
    ACCOUNT_CONNECTED = "account.connected"
    ACCOUNT_DISCONNECTED = "account.disconnected"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - a name
    PERSON_ADDED = "person.added"
    PERSON_DISABLED = "person.disabled"
    PERSON_ENABLED = "person.enabled"
    ROLE_CHANGED = "person.role_changed"
    PROFILE_CHANGED = "person.profile_changed"
    INVITATION_MADE = "invitation.made"
    INVITATION_ACCEPTED = "invitation.accepted"
    INVITATION_REVOKED = "invitation.revoked"
    ALERT_ACKNOWLEDGED = "alert.acknowledged"
    ALERT_RESOLVED = "alert.resolved"
    ALERT_REOPENED = "alert.reopened"
    ALERT_ASSIGNED = "alert.assigned"
    ALERT_NOTED = "alert.noted"
    MUTE_MADE = "mute.made"
    MUTE_ENDED = "mute.ended"
    RULE_CHANGED = "rule.changed"
    RULE_SWITCHED_ON = "rule.switched_on"
    RULE_SWITCHED_OFF = "rule.switched_off"
    SOURCE_ADDED = "source.added"
    SOURCE_CHANGED = "source.changed"
    SOURCE_REMOVED = "source.removed"
    TOKEN_MADE = "token.made"  # noqa: S105 - a name
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - a name
    API_TOKEN_MADE = "api_token.made"  # noqa: S105 - a name
    API_TOKEN_REVOKED = "api_token.revoked"  # noqa: S105 - a name
    ONCALL_CHANGED = "oncall.changed"
    CHANNEL_ADDED = "channel.added"
    CHANNEL_CHANGED = "channel.changed"
    CHANNEL_REMOVED = "channel.removed"
    CHANNEL_TRIED = "channel.tried"
    DELIVERY_RETRIED = "delivery.retried"
    SETTING_CHANGED = "setting.changed"
    SEARCH_EXPORTED = "search.exported"


CATEGORIES: Final = {
    "session": "authentication",
    "link": "authentication",
    "passkey": "iam",
    "recovery_codes": "iam",
    "account": "iam",
    "password": "iam",
    "person": "iam",
    "invitation": "iam",
    "alert": "session",
    "mute": "configuration",
    "rule": "configuration",
    "source": "configuration",
    "token": "iam",
    "api_token": "iam",
    "oncall": "configuration",
    "channel": "configuration",
    "delivery": "session",
    "setting": "configuration",
    "search": "session",
}
"""The first part of an action → ECS `event.category`."""


def category(event: Event) -> str:
    """ECS `event.category` of ``event``."""
    return CATEGORIES[event.value.partition(".")[0]]
