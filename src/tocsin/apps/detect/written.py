"""Rules written in the console: kept in the database, and laid out as files for who loads rules on this machine."""

import logging
import os
import tempfile
from pathlib import Path
from typing import Final

from django.db import IntegrityError, transaction

from tocsin.apps.accounts.models import User
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import record
from tocsin.apps.detect.models import WrittenRule
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError
from tocsin.rules.documents import MAX_FILE_BYTES

SUFFIX: Final = ".yml"

log = logging.getLogger("tocsin.detect")


class StaleEdit(ConfigError):
    """Somebody else has changed the file since it was read."""


def add(name: str, text: str, user: User) -> WrittenRule:
    """Keep a new file of rules.

    Raises: ConfigError where the name is taken, or the text too long.
    """
    _check(text)
    try:
        with transaction.atomic():
            made = WrittenRule.objects.create(name=name, text=text, user=user)
            _record(name, "added")
            return made
    except IntegrityError as error:
        raise ConfigError(f"there is a file '{name}{SUFFIX}' already; choose another name") from error


@transaction.atomic
def change(name: str, text: str, user: User, *, seen: int) -> None:
    """Put ``text`` in place of version ``seen`` of a file.

    Raises: StaleEdit where it has another version by now, or is gone; ConfigError where the text is too long.
    """
    _check(text)
    known = WrittenRule.objects.filter(name=name, version=seen)
    if not known.update(text=text, user=user, version=seen + 1, updated_at=now()):
        raise StaleEdit(f"'{name}{SUFFIX}' was changed or removed in the meantime; read it again before you save")
    _record(name, "changed")


@transaction.atomic
def remove(name: str, *, seen: int) -> None:
    """Remove version ``seen`` of a file.

    Raises: StaleEdit where it has another version by now, or is gone.
    """
    if not WrittenRule.objects.filter(name=name, version=seen).delete()[0]:
        raise StaleEdit(f"'{name}{SUFFIX}' was changed or removed in the meantime")
    _record(name, "removed")


def _record(name: str, what: str) -> None:
    record(Event.RULE_CHANGED, details={"tocsin.file": f"{name}{SUFFIX}", "tocsin.change": what})


def lay_out(folder: Path) -> None:
    """Make ``folder`` hold exactly the files that are kept, each written whole or not at all.

    What cannot be written is logged and tried again the next time: the other rules go on.
    """
    kept = {f"{each.name}{SUFFIX}": each.text.encode() for each in WrittenRule.objects.all()}
    if not kept and not folder.is_dir():
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in folder.glob(f"*{SUFFIX}"):
            if path.name not in kept:
                path.unlink()
        for name, content in kept.items():
            _write(folder / name, content)
    except OSError as error:
        log.error("the rules written in the console cannot be laid out in %s: %s", folder, error)


def _write(path: Path, content: bytes) -> None:
    if path.is_file() and path.read_bytes() == content:
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def _check(text: str) -> None:
    if len(text.encode()) > MAX_FILE_BYTES:
        raise ConfigError(f"the text is too long: a file of rules has at most {MAX_FILE_BYTES:,} bytes")
