"""The control database of this process: found, migrated, or a clear word why not."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tocsin.conf import setup_django
from tocsin.conf.chosen import options
from tocsin.kernel.errors import ConfigError


def ready() -> None:
    """Set Django up and bring the database to this version's tables; cheap when it is there already.

    Raises: ConfigError where the database is out of reach or cannot be written.
    """
    setup_django()
    from django.db import OperationalError

    try:
        with _one_at_a_time():
            _migrate()
    except OperationalError as error:
        raise ConfigError(
            f"the database does not answer ({str(error).strip()}); check DATABASE_URL, or that the data folder "
            f"{options().local_dir} can be written and its disk is not full"
        ) from error


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two commands that start together on one machine must not both create the tables."""
    folder = options().local_dir
    try:
        descriptor = os.open(folder / ".migrate.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(
            f"the data folder {folder} cannot be written ({error.strerror}); "
            "make it writable for this user or set TOCSIN_DATA to another folder"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
