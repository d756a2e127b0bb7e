"""`tocsin upkeep`: small files into larger ones, old events out, leftovers away. The server does it by itself too."""

from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from tocsin.cli.database import ready
from tocsin.conf.chosen import options
from tocsin.kernel.clock import now
from tocsin.kernel.errors import StoreError

if TYPE_CHECKING:
    from tocsin.store.table import EventTable


def upkeep(
    quiet: bool = typer.Option(False, "--quiet", help="Print nothing where all is well."),
) -> None:
    """Compact the event tables, take out what is older than the retention, and remove what nobody needs."""
    ready()
    from pyarrow import ArrowException

    from tocsin.apps.detect.models import Checkpoint
    from tocsin.apps.intake.models import Source
    from tocsin.store.table import Store

    own = dict(Source.objects.exclude(retention_days=None).values_list("name", "retention_days"))
    passed = dict(Checkpoint.objects.values_list("source", "version"))
    store = Store(options().events_uri)
    failed = False
    for source in store.sources():
        try:
            done = tend(store.table(source), passed.get(source, -1), own.get(source) or options().retention_days)
        except (StoreError, ArrowException) as error:  # one damaged table must not keep the others from being cleared
            typer.secho(f"{source}: {error}", err=True, fg="red")
            failed = True
        else:
            if not quiet:
                typer.echo(f"{source}: {done}")
    forget_minutes()
    if failed:
        raise typer.Exit(1)


def tend(table: "EventTable", passed: int, retention_days: int) -> str:
    """Do all work on one table, of which the detector has handled version ``passed``; says what was done.

    Raises: StoreError; ArrowException where a file is damaged.
    """
    from tocsin.search.sketch import sketch
    from tocsin.store import upkeep as work

    merged = work.compact(table, now(), sketcher=sketch)
    retired = work.retain(table, retention_days, now())
    swept = work.sweep(table, passed, now())
    return (
        f"{merged} files merged, {retired} past retention, {swept.files} files and {swept.entries} log entries removed"
    )


def forget_minutes() -> int:
    """Drop the counts of minutes whose events are past retention and that no rhythm needs; returns how many."""
    from tocsin.apps.detect.silence import LEARNT_DAYS
    from tocsin.apps.intake.models import Source, SourceMinute

    own = dict(Source.objects.exclude(retention_days=None).values_list("name", "retention_days"))
    oldest = now() - timedelta(days=max(options().retention_days, LEARNT_DAYS))
    dropped, _ = SourceMinute.objects.exclude(source__in=own).filter(minute__lt=oldest).delete()
    for name, days in own.items():
        oldest = now() - timedelta(days=max(days or 0, LEARNT_DAYS))
        dropped += SourceMinute.objects.filter(source=name, minute__lt=oldest).delete()[0]
    return dropped
