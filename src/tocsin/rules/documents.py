"""The bytes of a rule file → its YAML documents, each as plain data that knows where everything stands.

A broken document never stops the ones beside it: the text is cut at its `---` lines first, which YAML
allows nowhere else, and every piece is read by itself.
"""

import re
from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import Any, Final

import yaml
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

from tocsin.kernel.issues import Issue, Location
from tocsin.rules import issues

MAX_FILE_BYTES: Final = 1024 * 1024
MAX_DOCUMENTS: Final = 5_000
MAX_DEPTH: Final = 64
MAX_VALUES: Final = 200_000
MAX_NUMBER_BITS: Final = 1_000
"""A larger whole number has no floating-point value, and a text of a length that Python refuses."""
_SEPARATOR: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_CONTENT: Final = re.compile(r"^(?!(?:---|\.\.\.)(?:\s|$))[^\S\n]*[^\s#%]|^---[^\S\n]+[^\s#]", re.MULTILINE)


_Pair = tuple[yaml.Node, yaml.Node]


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One YAML mapping.

    Attributes:
        path: the file's path as issues show it.
        made_id: the id of a rule that names none: the file's place below its folder, and which document.
        data: plain values; a date stays the text that was written.
        digest: of the document's text.
    """

    path: str
    made_id: str
    data: dict[Any, Any]
    digest: str
    _root: yaml.MappingNode
    _first_line: int
    _index: dict[int, dict[str, _Pair]] = field(default_factory=dict)

    def get(self, *keys: str) -> object:
        """The value under ``keys``; None where there is none."""
        value: object = self.data
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def at(self, *keys: str | int, offset: int | None = None) -> Location:
        """Where the value under ``keys`` begins, or the place ``offset`` characters into its text."""
        return self._location(self._find(keys)[1], offset)

    def at_key(self, *keys: str | int, offset: int | None = None) -> Location:
        """Where the last of ``keys`` stands itself; of a list, its item."""
        return self._location(self._find(keys)[0], offset)

    def written(self, *keys: str | int) -> str | None:
        """The text of the plain (unquoted) scalar under ``keys``; None for anything else."""
        node = self._find(keys)[1]
        return str(node.value) if isinstance(node, yaml.ScalarNode) and not node.style else None

    def _location(self, node: yaml.Node, offset: int | None = None) -> Location:
        mark = node.start_mark
        column = mark.column + 1
        if offset is not None and isinstance(node, yaml.ScalarNode) and mark.line == node.end_mark.line:
            column += offset + (1 if node.style in ("'", '"') else 0)
        return Location(self.path, self._first_line + mark.line + 1, column)

    def _find(self, keys: tuple[str | int, ...]) -> _Pair:
        """The key's and the value's node under ``keys``, or of the last that is there (of a list, its item twice)."""
        found: _Pair = (self._root, self._root)
        for key in keys:
            node = found[1]
            if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
                found = (node.value[key], node.value[key])
                continue
            match = self._children(node).get(str(key))
            if match is None:
                break
            found = match
        return found

    def _children(self, node: yaml.Node) -> dict[str, _Pair]:
        """The pairs of a mapping by key, made once: a mapping may have very many."""
        if id(node) not in self._index:
            pairs = reversed(node.value) if isinstance(node, yaml.MappingNode) else ()
            self._index[id(node)] = {str(pair[0].value): pair for pair in pairs}
        return self._index[id(node)]


class _Loader(yaml.CSafeLoader):
    """YAML as Sigma uses it: dates stay text, and a scalar that its tag does not fit has a place."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        try:
            value = super().construct_object(node, deep)
        # What int(), float() and PyYAML's tables raise for `!!int x`, `!!bool x` or a number of 5,000 digits.
        except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
            raise self._misfit(node) from error
        if isinstance(value, int) and value.bit_length() > MAX_NUMBER_BITS:
            raise self._misfit(node)
        return value

    @staticmethod
    def _misfit(node: yaml.Node) -> ConstructorError:
        problem = f"{issues.show(node.value)} cannot be read as '{node.tag.rpartition(':')[2]}'"
        return ConstructorError(None, None, problem, node.start_mark)


def _keep_text(loader: _Loader, node: yaml.Node) -> str:
    return str(node.value)


for _tag in ("timestamp", "value"):  # a date; and a lone `=`, for which PyYAML has no reading
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _keep_text)


def overlay(
    base: Document, over: Document, *, without: frozenset[str] = frozenset(), is_own_place: bool = False
) -> Document:
    """``base`` with ``over`` laid over it: mappings are joined key by key, anything else is replaced.

    Both are of one file. Left out are `action` and what of ``base`` is in ``without``.
    The rule stands where ``over`` does, or where ``base`` does if ``is_own_place``.
    """
    left_out = {"action", *without}
    under = {key: value for key, value in base.data.items() if key not in left_out}
    above = {key: value for key, value in over.data.items() if key != "action"}
    nodes = (_move(base._root, base._first_line), _move(over._root, over._first_line))
    root = _join_nodes(*nodes, left_out)
    place = base if is_own_place else over
    root.start_mark = _move(place._root, place._first_line).start_mark
    digest = blake2b(f"{base.digest} {over.digest}".encode(), digest_size=16).hexdigest()
    return Document(base.path, place.made_id, _join_data(under, above), digest, root, 0)


def _join_data(under: dict[Any, Any], over: dict[Any, Any]) -> dict[Any, Any]:
    joined = dict(under)
    for key, value in over.items():
        below = under.get(key)
        joined[key] = _join_data(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return joined


def _join_nodes(
    under: yaml.MappingNode, over: yaml.MappingNode, left_out: Collection[str] = frozenset()
) -> yaml.MappingNode:
    pairs = {str(key.value): (key, value) for key, value in under.value if str(key.value) not in left_out}
    for key, value in over.value:
        below = pairs.get(str(key.value))
        if below and isinstance(below[1], yaml.MappingNode) and isinstance(value, yaml.MappingNode):
            pairs[str(key.value)] = (below[0], _join_nodes(below[1], value))
        else:
            pairs[str(key.value)] = (key, value)
    return yaml.MappingNode(over.tag, list(pairs.values()), over.start_mark, over.end_mark)


def _move(node: Any, lines: int) -> Any:  # noqa: ANN401  PyYAML's nodes have no types
    """A copy of ``node`` that stands ``lines`` further down, as in the whole file."""
    start, end = (
        yaml.Mark("", 0, mark.line + lines, mark.column, None, 0) for mark in (node.start_mark, node.end_mark)
    )
    if isinstance(node, yaml.ScalarNode):
        return yaml.ScalarNode(node.tag, node.value, start, end, node.style)
    if isinstance(node, yaml.SequenceNode):
        return yaml.SequenceNode(node.tag, [_move(each, lines) for each in node.value], start, end)
    pairs = [(_move(key, lines), _move(value, lines)) for key, value in node.value]
    return yaml.MappingNode(node.tag, pairs, start, end)


_Place = Callable[[Any], Location]
"""A YAML mark, or None, → the place in the file."""


class _Refused(Exception):
    """Carries the issue of a document out of its reading."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(str(issue))
        self.issue = issue


def read_documents(content: bytes, path: str, made_id: str) -> tuple[list[Document], list[Issue]]:
    """Read the documents of one file.

    Args:
        path: as issues show it. made_id: what ids are made from where a rule has none.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [], [issues.not_utf8(_place_of(content[: error.start], path), content[error.start])]
    documents: list[Document] = []
    found: list[Issue] = []
    for number, (first_line, piece) in enumerate(split_documents(text), 1):
        if number > MAX_DOCUMENTS:
            found.append(issues.many_documents(Location(path, first_line + 1, 1), MAX_DOCUMENTS))
            break
        try:
            documents += _read_piece(piece, first_line, path, made_id if number == 1 else f"{made_id}#{number}")
        except _Refused as refused:
            found.append(refused.issue)
    if not documents and not found:
        found.append(issues.empty_file(path))
    return documents, found


def _place_of(before: bytes, path: str) -> Location:
    """The place after ``before``, which is UTF-8."""
    line = before.rpartition(b"\n")[2].decode("utf-8", "replace")
    return Location(path, before.count(b"\n") + 1, len(line.removeprefix("\ufeff")) + 1)


def split_documents(text: str) -> Iterator[tuple[int, str]]:
    """Each document's text with the number of lines before it; what holds only comments is passed over."""
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text) if match.start()), len(text)]
    line = 0
    for start, end in pairwise(starts):
        piece = text[start:end]
        if _CONTENT.search(piece):
            yield line, piece
        line += piece.count("\n")


def _read_piece(piece: str, first_line: int, path: str, made_id: str) -> list[Document]:
    """The document of ``piece``; nothing where it is null.

    Raises: _Refused with the issue.
    """

    def place(mark: Any) -> Location:  # noqa: ANN401  the C library's marks and PyYAML's have no common type
        return Location(path, first_line + mark.line + 1, mark.column + 1) if mark else Location(path, first_line + 1)

    try:
        _check_nesting(piece, place)
        root, data = _load(piece, place)
    except ReaderError as error:
        before = piece.encode()[: error.position]
        found = _place_of(before, path)
        location = Location(path, first_line + found.line, found.column)
        raise _Refused(issues.bad_yaml(location, "a control character stands here")) from error
    except yaml.MarkedYAMLError as error:
        problem = str(error.problem or error.context or "it cannot be read")
        raise _Refused(issues.bad_yaml(place(error.problem_mark or error.context_mark), problem)) from error
    if data is None:
        return []
    if not isinstance(root, yaml.MappingNode) or not isinstance(data, dict):
        raise _Refused(issues.not_a_mapping(place(root.start_mark)))
    return [Document(path, made_id, data, blake2b(piece.encode(), digest_size=16).hexdigest(), root, first_line)]


def _check_nesting(piece: str, place: _Place) -> None:
    """Refuse deep nesting before it is composed: the C library's composer recurses without a limit."""
    depth = 0
    for event in yaml.parse(piece, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _Refused(issues.deep_yaml(place(event.start_mark), MAX_DEPTH))


def _load(piece: str, place: _Place) -> tuple[yaml.Node, Any]:
    loader = _Loader(piece)
    try:
        root = loader.get_single_node()
        if root is None:
            return yaml.ScalarNode("", ""), None
        _check_nodes(root, place)
        return root, loader.construct_document(root)
    finally:
        loader.dispose()


def _check_nodes(root: yaml.Node, place: _Place) -> None:
    """Refuse what aliases unfold without end, and keys given twice."""
    stack = [(root, 0)]
    count = 0
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_DEPTH:
            raise _Refused(issues.deep_yaml(place(node.start_mark), MAX_DEPTH))
        if count > MAX_VALUES:
            raise _Refused(issues.large_yaml(place(root.start_mark), MAX_VALUES))
        if isinstance(node, yaml.MappingNode):
            _check_keys(node, place)
            stack += [(child, depth + 1) for pair in reversed(node.value) for child in pair]
        elif isinstance(node, yaml.SequenceNode):
            stack += [(child, depth + 1) for child in node.value]


def _check_keys(node: yaml.MappingNode, place: _Place) -> None:
    seen: dict[Hashable, yaml.Node] = {}
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode):
            first = seen.setdefault((key.tag, key.value), key)
            if first is not key:
                raise _Refused(issues.duplicate_key(place(key.start_mark), key.value, place(first.start_mark)))
