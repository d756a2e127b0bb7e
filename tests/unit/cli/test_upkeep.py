"""`tocsin upkeep`: every table, also beside one that is damaged."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import Bench, event
from typer.testing import CliRunner, Result

from tocsin.apps.detect.silence import LEARNT_DAYS
from tocsin.apps.intake.models import Source, SourceMinute
from tocsin.cli import upkeep
from tocsin.cli.app import app
from tocsin.conf.options import Options
from tocsin.kernel.clock import now
from tocsin.store.search import recent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Two sources of many small commits, kept for a month."""
    monkeypatch.setattr(upkeep, "options", lambda: Options(data=str(tmp_path), retention_days=30))
    bench = Bench(tmp_path)
    for source in ("app", "web"):
        for second in range(12):
            bench.send(event(second), source=source, received_at=now() - timedelta(days=2))
    return bench


def run(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["upkeep", *words])


def test_every_table_is_tended(stored: Bench) -> None:
    """Small files become one, and the events are all there."""
    result = run()
    assert result.exit_code == 0, result.output
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["app", "web"]
    assert "12 files merged" in result.stdout
    assert sum(commit.table.num_rows for commit in stored.store.table("app").read(-1)) == 12


def test_nothing_is_printed_where_nothing_need_be_known(stored: Bench) -> None:
    """As the server runs it."""
    assert run("--quiet").output == ""


def test_a_damaged_table_is_named_and_the_others_are_tended(stored: Bench) -> None:
    """Exit status 1, so that whoever runs it by a timer hears of it."""
    for file in (stored.folder / "events/app").glob("_day=*/*.parquet"):
        file.write_bytes(b"no parquet")
    result = run()
    assert result.exit_code == 1
    assert result.stderr.startswith("app: Parquet magic bytes not found")
    assert result.stdout.startswith("web: 12 files merged")


def test_counts_go_with_their_events(stored: Bench) -> None:
    """Minutes past retention are dropped but for what the rhythm of a source is learnt from; younger ones stay."""
    for days in (LEARNT_DAYS - 1, LEARNT_DAYS + 1):
        SourceMinute.objects.create(source="app", minute=now() - timedelta(days=days))
    run()
    assert SourceMinute.objects.get().minute > now() - timedelta(days=LEARNT_DAYS)


def test_a_source_with_a_time_of_its_own_is_kept_for_that(stored: Bench) -> None:
    """Its events and its counts; the others go by the settings."""
    Source.objects.update_or_create(name="app", defaults={"retention_days": 7})
    Source.objects.update_or_create(name="web", defaults={"retention_days": 60})
    old = now() - timedelta(days=50)
    for source in ("app", "web"):
        stored.send(event(0), source=source, received_at=old)
        SourceMinute.objects.create(source=source, minute=old)
    assert run().exit_code == 0
    counts = {name: recent(stored.store.table(name), limit=100).num_rows for name in ("app", "web")}
    assert counts == {"app": 12, "web": 13}
    assert list(SourceMinute.objects.values_list("source", flat=True)) == ["web"]
