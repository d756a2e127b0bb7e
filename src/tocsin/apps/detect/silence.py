"""Sources that fall silent against their own rhythm ring, once a silence, without any rule.

The alert's `first_at` is the newest receipt before the silence. So which silence has rung is known after a restart,
also when somebody has resolved the alert meanwhile.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.alarms import SILENT, Alarm, prolong, settle, sound
from tocsin.apps.detect.rhythm import LEAST_PAUSE, WEEK, WEEKS, YOUNG_LIMIT, Minutes, Rhythm, compare
from tocsin.apps.intake.models import SourceMinute
from tocsin.apps.intake.sources import RESERVED
from tocsin.engine.baseline import Calendar
from tocsin.kernel.clock import EPOCH, from_us, in_words, to_us

LOOK_EVERY: Final = timedelta(seconds=30)
OFF: Final = 0
"""The limit, in seconds, of a source that may be silent for ever."""
LEARNT_DAYS: Final = 7 * (WEEKS + 2)
"""The counts of so many days are kept, also where the events are not: a rhythm, and a week of silence after it."""
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Listening:
    """When it is, which days are special, and since when a detector has listened without a longer break."""

    at: datetime
    since: datetime
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class News:
    """What is to be written about one source. ``words`` are empty where it sends again.

    ``heard_at`` is its newest receipt: the last before the silence, or the first after it.
    """

    source: str
    heard_at: datetime
    words: str = ""


@dataclass(slots=True)
class _Watch:
    """One silence: since when, what came before it, what was said of it."""

    heard_at: datetime
    has_rung: bool
    history: Minutes | None = None
    rhythm: Rhythm | None = None
    words: str = ""


class Silences:
    """What the sources do not say."""

    def __init__(self) -> None:
        ringing = Alert.objects.filter(rule_id=SILENT, state__in=(State.OPEN, State.ACKNOWLEDGED))
        self._ringing = dict(ringing.order_by("first_at").values_list("source", "first_at"))
        self._watched: dict[str, _Watch] = {}
        self._looked_at = EPOCH

    def look(
        self,
        received_us: Mapping[str, int],
        limits_s: Mapping[str, int | None],
        unknown: Collection[str],
        listening: Listening,
    ) -> list[News]:
        """What must be written now; looks at most every `LOOK_EVERY`.

        Args:
            received_us: source → its newest receipt.
            limits_s: source → the limit that somebody set; `OFF`, or None to go by its rhythm.
            unknown: sources of which there may be more than was read: nothing is said of them.
        Cost: nothing for sources that sent within `LEAST_PAUSE`; two queries for one that begins to be silent.
        """
        if abs(listening.at - self._looked_at) < LOOK_EVERY:
            return []
        self._looked_at = listening.at
        news = []
        for source, us in received_us.items():
            if not us or source in unknown or source.startswith(RESERVED):
                continue
            heard_at = from_us(us)
            if source in self._ringing and heard_at > self._ringing[source]:
                news.append(News(source, heard_at))
            if words := self._words(source, heard_at, limits_s.get(source), listening):
                news.append(News(source, heard_at, words))
        return news

    def write(self, news: News, at: datetime) -> None:
        """Ring, go on, or end, as ``news`` says. Within a transaction."""
        alarm = Alarm(SILENT, news.source, news.words, since=news.heard_at)
        if not news.words:
            settle(alarm, f"it sends again, after {in_words(news.heard_at - self._ringing[news.source])}")
        elif self._watched[news.source].has_rung:
            prolong(alarm, at)
        else:
            sound(alarm, at)

    def note(self, news: News) -> None:
        """``news`` is committed."""
        if not news.words:
            del self._ringing[news.source]
            return
        watch = self._watched[news.source]
        watch.words, watch.has_rung, watch.history = news.words, True, None
        self._ringing[news.source] = news.heard_at

    def _words(self, source: str, heard_at: datetime, limit_s: int | None, listening: Listening) -> str:
        """What to say of the silence since ``heard_at``; empty where nothing new is to be said."""
        least = timedelta(minutes=LEAST_PAUSE) if limit_s is None else timedelta(seconds=limit_s)
        if listening.at - heard_at < least or limit_s == OFF:
            return ""
        watch = self._watched.get(source)
        if watch is None or watch.heard_at != heard_at:
            watch = self._watched[source] = _Watch(heard_at, _has_rung(source, heard_at))
        if limit_s is not None:
            usual, is_broken = f"may be silent for {in_words(least)}", listening.at - listening.since >= least
        else:
            rhythm = self._compare(source, watch, listening)
            usual, is_broken = _say(rhythm), rhythm.is_broken
        words = f"{usual}; nothing for {in_words(listening.at - heard_at)}"
        return words if (watch.has_rung or is_broken) and words != watch.words else ""

    def _compare(self, source: str, watch: _Watch, listening: Listening) -> Rhythm:
        """The rhythm that the silence breaks, or may break; once it has rung it is not asked again."""
        if watch.rhythm is None or not watch.has_rung:
            if watch.history is None:
                watch.history = _read_history(source, watch.heard_at)
            watch.rhythm = compare(
                watch.history,
                _minute(max(watch.heard_at, listening.since)),
                _minute(listening.at),
                lambda hour: bool(listening.calendar.special(hour)),
            )
        return watch.rhythm


def _has_rung(source: str, heard_at: datetime) -> bool:
    return Alert.objects.filter(rule_id=SILENT, source=source, first_at=heard_at).exists()


def _read_history(source: str, heard_at: datetime) -> Minutes:
    """The minutes in which the source sent anything, also what could not be read."""
    past = SourceMinute.objects.filter(
        source=source, minute__gt=heard_at - (WEEKS + 1) * WEEK * _MINUTE, minute__lte=heard_at
    )
    return np.array([_minute(each) for each in past.order_by("minute").values_list("minute", flat=True)], np.int64)


def _minute(moment: datetime) -> int:
    return to_us(moment) // 60_000_000


def _say(rhythm: Rhythm) -> str:
    if rhythm.every is None:
        return f"no source may be silent for {in_words(YOUNG_LIMIT * _MINUTE)} before its rhythm is known"
    if rhythm.every == 1:
        return "usually sends every minute"
    return f"usually sends every {in_words(rhythm.every * _MINUTE)}"
