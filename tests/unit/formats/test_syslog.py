"""Syslog lines of both RFCs, as they are found."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.formats.syslog import time_reader
from tocsin.kernel.clock import to_us

WIRE = (
    b'<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog 8 ID47 [exampleSDID@32473 iut="3" '
    b'eventSource="App\\"li\\]cation" eventSource="two"][x y="2"] \xef\xbb\xbfAn application event'
)


def test_rfc_5424_gives_header_structured_data_and_message(read, fields) -> None:
    """Escapes are undone, a name given twice is a list, the byte order mark is no part of the message."""
    row = read("syslog", WIRE)[0][0]
    assert fields(row) == {
        "facility": "local4",
        "severity": "notice",
        "host": "mymachine.example.com",
        "app": "evntslog",
        "pid": "8",
        "msgid": "ID47",
        "message": "An application event",
        "sd.exampleSDID@32473.iut": "3",
        "sd.exampleSDID@32473.eventSource": '["App\\"li]cation","two"]',
        "sd.x.y": "2",
    }
    assert row["_time"] == datetime(2003, 10, 11, 22, 14, 15, 3000, tzinfo=UTC)


def test_nil_values_are_null_and_without_a_time_it_is_the_time_of_receipt(read, fields, received_at) -> None:
    """`-` stands for nothing."""
    row = read("syslog", b"<34>1 - - - - - -")[0][0]
    assert fields(row) == {"facility": "auth", "severity": "crit"}
    assert row["_time"] == received_at


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Jan 31 09:00:00 h app[12]: text: more", {"app": "app", "pid": "12", "message": "text: more"}),
        ("Jan 31 09:00:00 h app: text", {"app": "app", "message": "text"}),
        ("Jan 31 09:00:00 h app[]: text", {"app": "app", "message": "text"}),
        ("Jan 31 09:00:00 h sshd(pam_unix)[7]: x", {"app": "sshd(pam_unix)", "pid": "7", "message": "x"}),
        ("Jan 31 09:00:00 h syslogd 1.4.1: restart.", {"message": "syslogd 1.4.1: restart."}),
        ("Jan 31 09:00:00 h -- MARK --", {"message": "-- MARK --"}),
        ("Jan 31 09:00:00 h http://x/", {"message": "http://x/"}),
        ("2026-01-31T10:00:00.5+01:00 h app: text", {"app": "app", "message": "text"}),
        ("<13>Jan  1 09:00:00 h app: t", {"facility": "user", "severity": "notice", "app": "app", "message": "t"}),
    ],
)
def test_rfc_3164_gives_tag_and_message(line: str, expected: dict, read, fields) -> None:
    """With a priority or without, with a process number or without, with a tag or without."""
    rows, issues = read("syslog", line.encode())
    assert issues == []
    assert fields(rows[0]) == {"host": "h", **expected}


def test_a_priority_alone_makes_a_line_syslog(read, fields) -> None:
    """The rest is the message."""
    row = read("syslog", b"<191>only text")[0][0]
    assert fields(row) == {"facility": "local7", "severity": "debug", "message": "only text"}


@pytest.mark.parametrize("line", [b"plain text", b"<192>x", b"<007>x", b"<>x", b"Foo 31 09:00:00 h x: y"])
def test_any_other_line_is_rejected(line: bytes, read) -> None:
    """With what a line of syslog looks like."""
    _, issues = read("syslog", WIRE + b"\n" + line + b"\n" + WIRE)
    assert [(issue.record, issue.is_rejected) for issue in issues] == [(2, True)]
    assert "not syslog" in issues[0].reason


@given(st.datetimes(datetime(2021, 1, 1), datetime(2030, 1, 1)), st.integers(-363 * 86_400, 86_400))
def test_the_year_is_the_last_in_which_the_moment_is_at_most_a_day_ahead(received: datetime, offset_s: int) -> None:
    """Whatever was written within the year before its receipt or the day after it gets its own year."""
    received = received.replace(microsecond=0, tzinfo=UTC)
    written = received + timedelta(seconds=offset_s)
    assert time_reader(received)(written.strftime("%b %e %H:%M:%S")) == to_us(written)


def test_the_29th_of_february_belongs_to_a_leap_year() -> None:
    """Also where that is years back; a day that never was is no time."""
    read_time = time_reader(datetime(2027, 3, 1, tzinfo=UTC))
    assert read_time("Feb 29 00:00:00") == to_us(datetime(2024, 2, 29, tzinfo=UTC))
    assert read_time("Feb 30 00:00:00") is None
    assert read_time("Feb 28 2020 00:00:00.25") == to_us(datetime(2020, 2, 28, 0, 0, 0, 250_000, tzinfo=UTC))
