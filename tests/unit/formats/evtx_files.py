"""Makes `.evtx` files: a header, chunks, records of plain binary XML without templates.

Source of the layout: the libevtx project's description of the Windows XML event log format.
"""

import struct
import zlib
from collections.abc import Mapping, Sequence

HEADER_BYTES, CHUNK_BYTES, FIRST_RECORD = 4096, 65_536, 512
FILETIME = 133_800_000_000_000_000
"""2024-12-29T10:40:00Z."""

Element = tuple[str, Mapping[str, str], "str | Sequence[Element]"]
"""Name, attributes, and a text or inner elements."""


def event(event_id: int, channel: str, provider: str, data: Mapping[str, str]) -> Element:
    """One event as the event log has it."""
    system = [
        ("Provider", {"Name": provider}, ""),
        ("EventID", {}, str(event_id)),
        ("TimeCreated", {"SystemTime": "2024-12-29T10:40:00.000000Z"}, ""),
        ("Channel", {}, channel),
        ("Computer", {}, "pc-1"),
    ]
    fields = [("Data", {"Name": name}, value) for name, value in data.items()]
    return "Event", {}, [("System", {}, system), ("EventData", {}, fields)]


def make_file(chunks: Sequence[Sequence[Element]]) -> bytes:
    """A file whose chunks hold these events."""
    made, number = [], 1
    for events in chunks:
        made.append(_chunk(events, number))
        number += len(events)
    head = b"ElfFile\0" + struct.pack("<QQQLHHHH", 0, len(made) - 1, number, 128, 1, 3, HEADER_BYTES, len(made))
    head = head.ljust(120, b"\0") + struct.pack("<LL", 0, zlib.crc32(head.ljust(120, b"\0")))
    return head.ljust(HEADER_BYTES, b"\0") + b"".join(made)


def _chunk(events: Sequence[Element], first: int) -> bytes:
    records, last_at = b"", FIRST_RECORD
    for number, each in enumerate(events, first):
        last_at = FIRST_RECORD + len(records)
        records += _record(each, number, last_at)
    last, free = first + len(events) - 1, FIRST_RECORD + len(records)
    head = b"ElfChnk\0" + struct.pack("<QQQQLLLL", first, last, first, last, 128, last_at, free, zlib.crc32(records))
    head = head.ljust(120, b"\0")
    tables = bytes(FIRST_RECORD - 128)
    head += struct.pack("<LL", 0, zlib.crc32(head + tables))
    return (head + tables + records).ljust(CHUNK_BYTES, b"\0")


def _record(element: Element, number: int, at: int) -> bytes:
    """``at``: where in the chunk the record begins; names are found by their place in it."""
    body = b"\x0f\x01\x01\x00"
    body += _element(element, at + 24 + len(body)) + b"\0"
    size = 24 + len(body) + 4
    size += -size % 8
    return struct.pack("<LLQQ", 0x2A2A, size, number, FILETIME) + body.ljust(size - 28, b"\0") + struct.pack("<L", size)


def _element(element: Element, at: int) -> bytes:
    name, attributes, content = element
    start = at + 5
    inner = struct.pack("<L", start + 4) + _name(name)
    if attributes:
        inner += _attributes(attributes, start + len(inner) + 4)
    if content:
        inner += b"\x02"
        inner += _text(content) if isinstance(content, str) else _children(content, start + len(inner))
        inner += b"\x04"
    else:
        inner += b"\x03"
    return struct.pack("<BL", 0x41 if attributes else 0x01, len(inner)) + inner


def _children(elements: Sequence[Element], at: int) -> bytes:
    made = b""
    for each in elements:
        made += _element(each, at + len(made))
    return made


def _attributes(attributes: Mapping[str, str], at: int) -> bytes:
    made = b""
    for place, (name, value) in enumerate(attributes.items(), 1):
        made += b"\x06" if place == len(attributes) else b"\x46"
        made += struct.pack("<L", at + len(made) + 4) + _name(name) + _text(value)
    return struct.pack("<L", len(made)) + made


def _name(name: str) -> bytes:
    return struct.pack("<LHH", 0, _hash(name), len(name)) + name.encode("utf-16-le") + b"\0\0"


def _hash(name: str) -> int:
    value = 0
    for character in name:
        value = (value * 65_599 + ord(character)) & 0xFFFFFFFF
    return value & 0xFFFF


def _text(text: str) -> bytes:
    return struct.pack("<BBH", 0x05, 0x01, len(text)) + text.encode("utf-16-le")
