"""Formats: bytes → (records, issues), pure functions.

`columns` turns records into Arrow; each other module reads one format. `FORMATS` names them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Final, Protocol

import pyarrow as pa

from tocsin.kernel.errors import ConfigError
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

SYSTEM_SCHEMA: Final = pa.schema(
    [
        pa.field("_id", pa.string(), nullable=False),
        pa.field("_time", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("_received", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("_raw", pa.string(), nullable=False),
        pa.field("_error", pa.string()),
        pa.field("_extra", pa.string()),
    ]
)
"""The columns that every batch of records begins with. `_extra` is a JSON object or null."""

OTHERS: Final = "_others"
"""The column of the values whose fields nobody asked for, a list a record; keywords are sought in them too."""

REJECTED: Final = "rejected: "
"""How `_error` begins where no field could be read; any other `_error` is a note on a record that was kept."""

FORMATS: Final[dict[str, str]] = {
    "json": "tocsin.formats.json",
    "syslog": "tocsin.formats.syslog",
    "sshd": "tocsin.formats.sshd",
    "access": "tocsin.formats.access",
    "logfmt": "tocsin.formats.logfmt",
    "windows": "tocsin.formats.windows",
    "evtx": "tocsin.formats.evtx",
    "auditd": "tocsin.formats.auditd",
    "auth": "tocsin.formats.auth",
    "cloudtrail": "tocsin.formats.cloudtrail",
    "github": "tocsin.formats.github",
    "gcpaudit": "tocsin.formats.gcpaudit",
    "gworkspace": "tocsin.formats.gworkspace",
    "k8saudit": "tocsin.formats.k8saudit",
    "okta": "tocsin.formats.okta",
}

CHOOSING: Final = frozenset({"json", "windows", "evtx"})
"""Formats whose `parse` takes ``choose``: what is not asked for need not become a column."""

WHOLE_FILES: Final = frozenset({"evtx"})
"""Formats whose records are not lines: a file of theirs is read whole, not followed."""


class Parse(Protocol):
    """Read a body of whole records.

    Shape: out a table of `SYSTEM_SCHEMA`, then one text column a field (dotted names; a list or
    too deep a value as its JSON text), plain or dictionary-encoded; one row a record, in order,
    rejected ones included (all fields null, `_error` says why). A field that is absent is null.
    """

    def __call__(self, data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
        """Read ``data``, received at ``received_at``."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its parser and the logsource that it implies for a source which names none."""

    name: str
    parse: Parse
    logsource: LogSource

    def parse_chosen(
        self, data: bytes, *, received_at: datetime, choose: Callable[[str], bool]
    ) -> tuple[pa.Table, list[RecordIssue]]:
        """Read ``data`` for one who asks for some fields only, by name; the values of others may lie in `OTHERS`."""
        if self.name not in CHOOSING:
            return self.parse(data, received_at=received_at)
        parse: Callable[..., tuple[pa.Table, list[RecordIssue]]] = self.parse
        return parse(data, received_at=received_at, choose=choose)


def load_format(name: str) -> Format:
    """The format called ``name``.

    Raises: ConfigError naming the formats there are.
    """
    if name not in FORMATS:
        raise ConfigError(f"'{name}' is not a format; use {', '.join(sorted(FORMATS))}")
    module = import_module(FORMATS[name])
    parse: Callable[..., tuple[pa.Table, list[RecordIssue]]] = module.parse
    return Format(name, parse, module.LOGSOURCE)
