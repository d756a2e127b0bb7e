"""Matches as ndjson, json or csv, written as they come; the summary as a person reads it."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.rules.model import DetectionRule, Level
from tocsin.scan.summary import Summary
from tocsin.scan.work import Hit

CSV_COLUMNS: Final = ("time", "level", "rule_id", "rule_title", "tags", "file", "line", "event")
_ACTIVE: Final = ("=", "+", "-", "@", "\t", "\r")
_COLOURS: Final = {
    Level.CRITICAL: "bold red",
    Level.HIGH: "red",
    Level.MEDIUM: "yellow",
    Level.LOW: "cyan",
    Level.INFORMATIONAL: "dim",
}
_MAX_LINES: Final = 12

Write = Callable[[bytes], object]


class Writer(Protocol):
    """Writes matches as they come."""

    def begin(self) -> None:
        """Before the first match."""
        ...

    def write(self, hits: Sequence[Hit]) -> None:
        """The next matches."""
        ...

    def end(self) -> None:
        """After the last match."""
        ...


class NdjsonWriter:
    """An object a line."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def begin(self) -> None:
        """Nothing stands before the first object."""

    def write(self, hits: Sequence[Hit]) -> None:
        """An object a match."""
        if hits:
            self._write(b"\n".join([*(hit.text for hit in hits), b""]))

    def end(self) -> None:
        """Nothing stands after the last object."""


class JsonWriter:
    """One array of the same objects."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._before = b"\n"

    def begin(self) -> None:
        """Open the array."""
        self._write(b"[")

    def write(self, hits: Sequence[Hit]) -> None:
        """The next elements."""
        for hit in hits:
            self._write(self._before + hit.text)
            self._before = b",\n"

    def end(self) -> None:
        """Close the array."""
        self._write(b"\n]\n")


class CsvWriter:
    """A line a match; what a spreadsheet would take for a formula is made inert."""

    def __init__(self, write: Write, rules: Sequence[DetectionRule]) -> None:
        self._write = write
        self._rules = rules

    def begin(self) -> None:
        """The names of the columns."""
        self._row(CSV_COLUMNS)

    def write(self, hits: Sequence[Hit]) -> None:
        """A line a match, its event as JSON."""
        for hit in hits:
            meta, told = self._rules[hit.rule].meta, orjson.loads(hit.text)
            event = orjson.dumps(told["event"]).decode()
            tags = " ".join(meta.tags)
            self._row((hit.time or "", meta.level, meta.id, meta.title, tags, told["file"], str(hit.line), event))

    def end(self) -> None:
        """Nothing stands after the last line."""

    def _row(self, cells: Sequence[str]) -> None:
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow([make_inert(cell) for cell in cells])
        self._write(line.getvalue().encode())


def make_inert(cell: str) -> str:
    """``cell``, with an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.startswith(_ACTIVE) else cell


def print_matches(summary: Summary, console: Console) -> None:
    """A table: each rule that matched, how often, and where first."""
    table = Table("Level", "Matches", "Rule", "First", box=None, pad_edge=False)
    table.columns[3].overflow = "fold"
    for rule, count in summary.by_rule():
        level = f"[{_COLOURS[rule.meta.level]}]{rule.meta.level}[/]"
        table.add_row(level, f"{count.matches:,}", escape(rule.meta.title), escape(f"{count.file}:{count.line}"))
    if summary.counts:
        console.print(table)


def print_summary(summary: Summary, took_s: float, console: Console) -> None:
    """What was found, in what, and what was skipped and why."""
    for line in tell(summary, took_s):
        console.print(escape(line), soft_wrap=True, highlight=False)


def tell(summary: Summary, took_s: float) -> list[str]:
    """The summary's lines."""
    levels = ", ".join(f"{count:,} {level}" for level, count in summary.by_level().items())
    of_rules = f" of {_count(len(summary.counts), 'rule')}: {levels}" if levels else ""
    lines = [
        f"{_count(summary.matches, 'match', 'matches')}{of_rules}",
        _tell_work(summary, took_s),
    ]
    if techniques := summary.techniques():
        lines.append("ATT&CK: " + _some([f"{name} ({count:,})" for name, count in techniques.items()]))
    lines += _tell_formats(summary)
    lines += _tell_skipped(summary)
    return lines


def _tell_work(summary: Summary, took_s: float) -> str:
    what = f"{_count(summary.records, 'event')} in {_count(len(summary.formats), 'file')}"
    rate = summary.records / max(took_s, 0.001)
    return f"{what} against {_count(len(summary.rules), 'rule')} in {took_s:.1f} s ({rate:,.0f} a second)"


def _tell_formats(summary: Summary) -> list[str]:
    by_format: dict[str, list[str]] = {}
    for name, format in summary.formats.items():
        by_format.setdefault(format, []).append(name)
    return [f"Read as {format}: {_some(names, 3)}" for format, names in by_format.items()]


def _tell_skipped(summary: Summary) -> list[str]:
    lines = []
    for reason, count in list(summary.rejected.items())[:_MAX_LINES]:
        where = f"{count.file}:{count.line}"
        lines.append(f"Skipped {_count(count.matches, 'record')}, first {where}: {reason}")
    if len(summary.rejected) > _MAX_LINES:
        lines.append(f"Skipped records for {len(summary.rejected) - _MAX_LINES:,} other reasons")
    lines += [f"Skipped {note}" for note in summary.notes]
    return [*lines, *(f"Not read: {failure}" for failure in summary.failures)]


def _some(names: list[str], most: int = 8) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
