"""A rule's own file, read again for what loading does not keep: its selections by name, and its tests."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tocsin.kernel.issues import Issue, Location
from tocsin.rules.actions import apply_actions
from tocsin.rules.conditions import build_expression
from tocsin.rules.detection import Detection, read_detection
from tocsin.rules.documents import Document, read_documents, split_documents
from tocsin.rules.expressions import any_of
from tocsin.rules.files import read_content
from tocsin.rules.model import DetectionRule
from tocsin.rules.placeholders import NO_PLACEHOLDERS, Placeholders


def read_file(path: str) -> Iterator[Document]:
    """The documents of the rules in a file; nothing where it cannot be read."""
    content = read_content(path)
    if not isinstance(content, Issue):
        yield from apply_actions(read_documents(content, path, Path(path).name)[0])[0]


def find_document(location: Location) -> Document | None:
    """The document of the rule at ``location``; None where the file no longer has it."""
    return next((each for each in read_file(location.path) if each.at() == location), None)


def read_text(text: str, path: str) -> list[Document]:
    """The documents of the rules in ``text``, which is called ``path``; a broken one is left out."""
    content = text.encode("utf-8", "surrogatepass")
    return apply_actions(read_documents(content, path, Path(path).name)[0])[0]


def finder(documents: Sequence[Document]) -> Callable[[Location], Document | None]:
    """Finds the document of a rule among ``documents``, as `find_document` does in a file."""
    by_location = {document.at(): document for document in documents}
    return by_location.get


def find_text(location: Location) -> str:
    """The document of the rule at ``location`` as it is written; empty where the file no longer has one there."""
    content = read_content(location.path)
    text = "" if isinstance(content, Issue) else content.decode("utf-8-sig", "replace")
    pieces = [piece for first_line, piece in split_documents(text) if first_line < location.line]
    return pieces[-1] if pieces else ""


def read_outline(rule: DetectionRule, placeholders: Placeholders = NO_PLACEHOLDERS) -> Detection | None:
    """The selections and conditions of ``rule``.

    None where they are not all that it asks: filters or pipelines have changed it, or somebody the file.
    """
    document = find_document(rule.meta.location)
    if document is None or not isinstance(document.data.get("detection"), dict):
        return None
    detection, _ = read_detection(document, "detection", placeholders)
    if detection is None:
        return None
    built = [build_expression(condition, detection.selections) for condition in detection.conditions]
    expressions = [expression for expression in built if expression is not None]
    return detection if len(expressions) == len(built) and any_of(expressions) == rule.condition else None


def read_conditions(rule: DetectionRule) -> tuple[str, ...]:
    """The texts of the conditions in the rule's file."""
    document = find_document(rule.meta.location)
    written = document.get("detection", "condition") if document else None
    return tuple(str(each) for each in (written if isinstance(written, list) else [written]) if each is not None)


def find_field(rule: DetectionRule, name: str, find: Callable[[Location], Document | None] = find_document) -> Location:
    """Where ``rule`` names the field; the rule's own place where it cannot be found."""
    document = find(rule.meta.location)
    section = document.data.get("detection") if document else None
    if document is not None and isinstance(section, dict):
        for keys in _keys(section, ("detection",)):
            if isinstance(keys[-1], str) and keys[-1].split("|")[0] == name:
                return document.at_key(*keys)
    return rule.meta.location


def _keys(value: object, above: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in items:
        keys = (*above, key if isinstance(key, int) and isinstance(value, list) else str(key))
        if len(keys) > 2 and isinstance(value, dict):
            yield keys
        yield from _keys(each, keys)
