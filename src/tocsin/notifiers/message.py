"""What is told: one message, the same facts for every notifier."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Occasion(StrEnum):
    """Why a message is sent."""

    OPENED = "opened"
    AGAIN = "again"
    """More came after the alert had been resolved."""
    UPDATE = "update"
    """The alert's count passed a power of ten."""
    TEST = "test"
    UNDELIVERED = "undelivered"
    """Another channel could not be reached."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One event of an alert, as it came: nothing in it is to be trusted.

    Attributes:
        at: when it happened, UTC; None where that is not known.
        raw: the record's own text; may be empty.
        fields: (name, value) in order.
    """

    at: datetime | None
    raw: str = ""
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording of what many said, as it came: who is one of those who said it, ``count`` how often."""

    text: str
    who: str
    count: int


@dataclass(frozen=True, slots=True)
class Message:
    """One alert (or a word about a channel), told once to one channel.

    Attributes:
        at: when this text was made, UTC; a repeated attempt is made anew and tells the newest count.
        alert_id: None for a test.
        level: a Sigma level in lower case.
        group: (field, value), the one that the alert is about; may be empty.
        count: matched events, or distinct values of the field ``count_of``.
        events: matched events.
        normal: why this is more than usual, in words; empty for a rule that learns nothing.
        url: where the alert is in the console.
        idempotency_key: the same in every attempt; ASCII without spaces.
        thread_key: the idempotency key of the alert's first message.
    """

    occasion: Occasion
    at: datetime
    level: str
    title: str
    url: str
    idempotency_key: str
    thread_key: str
    first_at: datetime
    last_at: datetime
    alert_id: int | None = None
    rule_id: str = ""
    description: str = ""
    next_steps: str = ""
    falsepositives: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    group: tuple[tuple[str, str], ...] = ()
    source: str = ""
    count: int = 0
    count_of: str = ""
    events: int = 0
    normal: str = ""
    samples: tuple[Sample, ...] = ()
    variants: tuple[Variant, ...] = ()
