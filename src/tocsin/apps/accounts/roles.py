"""What each role may do: one map from action to the least role."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """Who somebody is here. Each may do what those before it may."""

    VIEWER = "viewer"
    RESPONDER = "responder"
    ENGINEER = "engineer"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        """Its place, 0 for the least."""
        return list(Role).index(self)

    @property
    def words(self) -> str:
        """What it may do, for people."""
        return _WORDS[self]


class Action(StrEnum):
    """Something that a view lets a person do."""

    SEE = "see"
    OWN_ACCOUNT = "own_account"
    OWN_KEYS = "own_keys"
    TRIAGE = "triage"
    MUTE = "mute"
    RETRY_DELIVERY = "retry_delivery"
    WRITE_RULES = "write_rules"
    MANAGE_SOURCES = "manage_sources"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_CHANNELS = "manage_channels"
    MANAGE_ONCALL = "manage_oncall"
    SEE_PEOPLE = "see_people"
    MANAGE_PEOPLE = "manage_people"
    CHANGE_SETTINGS = "change_settings"


LEAST: Final[dict[Action, Role]] = {
    Action.SEE: Role.VIEWER,
    Action.OWN_ACCOUNT: Role.VIEWER,
    Action.OWN_KEYS: Role.VIEWER,
    Action.TRIAGE: Role.RESPONDER,
    Action.MUTE: Role.RESPONDER,
    Action.RETRY_DELIVERY: Role.RESPONDER,
    Action.WRITE_RULES: Role.ENGINEER,
    Action.MANAGE_SOURCES: Role.ENGINEER,
    Action.MANAGE_TOKENS: Role.ENGINEER,
    Action.MANAGE_CHANNELS: Role.ENGINEER,
    Action.MANAGE_ONCALL: Role.ENGINEER,
    Action.SEE_PEOPLE: Role.VIEWER,
    Action.MANAGE_PEOPLE: Role.OWNER,
    Action.CHANGE_SETTINGS: Role.OWNER,
}

DANGEROUS: Final = frozenset({Action.OWN_KEYS, Action.MANAGE_CHANNELS, Action.MANAGE_PEOPLE, Action.CHANGE_SETTINGS})
"""Actions for which a person shows the passkey again, unless that was less than five minutes ago."""

_WORDS: Final[dict[Role, str]] = {
    Role.VIEWER: "sees everything, changes nothing",
    Role.RESPONDER: "also works on alerts and mutes",
    Role.ENGINEER: "also changes rules, sources, tokens and channels",
    Role.OWNER: "also invites people and changes settings",
}


def may(role: str, action: Action) -> bool:
    """Whether ``role`` may do ``action``. A role that is none may nothing."""
    return role in list(Role) and Role(role).rank >= LEAST[action].rank
