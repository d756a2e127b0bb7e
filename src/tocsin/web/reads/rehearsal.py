"""A rehearsal as the editor shows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import orjson

from tocsin.engine.episodes import Episode
from tocsin.kernel.clock import from_us
from tocsin.web.asked_search import Asked
from tocsin.web.plots import Plot, Series
from tocsin.web.rehearsals import Job, Rehearsed

MAX_ALERTS: Final = 20
_HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class WouldRing:
    """An alert that would have rung; ``search`` leads to the events of its time."""

    group: tuple[tuple[str, str], ...]
    first_at: datetime
    last_at: datetime
    events: int
    peak: int
    search: str


@dataclass(frozen=True, slots=True)
class RuleRehearsal:
    """What one rule would have rung.

    Attributes:
        alerts: the first ones. plot: all of them, a bar an hour; None where there are none.
    """

    title: str
    total: int
    matched: tuple[tuple[str, int], ...]
    alerts: tuple[WouldRing, ...]
    plot: Plot | None


@dataclass(frozen=True, slots=True)
class RehearsalPage:
    """A rehearsal.

    Attributes:
        percent: how far it is. reached_at: it looked back to there only; None: to its beginning.
    """

    job: Job
    percent: int
    from_at: datetime
    reached_at: datetime | None
    rules: tuple[RuleRehearsal, ...]


def read_rehearsal(job: Job) -> RehearsalPage:
    """Read how far ``job`` is, or what came of it. Cost: no query."""
    return RehearsalPage(
        job,
        round(job.progress * 100),
        from_us(job.from_us),
        None if job.reached_us is None else from_us(job.reached_us),
        tuple(_read_rule(job, each) for each in job.results or ()),
    )


def _read_rule(job: Job, rehearsed: Rehearsed) -> RuleRehearsal:
    alerts = tuple(_read_alert(episode, rehearsed.fields) for episode in rehearsed.episodes[:MAX_ALERTS])
    return RuleRehearsal(
        rehearsed.title, len(rehearsed.episodes), rehearsed.matched, alerts, _plot(job, rehearsed.episodes)
    )


def _read_alert(episode: Episode, fields: tuple[str, ...]) -> WouldRing:
    values = orjson.loads(episode.group)
    group = tuple((name, "" if value is None else str(value)) for name, value in zip(fields, values, strict=False))
    first_s, last_s = episode.first_us // 1_000_000, episode.last_us // 1_000_000
    asked = Asked(from_s=max(0, first_s), to_s=max(0, last_s))
    first_at, last_at = from_us(episode.first_us), from_us(episode.last_us)
    return WouldRing(group, first_at, last_at, episode.events, episode.peak, asked.address)


def _plot(job: Job, episodes: tuple[Episode, ...]) -> Plot | None:
    if not episodes:
        return None
    start_us = job.from_us - job.from_us % _HOUR_US
    hours = (job.until_us - start_us) // _HOUR_US + 1
    places = np.array([(episode.opened_us - start_us) // _HOUR_US for episode in episodes]).clip(0, hours - 1)
    counts: list[int] = np.bincount(places, minlength=hours).tolist()
    moments = [from_us(start_us) + timedelta(hours=place) for place in range(hours)]
    return Plot(f"{len(episodes):,} alerts by hour", moments, (Series("alerts", "accent", counts),))
