"""A stream cut into pieces."""

import io
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.formats.evtx_files import event, make_file

from tocsin.kernel.errors import InputError
from tocsin.kernel.limits import MAX_BODY_BYTES, MAX_RECORD_BYTES
from tocsin.scan import chunks
from tocsin.scan.chunks import Chunk, cut


class Dripping(io.BytesIO):
    """Gives fewer bytes than it is asked for, and ends with a fault if it is told to."""

    def __init__(self, data: bytes, drop: int = 7, fault: str = "") -> None:
        super().__init__(data)
        self._drop, self._fault = drop, fault

    def read(self, size: int | None = -1, /) -> bytes:
        """At most a few bytes."""
        data = super().read(min(size or 0, self._drop))
        if not data and self._fault:
            raise OSError(self._fault)
        return data


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few bytes."""
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 32)


def pieces(data: bytes, format: str = "auto") -> list[Chunk]:
    """All pieces of ``data``."""
    return list(cut("file", Dripping(data), format))


@pytest.mark.usefixtures("small")
@given(st.lists(st.sampled_from([b'{"a":1}', b"", b'{"a":"' + b"x" * 60 + b'"}']), max_size=12), st.booleans())
def test_every_line_is_in_one_piece_and_numbered(lines: list[bytes], ends_well: bool) -> None:
    """Whatever the sizes; a last line without an end too."""
    data = b"\n".join(lines) + b"\n" * ends_well
    found = pieces(data, "json")
    assert b"".join(piece.data for piece in found) == data
    for piece, following in pairwise(found):
        assert piece.data.endswith(b"\n")
        assert following.first == piece.first + piece.data.count(b"\n")
    assert [piece.first for piece in found[:1]] in ([], [1])


@pytest.mark.usefixtures("small")
def test_a_line_without_end_does_not_fill_the_memory() -> None:
    """What shows that it is too long is enough; the lines after it are read."""
    data = b'{"a":"' + b"x" * (2 * MAX_RECORD_BYTES) + b'"}\n{"a":1}\n'
    found = list(cut("file", io.BytesIO(data), "json"))
    assert sum(len(piece.data) for piece in found) < MAX_RECORD_BYTES + 1_000
    assert found[-1].data.endswith(b'{"a":1}\n')
    assert found[-1].first + found[-1].data.count(b"\n") == 3


@pytest.mark.parametrize(
    "data",
    [
        b'[{"a":1},\n{"a":2}]',
        b'{\n"a":1\n}',
        b'\xef\xbb\xbf[{"a":1}]',
        b'{"Records":[{"eventVersion":"1","eventSource":"s","eventName":"n"}]}',
        b'{"Records":[' + b",".join([b'{"eventVersion":"1","eventSource":"s","eventName":"n"}'] * 9_000) + b"]}",
    ],
    ids=["array", "spread object", "bom", "list in one line", "long list"],
)
@pytest.mark.usefixtures("small")
def test_a_document_is_one_piece(data: bytes) -> None:
    """Its records are numbered by themselves."""
    found = list(cut("file", io.BytesIO(data), "auto"))
    assert [(piece.data, piece.first, piece.is_lines) for piece in found] == [(data, 1, False)]


def test_lines_of_which_the_first_is_broken_are_lines() -> None:
    """A spread object is told from one bad line."""
    assert [piece.is_lines for piece in pieces(b'{"broken\n{"a":1}\n', "json")] == [True]


def test_a_document_that_is_too_large_is_refused_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded at any input size."""
    monkeypatch.setattr(chunks, "MAX_BODY_BYTES", 1_000)
    assert MAX_BODY_BYTES > 1_000
    with pytest.raises(InputError, match=r"jq -c '\.\[\]'"):
        pieces(b"[" + b'{"a":1},' * 1_000 + b'{"a":1}]')


def test_what_is_of_no_format_is_refused() -> None:
    """With the option that helps."""
    with pytest.raises(InputError, match="file: its format is not recognised; say it with --format"):
        pieces(b"Dear diary\n")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ('{"a":"evil"}\n'.encode("utf-16"), "it is UTF-16; write it as UTF-8, as `iconv"),
        (bytes(range(256)) * 100, "it is no text, and no .evtx file"),
    ],
)
def test_what_is_no_text_is_told(data: bytes, told: str) -> None:
    """PowerShell writes UTF-16; a folder of logs has pictures and archives in it."""
    with pytest.raises(InputError, match=told):
        pieces(data)


def test_a_stated_format_is_not_questioned() -> None:
    """Its records may all be rejected, and are told."""
    assert [piece.format for piece in pieces(b"Dear diary\n", "syslog")] == ["syslog"]


def test_an_empty_file_has_no_piece() -> None:
    """That is no error."""
    assert pieces(b"") == []


def test_what_was_read_before_a_fault_is_given() -> None:
    """Then the fault is told."""
    found: list[Chunk] = []
    with pytest.raises(InputError, match="file: reading stopped: torn; what came before was scanned"):
        found.extend(_keep(cut("file", Dripping(b'{"a":1}\n{"a":2', fault="torn"), "auto"), found))
    assert b"".join(piece.data for piece in found) == b'{"a":1}\n{"a":2'


def _keep(pieces: Iterator[Chunk], found: list[Chunk]) -> Iterator[Chunk]:
    for piece in pieces:
        found.append(piece)
        yield from ()


def test_an_event_log_is_cut_between_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each piece has the header; records are numbered through."""
    monkeypatch.setattr(chunks, "_EVTX_CHUNKS", 1)
    one = event(1, "System", "P", {})
    found = list(cut("file", io.BytesIO(make_file([[one, one], [one], [one]])), "auto"))
    assert [(piece.format, piece.first, piece.place) for piece in found] == [
        ("evtx", 1, 0),
        ("evtx", 3, 1),
        ("evtx", 4, 2),
    ]
    assert all(piece.data.startswith(b"ElfFile\0") for piece in found)


def test_a_last_half_line_is_no_piece_of_its_own() -> None:
    """It would start a process for each core, for one line."""
    (chunk,) = cut("x", io.BytesIO(b'{"a":1}\n{"a":2'), "json")
    assert chunk.data == b'{"a":1}\n{"a":2'
