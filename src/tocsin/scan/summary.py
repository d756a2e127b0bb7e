"""What a scan found and what it skipped, added up piece by piece."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tocsin.rules.model import DetectionRule, Level
from tocsin.scan.work import Scanned

_TECHNIQUE: Final = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)
_PLACE: Final = re.compile(r"(: line \d+)? column \d+ \(char \d+\)$")
"""Where in its record a reason applies: without it, what is wrong with a thousand records is one reason."""
_MAX_REASONS: Final = 1_000


@dataclass(slots=True)
class RuleCount:
    """The matches of one rule, and where the first is."""

    matches: int
    file: str
    line: int


@dataclass(slots=True)
class Summary:
    """Of a whole scan.

    Attributes:
        formats: file → the format that it was read as.
        counts: rule → its matches.
        rejected: reason → records of which no field could be read, and where the first is.
        failures: files that could not be read to their end, and why.
        notes: what else was left out, in sentences.
    """

    rules: tuple[DetectionRule, ...]
    records: int = 0
    formats: dict[str, str] = field(default_factory=dict)
    counts: dict[int, RuleCount] = field(default_factory=dict)
    rejected: dict[str, RuleCount] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, scanned: Scanned) -> None:
        """Take in what came of a piece."""
        chunk = scanned.chunk
        self.formats.setdefault(chunk.name, chunk.format)
        self.records += scanned.records
        for rule, count in scanned.counts.items():
            self.counts.setdefault(rule, RuleCount(0, chunk.name, scanned.first[rule])).matches += count
        for written, (count, line) in scanned.rejected.items():
            reason = _PLACE.sub("", written)
            known = reason if reason in self.rejected or len(self.rejected) < _MAX_REASONS else "of other reasons"
            self.rejected.setdefault(known, RuleCount(0, chunk.name, line)).matches += count

    @property
    def matches(self) -> int:
        """All matches."""
        return sum(count.matches for count in self.counts.values())

    def by_level(self) -> dict[Level, int]:
        """Level → matches, the most urgent first, those without matches left out."""
        found: Counter[Level] = Counter()
        for rule, count in self.counts.items():
            found[self.rules[rule].meta.level] += count.matches
        return {level: found[level] for level in reversed(Level) if found[level]}

    def by_rule(self) -> Iterator[tuple[DetectionRule, RuleCount]]:
        """The rules that matched: the most urgent first, then those that matched most, then by title."""
        found = [(self.rules[rule], count) for rule, count in self.counts.items()]
        yield from sorted(found, key=lambda each: (-each[0].meta.level.rank, -each[1].matches, each[0].meta.title))

    def techniques(self) -> dict[str, int]:
        """ATT&CK technique → matches of rules that are tagged with it, most first."""
        found: Counter[str] = Counter()
        for rule, count in self.counts.items():
            tags = {match[1].upper() for tag in self.rules[rule].meta.tags if (match := _TECHNIQUE.fullmatch(tag))}
            found.update(dict.fromkeys(tags, count.matches))
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))

    def exit_status(self, fail_on: Level) -> int:
        """2 if something could not be read, else 1 if a rule of at least ``fail_on`` matched, else 0."""
        if self.failures:
            return 2
        return int(any(level.rank >= fail_on.rank for level in self.by_level()))
