"""`.evtx` files."""

import pytest
from tests.unit.formats.conftest import Read
from tests.unit.formats.evtx_files import CHUNK_BYTES, HEADER_BYTES, Element, event, make_file

from tocsin.formats.evtx import count_records, read_log

SYSMON = "Microsoft-Windows-Sysmon/Operational"


def creation(image: str) -> Element:
    """A process that Sysmon saw begin."""
    return event(1, SYSMON, "Microsoft-Windows-Sysmon", {"Image": image})


TWO_CHUNKS = make_file([[creation("a.exe"), creation("b.exe")], [creation("c.exe")]])


def test_records_come_in_order_by_sigmas_names(read: Read) -> None:
    """As the same events in JSON would."""
    rows, issues = read("evtx", TWO_CHUNKS)
    assert not issues
    assert [row["Image"] for row in rows] == ["a.exe", "b.exe", "c.exe"]
    assert (rows[0]["EventID"], rows[0]["Channel"], rows[0]["Computer"]) == ("1", SYSMON, "pc-1")
    assert rows[0]["_time"].isoformat() == "2024-12-29T10:40:00+00:00"


def test_a_file_cut_within_a_chunk_is_read_up_to_there(read: Read) -> None:
    """What is lost is said, and that the chunks before are there."""
    rows, issues = read("evtx", TWO_CHUNKS[: HEADER_BYTES + CHUNK_BYTES + 100])
    assert [row.get("Image") for row in rows] == ["a.exe", "b.exe", None]
    assert [issue.record for issue in issues] == [3]
    assert "the file ends 100 bytes into it, where 65,536 should be" in issues[0].reason


def test_records_before_the_cut_of_a_chunk_are_read(read: Read) -> None:
    """A chunk's first record is whole though its second is not."""
    second = TWO_CHUNKS.index(b"\x2a\x2a\0\0", HEADER_BYTES + 600)
    rows, issues = read("evtx", TWO_CHUNKS[: second + 50])
    assert [row.get("Image") for row in rows] == ["a.exe", None]
    assert "1 of its 2 records are lost" in issues[0].reason


@pytest.mark.parametrize("at", [HEADER_BYTES, HEADER_BYTES + 512 + 24])
def test_a_damaged_chunk_does_not_stop_the_others(read: Read, at: int) -> None:
    """Whether its own header or a record in it is broken."""
    broken = bytearray(TWO_CHUNKS)
    broken[at : at + 8] = b"\xff" * 8
    rows, issues = read("evtx", bytes(broken))
    assert "c.exe" in [row.get("Image") for row in rows]
    assert "chunk 1 of the .evtx file is damaged" in issues[0].reason


@pytest.mark.parametrize("body", [b"no event log", b"ElfFile\0 too short"])
def test_what_is_no_event_log_is_said(read: Read, body: bytes) -> None:
    """One row says what was expected."""
    rows, issues = read("evtx", body)
    assert len(rows) == len(issues) == 1
    assert "no .evtx file" in issues[0].reason


def test_room_that_is_not_used_yet_is_no_damage(read: Read) -> None:
    """The event log takes its room ahead of time."""
    rows, issues = read("evtx", TWO_CHUNKS + bytes(CHUNK_BYTES))
    assert (len(rows), issues) == (3, [])


def test_a_chunk_says_how_many_records_it_holds() -> None:
    """So the records of later chunks can be numbered without reading it; what is no chunk holds none."""
    chunks = TWO_CHUNKS[HEADER_BYTES:]
    assert (count_records(chunks), count_records(chunks[CHUNK_BYTES:])) == (2, 1)
    assert count_records(b"x" * CHUNK_BYTES) == count_records(b"") == 0


def test_a_part_of_a_file_names_its_chunks_as_the_file_does() -> None:
    """A header with later chunks is read as they stand in the whole."""
    part = TWO_CHUNKS[:HEADER_BYTES] + TWO_CHUNKS[HEADER_BYTES + CHUNK_BYTES :][:1000]
    assert "chunk 8 of" in read_log(part, first_chunk=7).damages[0]
