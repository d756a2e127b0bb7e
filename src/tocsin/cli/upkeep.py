"""`tocsin upkeep`: small files into larger ones, old events out, leftovers away. The server does it by itself too."""

import typer

from tocsin.cli.database import ready
from tocsin.conf.options import options
from tocsin.kernel.clock import now


def upkeep(
    quiet: bool = typer.Option(False, "--quiet", help="Print nothing where all is well."),
) -> None:
    """Compact the event tables, take out what is older than the retention, and remove what nobody needs."""
    ready()
    from tocsin.apps.detect.models import Checkpoint
    from tocsin.store import upkeep as work
    from tocsin.store.table import Store

    passed = dict(Checkpoint.objects.values_list("source", "version"))
    store = Store(options().events_uri)
    for source in store.sources():
        table = store.table(source)
        merged = work.compact(table, now())
        retired = work.retain(table, options().retention_days, now())
        swept = work.sweep(table, passed.get(source, -1), now())
        if not quiet:
            typer.echo(
                f"{source}: {merged} files merged, {retired} past retention, "
                f"{swept.files} files and {swept.entries} log entries removed"
            )
