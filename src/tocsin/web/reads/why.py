"""Why an alert rang: its rule's tests, asked again of one of its sample events."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
from django.conf import settings

from tocsin.apps.alerts.models import Alert
from tocsin.apps.detect.models import RuleRevision
from tocsin.apps.intake.models import Source
from tocsin.engine.atoms import PRESENCE
from tocsin.engine.explain import Explanation, Outline, explain
from tocsin.formats import load_format
from tocsin.kernel.clock import now
from tocsin.kernel.errors import TocsinError
from tocsin.rules.folders import RuleFolders
from tocsin.rules.model import DetectionRule, Operator, Rule, RuleSet
from tocsin.rules.outline import read_conditions, read_outline
from tocsin.rules.site import read_site


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a value; whether it is what a test found."""

    text: str
    is_found: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A part of a rule, at its depth in the tree, the rule itself being 0."""

    depth: int
    label: str
    is_true: bool
    why: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a sample is part of the alert.

    Attributes:
        lines: the test trees of the rules that the event was asked of, those that match first.
        found: field → what was found in it; nothing where the whole value was asked for.
        gone: why nothing can be said; empty where it can.
        is_changed: whether the rule has been changed since the alert rang.
    """

    lines: tuple[Line, ...] = ()
    found: dict[str, list[str]] = field(default_factory=dict)
    gone: str = ""
    is_changed: bool = False


def read_why(alert: Alert, sample: dict[str, object]) -> Why:
    """Ask the rule of ``alert``, as it is loaded now, of one kept sample. Cost: two queries, and the engine."""
    try:
        folders = _folders()
        ruleset = _load(folders, folders.stamp())
        rule = ruleset.by_id.get(alert.rule_id)
        if rule is None:
            return Why(gone="The rule is gone: it is not among those that are loaded now.")
        event = _event(sample)
        trees = [_explain(each, event, folders) for each in ruleset.detections_under([rule])]
    except TocsinError as error:
        return Why(gone=f"It cannot be said any more: {error}")
    matching = [tree for tree in trees if tree.is_true] or trees
    found: dict[str, list[str]] = {}
    for tree in matching:
        for name, value in _found(tree):
            found.setdefault(name, []).extend(value)
    lines = tuple(line for tree in matching for line in _lines(tree))
    return Why(lines, found, is_changed=_is_changed(alert, rule))


def mark(value: str, found: list[str] | None) -> tuple[Piece, ...]:
    """``value`` in pieces: what was found in it, else all of it, is marked. Without ``found`` nothing is."""
    if found is None:
        return (Piece(value, False),)
    places = [(value.casefold().find(each.casefold()), each) for each in found if each]
    place, text = next(((place, each) for place, each in places if place >= 0), (-1, ""))
    if place < 0 or len(value.casefold()) != len(value):
        return (Piece(value, True),)
    end = place + len(text)
    pieces = (Piece(value[:place], False), Piece(value[place:end], True), Piece(value[end:], False))
    return tuple(piece for piece in pieces if piece.text)


def _folders() -> RuleFolders:
    chosen = settings.TOCSIN_OPTIONS
    local = Path(chosen.local_dir)
    return RuleFolders(
        chosen.rule_paths,
        chosen.placeholder_paths,
        chosen.pipeline_paths,
        local / "rules",
        local / "cache" if local.is_dir() else None,
    )


@lru_cache(maxsize=1)
def _load(folders: RuleFolders, stamp: str) -> RuleSet:
    return folders.load()


def _explain(rule: DetectionRule, event: pa.Table, folders: RuleFolders) -> Explanation:
    detection = read_outline(rule, read_site(folders.placeholders, ())[0].placeholders)
    return explain(rule, event, Outline(read_conditions(rule), detection.selections) if detection else None)


def _event(sample: dict[str, object]) -> pa.Table:
    """The sample as its format reads it; by its kept fields where its raw text was cut or is read no more."""
    source = Source.objects.filter(name=str(sample.get("source", ""))).first()
    raw = str(sample.get("raw", ""))
    table, issues = load_format(source.format if source else "json").parse(raw.encode(), received_at=now())
    if table.num_rows == 1 and not any(issue.is_rejected for issue in issues):
        return table
    kept = sample.get("fields")
    fields = kept if isinstance(kept, dict) else {}
    return pa.table({str(name): pa.array([str(value)]) for name, value in fields.items()} or {"_raw": pa.array([raw])})


def _is_changed(alert: Alert, rule: Rule) -> bool:
    then = RuleRevision.objects.filter(rule_id=alert.rule_id, at__lte=alert.created_at).order_by("-at").first()
    return then is not None and then.digest != rule.meta.digest


def _lines(tree: Explanation, depth: int = 0) -> Iterator[Line]:
    yield Line(depth, tree.label, tree.is_true, tree.why)
    for part in tree.parts:
        yield from _lines(part, depth + 1)


_PARTLY = frozenset({Operator.CONTAINS, Operator.STARTSWITH, Operator.ENDSWITH})


def _found(tree: Explanation) -> Iterator[tuple[str, list[str]]]:
    """The fields in which a test found something, and what."""
    if tree.label == "not" or tree.label.endswith(": not"):
        return
    test = tree.test
    if test is not None and tree.is_true and test.field is not None and test.operator not in PRESENCE:
        yield test.field, [test.value] if test.operator in _PARTLY else []
    for part in tree.parts:
        yield from _found(part)
