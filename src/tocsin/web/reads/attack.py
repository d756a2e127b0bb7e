"""ATT&CK: which techniques the rules in use are about, as a matrix and as a layer for its Navigator."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from tocsin.apps.detect.models import OffRule
from tocsin.rules.attack import EVASION, SUCCESSORS, TACTICS, find_technique
from tocsin.web.reads.catalogue import Coverage, Entry, read_catalogue

UNKNOWN: Final = "other"
"""The column of techniques of which neither our table nor their rules say what they are used for."""
LAYER_VERSIONS: Final = {"layer": "4.5", "navigator": "5.1.0"}
"""Without ATT&CK's own version the Navigator takes its current one, which knows what older ones knew."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A technique.

    Attributes:
        rules: how many rules that are on name it or one of its sub-techniques.
        silent: how many of them cannot fire, since no source sends what they look at.
        subs: the sub-techniques that are named, and by how many.
        heat: 0 where none can fire, to 4 for many.
    """

    id: str
    name: str
    rules: int
    silent: int
    subs: tuple[tuple[str, int], ...]

    @property
    def heat(self) -> int:
        """How strongly it is coloured."""
        firing = self.rules - self.silent
        return sum(firing >= least for least in (1, 2, 5, 15))


@dataclass(frozen=True, slots=True)
class Column:
    """A tactic and its techniques, by name."""

    tactic: str
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The matrix.

    Attributes:
        techniques: how many, without sub-techniques. untagged: rules that name none.
    """

    columns: tuple[Column, ...]
    techniques: int
    rules: int
    untagged: int


def read_matrix() -> Matrix:
    """Read it. Cost: one query, and those of the catalogue."""
    entries = _read_entries()
    cells, tactics = _count(entries)
    columns = []
    for tactic, name in {**TACTICS, UNKNOWN: "Other"}.items():
        found = [cell for cell in cells if tactic in tactics[cell.id]]
        if found:
            columns.append(Column(tactic, name, tuple(sorted(found, key=lambda cell: cell.name or cell.id))))
    return Matrix(tuple(columns), len(cells), len(entries), sum(not entry.techniques for entry in entries))


def read_layer() -> dict[str, Any]:
    """The layer, as version 4.5 of its format has it: a technique's score is the number of its rules that can fire."""
    counts: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    for entry in _read_entries():
        counts.update(entry.techniques)
        silent.update(entry.techniques if entry.coverage == Coverage.NONE else ())
    parents = {each.partition(".")[0] for each in counts if "." in each}
    techniques = [
        {
            "techniqueID": each,
            "score": counts[each] - silent[each],
            "comment": f"{counts[each]} rules, {silent[each]} of which cannot fire: no source sends their fields",
            "enabled": True,
            "showSubtechniques": each in parents,
        }
        for each in sorted(counts)
    ]
    most = max((each["score"] for each in techniques if isinstance(each["score"], int)), default=1)
    return {
        "name": "Tocsin",
        "versions": LAYER_VERSIONS,
        "domain": "enterprise-attack",
        "description": "The rules in use, by technique. Score: how many of them can fire with the sources there are.",
        "sorting": 3,
        "layout": {"layout": "side", "showID": True, "showName": True, "expandedSubtechniques": "annotated"},
        "techniques": techniques,
        "gradient": {"colors": ["#ffffff", "#66b1ff", "#0b4f9e"], "minValue": 0, "maxValue": max(1, most)},
    }


def _read_entries() -> list[Entry]:
    off = frozenset(OffRule.objects.values_list("rule_id", flat=True))
    return [entry for entry in read_catalogue() if entry.rule_id not in off]


def _count(entries: Iterable[Entry]) -> tuple[list[Cell], dict[str, frozenset[str]]]:
    """The techniques without sub-techniques, and the tactics of each."""
    by_parent: dict[str, list[Entry]] = {}
    subs: dict[str, Counter[str]] = {}
    for entry in entries:
        for parent in {each.partition(".")[0] for each in entry.techniques}:
            by_parent.setdefault(parent, []).append(entry)
            named = [each for each in entry.techniques if each.startswith(f"{parent}.")]
            subs.setdefault(parent, Counter()).update(named)
    cells = [
        Cell(
            parent,
            find_technique(parent).name,
            len(those),
            sum(entry.coverage == Coverage.NONE for entry in those),
            tuple(sorted(subs[parent].items())),
        )
        for parent, those in by_parent.items()
    ]
    return cells, {parent: _tactics(parent, those) for parent, those in by_parent.items()}


def _tactics(technique_id: str, entries: Iterable[Entry]) -> frozenset[str]:
    """Those of our table; where ATT&CK has split one since, or our table has none, those that the rules name."""
    known = find_technique(technique_id).tactics
    said = {tactic for entry in entries for tactic in entry.tactics}
    if not known:
        return frozenset(said) or frozenset({UNKNOWN})
    newer = said & set(SUCCESSORS) if EVASION in known else set()
    return frozenset(known) - {EVASION} | newer if newer else frozenset(known)
