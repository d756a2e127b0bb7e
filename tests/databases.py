"""Real databases for tests: a PostgreSQL server of this test run, and Django pointed at a database of one's own."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import dj_database_url
import pytest
from django.core.management import call_command
from django.db import connections

MISSING = (
    "PostgreSQL cannot be started here ({reason}). The tests need a real server: the wheel pgserver of "
    "requirements-dev.lock brings one (make test installs it); as root it also needs the program useradd"
)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a new PostgreSQL server, on a socket in a folder of its own. The test fails clearly without one."""
    # Not in pytest's folder: as root, the server runs as another user, who must be able to come there.
    folder = Path(tempfile.mkdtemp(prefix="tocsin-pg-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pgserver

            server = pgserver.get_server(folder / "data")
    except Exception as error:  # noqa: BLE001 - whatever keeps the server from starting, the test must say it
        shutil.rmtree(folder, ignore_errors=True)
        pytest.fail(MISSING.format(reason=f"{type(error).__name__}: {error}"), pytrace=False)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server_url: str) -> str:
    """A new, empty database on the server; returns its URL as `DATABASE_URL` takes it."""
    import psycopg

    name = f"t{uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server_url.replace("/postgres?", f"/{name}?")


@contextmanager
def django_on(settings: dict[str, Any]) -> Iterator[None]:
    """Django's default database is the one of ``settings``, migrated; afterwards it is again what it was."""
    before, settings_before = connections["default"], connections.settings["default"]
    connections.settings["default"] = settings_before | {"TEST": settings_before["TEST"]} | settings
    connections["default"] = connections.create_connection("default")
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        connections["default"].close()
        connections.settings["default"] = settings_before
        connections["default"] = before


def postgres_settings(url: str) -> dict[str, Any]:
    """Django's settings for the database at ``url``."""
    return dict(dj_database_url.parse(url)) | {"CONN_MAX_AGE": 0}


def sqlite_settings(path: Path) -> dict[str, Any]:
    """Django's settings for a file of SQLite, as Tocsin opens it."""
    from django.conf import settings

    # The settings of this test run may already name a database in memory; its options are Tocsin's own.
    options = settings.DATABASES["default"]["OPTIONS"]
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options}
