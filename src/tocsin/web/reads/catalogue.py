"""The rules in use and whether any source sends what they look at: read once a minute, and when they were loaded."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.db.models import Count, Max

from tocsin.apps.detect.models import LoadedRule
from tocsin.apps.intake.carriers import read_carriers
from tocsin.kernel.errors import StoreError
from tocsin.kernel.logsource import LogSource
from tocsin.rules.attack import tactics, techniques
from tocsin.rules.review import Carrier
from tocsin.rules.taxonomy import find_route
from tocsin.web.kept import Kept
from tocsin.web.reads.search import store

_KEPT_S: Final = 60
_PARTS: Final = re.compile(r"(?:^| )(product|category|service)=")
_COLUMNS: Final = (
    "rule_id",
    "title",
    "level",
    "level_rank",
    "kind",
    "logsource",
    "path",
    "rings",
    "tags",
    "fields",
)


class Coverage(StrEnum):
    """Whether the sources there are send what a rule looks at."""

    FULL = "full"
    PARTLY = "partly"
    NONE = "none"

    @property
    def words(self) -> str:
        """For people."""
        return {"full": "Fields sent", "partly": "Some fields missing", "none": "Cannot fire"}[self.value]


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule.

    Attributes:
        techniques: `T1110.004`, as its tags name them. tactics: as tags write them.
        coverage: NONE where no source is of its logsource, or such sources sent none of its fields.
        missing: the fields that were not sent; all, where no source is of its logsource.
    """

    rule_id: str
    title: str
    level: str
    level_rank: int
    kind: str
    logsource: str
    path: str
    rings: bool
    techniques: tuple[str, ...]
    tactics: tuple[str, ...]
    coverage: Coverage
    missing: tuple[str, ...]


def read_catalogue() -> tuple[Entry, ...]:
    """All rules, the most urgent first. Cost: one query, and twice a minute or after a load two more."""
    key = LoadedRule.objects.aggregate(count=Count("pk"), newest=Max("pk"))
    return _catalogue.get((key["count"], key["newest"]))


def carriers() -> tuple[Carrier, ...]:
    """The sources, and what they have sent, as they were at most a minute ago; none where the store does not answer."""
    return _carriers.get(settings.TOCSIN_OPTIONS.events_uri)


def forget() -> None:
    """Read all again next time."""
    _carriers.forget()
    _catalogue.forget()


def read_logsource(text: str) -> LogSource:
    """The logsource that `str` wrote."""
    pieces = _PARTS.split(text)
    return LogSource(**dict(zip(pieces[1::2], pieces[2::2], strict=True)))


def cover(
    logsource: str, fields: Sequence[str], sources: Iterable[Carrier], seen: dict[str, frozenset[str] | None]
) -> tuple[Coverage, tuple[str, ...]]:
    """Whether ``sources`` send what a rule of ``logsource`` looks at, and which of ``fields`` they do not.

    Args:
        seen: what was found for the logsources before: the names that fitting sources sent, in lower case.
    """
    if logsource not in seen:
        wanted = read_logsource(logsource)
        fitting = [each.fields for each in sources if find_route(wanted, each.logsource).is_open]
        seen[logsource] = frozenset(name.casefold() for names in fitting for name in names) if fitting else None
    sent = seen[logsource]
    if sent is None:
        return Coverage.NONE, tuple(fields)
    missing = tuple(name for name in fields if name.casefold() not in sent)
    if not missing:
        return Coverage.FULL, ()
    return (Coverage.NONE if len(missing) == len(fields) else Coverage.PARTLY), missing


def _read_carriers() -> tuple[Carrier, ...]:
    try:
        return tuple(read_carriers(store()))
    except StoreError:
        return ()


def _read() -> tuple[Entry, ...]:
    sources = carriers()
    seen: dict[str, frozenset[str] | None] = {}
    entries = []
    for row in LoadedRule.objects.order_by("-level_rank", "title", "pk").values(*_COLUMNS):
        tags, fields = row.pop("tags"), row.pop("fields")
        coverage, missing = cover(row["logsource"], fields, sources, seen)
        named = dict.fromkeys(techniques(tags)), dict.fromkeys(tactics(tags))
        entries.append(Entry(**row, techniques=(*named[0],), tactics=(*named[1],), coverage=coverage, missing=missing))
    return tuple(entries)


_carriers: Final = Kept(_read_carriers, _KEPT_S)
_catalogue: Final = Kept(_read, _KEPT_S)
