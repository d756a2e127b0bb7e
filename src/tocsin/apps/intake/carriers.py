"""What each source is for, and which fields it has sent: what rules are held against."""

from tocsin.apps.intake.models import Source
from tocsin.formats import load_format
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.logsource import LogSource
from tocsin.rules.review import Carrier
from tocsin.store.table import Store


def read_carriers(store: Store) -> list[Carrier]:
    """The sources that have sent something and were added here. Cost: one query, and one look at each table.

    Raises: StoreError.
    """
    return [
        Carrier(logsource, frozenset(store.table(name).columns())) for name, logsource in read_logsources(store).items()
    ]


def read_logsources(store: Store) -> dict[str, LogSource]:
    """What the sources say of themselves that have sent something and were added here. Cost: one query.

    Raises: StoreError.
    """
    found = Source.objects.filter(name__in=store.sources()).order_by("name")
    return {source.name: source.logsource(_implied(source.format)) for source in found}


def _implied(name: str) -> LogSource:
    try:
        return load_format(name).logsource
    except ConfigError:
        return LogSource()  # a format of another version of Tocsin
