"""Every format's table begins with the system columns, and says what could not be read."""

import uuid
from datetime import timedelta

import pyarrow as pa
import pytest

from tocsin.formats import FORMATS, SYSTEM_SCHEMA, load_format
from tocsin.formats.table import encode
from tocsin.kernel.limits import MAX_CLOCK_AHEAD_S

HOSTILE = [
    b"\x00",
    b"\xff\xfe\x00",
    b"\x1b[31mred\x1b[0m",
    b"{" * 100_000,
    b"[" * 100_000,
    b"<34>" * 1000,
    b'"' * 999,
    b"\\" * 999,
    b"a=" * 5000,
    "\u2028\u0085 x".encode(),
    b"Feb 30 09:30:00 h x: no such day",
    b'1.2.3.4 - - [99/Foo/2026:99:99:99 +9999] "GET / HTTP/1.1" 200 1',
    b"[Sat Foo 99 99:99:99 2026] [error] x",
    b"<34>1 2026-13-45T99:99:99Z h a p m - x",
    b"x" * 2_000_000,
]


LINES = [name for name in FORMATS if name != "evtx"]
"""The formats whose records are lines."""

OF_OBJECTS = ("windows", "cloudtrail", "gcpaudit", "github", "gworkspace", "k8saudit", "okta")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("body", [b"", b"\n", b"\n\r\n \n", b"\xef\xbb\xbf"])
def test_a_body_without_records_is_an_empty_table(name: str, body: bytes, read) -> None:
    """No rows, no issues, the system columns."""
    assert read(name, body) == ([], [])


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_line_is_a_row_and_costs_its_neighbours_nothing(name: str, line: bytes, read) -> None:
    """Accepted or rejected, never an exception; the records around it are read."""
    good = GOOD[name]
    rows, issues = read(name, good + b"\n" + line + b"\n" + good)
    assert len(rows) == 3
    assert "_error" not in rows[0]
    assert "_error" not in rows[2]
    assert {issue.record for issue in issues} <= {2}


GOOD = {
    "json": b'{"a":1}',
    "syslog": b"<34>Jan 31 09:00:00 h app[1]: text",
    "sshd": b"Jan 31 09:00:00 h sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2",
    "access": b'192.0.2.1 - - [31/Jan/2026:09:00:00 +0000] "GET / HTTP/1.1" 200 1',
    "logfmt": b"a=1",
    "auth": b"Jan 31 09:00:00 h sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2",
    "auditd": b"type=CWD msg=audit(1769760000.250:456): cwd=x",
    **dict.fromkeys(OF_OBJECTS, b'{"a":1}'),
}


@pytest.mark.parametrize("name", LINES)
def test_a_record_that_is_too_long_is_rejected_without_fields(name: str, read, fields) -> None:
    """Also where its beginning could be read."""
    rows, issues = read(name, GOOD[name][:-1] + b"x" * 1_100_000 + GOOD[name][-1:] + b"\n" + GOOD[name])
    assert [issue.is_rejected for issue in issues] == [True]
    assert fields(rows[0]) == {}
    assert rows[0]["_time"] == rows[0]["_received"]
    assert fields(rows[1])


NOT_UTF8 = {
    "json": b'{"a":"\xe9"}',
    "syslog": b"<34>Jan 31 09:00:00 h app[1]: caf\xe9",
    "sshd": b"Jan 31 09:00:00 h sshd[1]: Failed password for \xe9 from 192.0.2.1 port 22 ssh2",
    "access": b'192.0.2.1 - - [31/Jan/2026:09:00:00 +0000] "GET /\xe9 HTTP/1.1" 200 1',
    "logfmt": b"a=\xe9",
    "auth": b"Jan 31 09:00:00 h sshd[1]: Failed password for \xe9 from 192.0.2.1 port 22 ssh2",
    "auditd": b"type=CWD msg=audit(1769760000.250:456): cwd=\xe9",
    **dict.fromkeys(OF_OBJECTS, b'{"a":"\xe9"}'),
}


@pytest.mark.parametrize("name", LINES)
def test_bytes_that_are_no_utf_8_are_replaced_and_the_record_is_kept(name: str, read, fields) -> None:
    """With a note that says which byte, and where; the fields are read."""
    rows, issues = read(name, NOT_UTF8[name])
    assert [issue.is_rejected for issue in issues] == [False]
    assert rows[0]["_raw"] == NOT_UTF8[name].decode(errors="replace")
    assert "not UTF-8: byte 0xe9" in rows[0]["_error"]
    assert any("\ufffd" in value for value in fields(rows[0]).values())


def test_a_row_without_an_id_of_its_own_gets_a_uuid_of_version_7(read) -> None:
    """The sender's `_id` wins."""
    rows, _ = read("json", b'{"_id":"mine"}\n{"_id":5}\n{}')
    assert [rows[0]["_id"], rows[1]["_id"]] == ["mine", "5"]
    assert uuid.UUID(rows[2]["_id"]).version == 7


def test_the_first_readable_time_field_is_the_events_time(read, received_at) -> None:
    """In the order of `TIME_FIELDS`; without one it is the time of receipt."""
    rows, issues = read(
        "json",
        b'{"ts":"2026-01-30T00:00:00Z","timestamp":"noon"}\n{"time":1769731200000}\n{"a":1}\n{"_time":"1970-01-01"}',
    )
    assert [row["_time"].isoformat()[:10] for row in rows] == ["2026-01-30", "2026-01-30", "2026-01-31", "1970-01-01"]
    assert rows[2]["_time"] == received_at
    assert issues == []


def test_a_time_too_far_ahead_or_out_of_range_gives_way_to_the_time_of_receipt(read, received_at) -> None:
    """The record is kept, with a note; a clock that is a little ahead is believed."""
    ahead = received_at + timedelta(seconds=MAX_CLOCK_AHEAD_S)
    times = [ahead, ahead + timedelta(seconds=1), "2262-01-01", "1969-01-01"]
    body = "\n".join(f'{{"time":"{each}"}}' for each in times)
    rows, issues = read("json", body.encode())
    assert [row["_time"] for row in rows] == [ahead, received_at, received_at, received_at]
    assert [(issue.record, issue.is_rejected) for issue in issues] == [(2, False), (3, False), (4, False)]
    assert "2026-02-01T09:30:01Z is over 24 h after its receipt" in rows[1]["_error"]
    assert "not between 1970 and 2261" in rows[2]["_error"]


def test_a_column_that_repeats_itself_is_a_dictionary_and_reads_the_same() -> None:
    """Where every value is another, it stays plain."""
    few, many = pa.array(["a", "b", None] * 500), pa.array([str(number) for number in range(1500)])
    assert pa.types.is_dictionary(encode(few).type)
    assert encode(few).to_pylist() == few.to_pylist()
    assert encode(many).type == pa.string()


def test_fields_stand_in_order_of_name(received_at) -> None:
    """So the same records give the same table, however they were read."""
    table, _ = load_format("json").parse(b'{"b":1,"a":{"z":1,"c":2}}', received_at=received_at)
    assert table.schema.names == [*SYSTEM_SCHEMA.names, "a.c", "a.z", "b"]
