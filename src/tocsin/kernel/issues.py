"""Issues: what is wrong with a thing from outside, where, and how to mend it. Parsers return them beside the value."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad an issue is."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text: ``path:line:column``, line and column counted from 1 (0: unknown)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.path, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with a rule or a setting.

    Attributes:
        code: stable, for machines, such as ``unknown-level``.
        message: what is wrong, with the value, in one sentence without a full stop.
        mend: what to write instead, in the imperative; may be empty.
    """

    code: str
    message: str
    location: Location
    mend: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        mend = f"; {self.mend}" if self.mend else ""
        return f"{self.location}: {self.message}{mend}"


@dataclass(frozen=True, slots=True)
class RecordIssue:
    """One thing wrong with a record.

    Attributes:
        record: which record of the body, counted from 1.
        reason: what is wrong, for a person.
        is_rejected: no field could be read; the record is kept only as ``_raw`` with ``_error``.
    """

    record: int
    reason: str
    is_rejected: bool
