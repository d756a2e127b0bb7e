"""Making sources and taking tokens back, for the commands and the console."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import record
from tocsin.apps.intake.models import SOURCE_NAME, IngestToken, Source
from tocsin.formats import load_format
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError

DEFAULT_FORMAT = "json"
MIN_RETENTION_DAYS = 7
MAX_RETENTION_DAYS = 3_660
MAX_LATENESS_S = 7 * 86_400
MIN_SILENCE_S = 60
MAX_SILENCE_S = 90 * 86_400
RESERVED = "tocsin."
"""How the names of Tocsin's own sources begin."""


def find_or_add_source(
    name: str, *, format: str = "", product: str = "", category: str = "", service: str = ""
) -> Source:
    """The source called ``name``, made if there is none. What is left empty may be anything in a source that exists.

    Raises: ConfigError for a name or format that is none, and where the source exists and differs.
    """
    try:
        SOURCE_NAME(name)
    except ValidationError as error:
        raise ConfigError(f"'{name}' cannot name a source; {SOURCE_NAME.message}") from error
    if name.startswith(RESERVED):
        raise ConfigError(
            f"'{name}' is Tocsin's own: names that begin with '{RESERVED}' are for what it records itself, and "
            "nobody else may send to them; choose another name"
        )
    wanted = {"format": format, "product": product, "category": category, "service": service}
    wanted = {key: value for key, value in wanted.items() if value}
    if format:
        load_format(format)
    with transaction.atomic():
        source, is_new = Source.objects.get_or_create(name=name, defaults={"format": DEFAULT_FORMAT, **wanted})
        if is_new:
            record(Event.SOURCE_ADDED, details={"tocsin.source": name, "tocsin.format": source.format})
    for key, value in {} if is_new else wanted.items():
        if getattr(source, key) != value:
            raise ConfigError(
                f"source '{name}' exists with {key} '{getattr(source, key)}', not '{value}'; "
                f"leave the {key} away or name another source"
            )
    return source


def set_retention(name: str, days: int | None, default_days: int) -> None:
    """Keep the events of a source for ``days`` after their receipt; None: as the settings say.

    Raises: ConfigError for a source that was never added, for a time that is none, and for one of Tocsin's own
        that would be kept for less than ``default_days``: nobody shortens the record of what people did.
    """
    if days is not None and not MIN_RETENTION_DAYS <= days <= MAX_RETENTION_DAYS:
        raise ConfigError(f"events are kept for {MIN_RETENTION_DAYS} to {MAX_RETENTION_DAYS:,} days, not {days}")
    if name.startswith(RESERVED) and days is not None and days < default_days:
        raise ConfigError(f"'{name}' is kept for {default_days} days or longer: it says what people did here")
    _change(name, retention_days=days)


def set_lateness(name: str, lateness_s: int | None) -> None:
    """Say how late the events of a source may come; None: as late as the settings say.

    Raises: ConfigError for a source that was never added, and for a time that is none.
    """
    _check_lateness(lateness_s)
    _change(name, lateness_s=lateness_s)


def _check_lateness(lateness_s: int | None) -> None:
    if lateness_s is not None and not 0 <= lateness_s <= MAX_LATENESS_S:
        raise ConfigError(f"events may come up to {MAX_LATENESS_S} seconds (7 days) late, not {lateness_s}")


def set_silence(name: str, silent_after_s: int | None) -> None:
    """Say how long a source may be silent before that is an alarm; 0: for ever; None: as is usual for it.

    Raises: ConfigError for a source that was never added, and for a time that is none.
    """
    if silent_after_s and not MIN_SILENCE_S <= silent_after_s <= MAX_SILENCE_S:
        raise ConfigError(
            f"a source may be silent for {MIN_SILENCE_S} seconds to {MAX_SILENCE_S} (90 days), not {silent_after_s}"
        )
    _change(name, silent_after_s=silent_after_s)


def _change(name: str, **values: int | None) -> None:
    with transaction.atomic():
        if not Source.objects.filter(name=name).update(**values):
            raise ConfigError(f"there is no source '{name}' to set it for; nothing was changed")
        said = {f"tocsin.{key}": "default" if value is None else str(value) for key, value in values.items()}
        record(Event.SOURCE_CHANGED, details={"tocsin.source": name, **said})


def change_source(name: str, *, format: str, product: str, category: str, service: str, lateness_s: int | None) -> None:
    """Say anew what a source sends. It holds for records that come from here on.

    Raises: ConfigError for a source that was never added or is Tocsin's own, and for a format or lateness that is none.
    """
    load_format(format)
    _check_lateness(lateness_s)
    values = {"format": format, "product": product, "category": category, "service": service, "lateness_s": lateness_s}
    with transaction.atomic():
        source = _own(name)
        for key, value in values.items():
            setattr(source, key, value)
        source.save(update_fields=list(values))
        said = {f"tocsin.{key}": "" if value is None else str(value) for key, value in values.items()}
        record(Event.SOURCE_CHANGED, details={"tocsin.source": name, **said})


def remove_source(name: str) -> None:
    """Remove a source and its tokens; the events that it sent are kept as long as all others.

    Raises: ConfigError for a source that was never added or is Tocsin's own.
    """
    with transaction.atomic():
        _own(name).delete()
        record(Event.SOURCE_REMOVED, details={"tocsin.source": name})


def _own(name: str) -> Source:
    """The source, locked."""
    if name.startswith(RESERVED):
        raise ConfigError(f"'{name}' is Tocsin's own: nobody changes or removes the record of what people did")
    source = Source.objects.select_for_update().filter(name=name).first()
    if source is None:
        raise ConfigError(f"there is no source '{name}' (any more); nothing was changed")
    return source


def revoke_token(id_or_hint: str) -> IngestToken:
    """Take back the one unrevoked token with this id or beginning.

    Raises: ConfigError if there is none, or more than one.
    """
    beginning = id_or_hint.rstrip("…")
    by_id = Q(pk=int(beginning)) if beginning.isascii() and beginning.isdigit() else Q()
    chosen = by_id or Q(hint__startswith=beginning)
    found = list(IngestToken.objects.filter(chosen, revoked_at=None).select_related("source")[:2]) if beginning else []
    if len(found) != 1:
        how_many = "more than one active token is" if found else "no active token is"
        raise ConfigError(f"{how_many} '{id_or_hint}'; use an id from: tocsin token list")
    token = found[0]
    token.revoked_at = now()
    with transaction.atomic():
        token.save(update_fields=["revoked_at"])
        record(Event.TOKEN_REVOKED, details={"tocsin.source": token.source.name, "tocsin.token": token.hint})
    return token


def issue_token(source: Source) -> str:
    """Make a token for ``source``; returns its secret, which is shown once."""
    with transaction.atomic():
        secret = IngestToken.issue(source)
        record(Event.TOKEN_MADE, details={"tocsin.source": source.name})
    return secret
