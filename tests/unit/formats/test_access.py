"""Access and error logs of web servers, named as Sigma's webserver rules name them."""

from datetime import UTC, datetime

import pytest
from tests.shared import shared_data

from tocsin.formats.access import unescape

COMMON = '192.0.2.1 - ann [31/Jan/2026:10:00:00 +0100] "GET /a?b=c HTTP/1.1" 200 5'
FIELDS = {
    "c-ip": "192.0.2.1",
    "cs-username": "ann",
    "cs-method": "GET",
    "cs-uri-stem": "/a",
    "cs-uri-query": "b=c",
    "cs-version": "HTTP/1.1",
    "sc-status": "200",
    "sc-bytes": "5",
}


def test_the_common_format_is_read_with_its_zone(read, fields) -> None:
    """Names are those of Sigma's webserver taxonomy."""
    row = read("access", COMMON.encode())[0][0]
    assert fields(row) == FIELDS
    assert row["_time"] == datetime(2026, 1, 31, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        (COMMON + ' "http://r/" "UA/1"', {"cs-referer": "http://r/", "cs-user-agent": "UA/1"}),
        (COMMON + ' "-" "-"', {}),
        (COMMON + ' "-" "say \\"hi\\" \\x22" "203.0.113.9" rt=0.1', {"cs-user-agent": 'say "hi" "'}),
        ("example.com:443 " + COMMON, {"cs-host": "example.com:443"}),
        (COMMON.replace("192.0.2.1", "2001:db8::1"), {"c-ip": "2001:db8::1"}),
        (COMMON.replace("ann", "ann lee"), {"cs-username": "ann lee"}),
        (
            COMMON.replace("ann", "-").replace("200 5", "408 -"),
            {"cs-username": None, "sc-status": "408", "sc-bytes": None},
        ),
        (COMMON.replace("/a?b=c", "/a?b=c?d"), {"cs-uri-query": "b=c?d"}),
        (COMMON.replace("?b=c", ""), {"cs-uri-query": None}),
        (COMMON.replace(" HTTP/1.1", ""), {"cs-version": None}),
        (COMMON.replace("/a?", "/\\xc3\\xa9?"), {"cs-uri-stem": "/é"}),
    ],
)
def test_what_a_line_has_more_less_or_otherwise(line: str, changed: dict, read, fields) -> None:
    """Combined, escaped, with a virtual host, IPv6, without a user, a size, a query or a version."""
    rows, issues = read("access", line.encode())
    assert issues == []
    assert fields(rows[0]) == {name: value for name, value in {**FIELDS, **changed}.items() if value is not None}


@pytest.mark.parametrize(
    ("request_line", "kept"),
    [("-", None), ("", None), ("\\x16\\x03\\x01", "\x16\x03\x01"), ("GET /a b HTTP/1.1", "GET /a b HTTP/1.1")],
)
def test_a_broken_request_is_kept_as_it_is(request_line: str, kept: str | None, read, fields) -> None:
    """Nothing is guessed: `request` holds it, address and status are read."""
    found = fields(read("access", COMMON.replace("GET /a?b=c HTTP/1.1", request_line).encode())[0][0])
    assert found.get("request") == kept
    assert (found["c-ip"], found["sc-status"]) == ("192.0.2.1", "200")
    assert "cs-method" not in found


def test_an_error_log_line_has_level_message_and_peer(read, fields) -> None:
    """Apache 2.2 and 2.4."""
    old = "[Sun Dec 04 04:47:44 2005] [error] [client 192.0.2.1] no such file"
    new = "[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35:tid 43] [client [::1]:80] no such file"
    rows, issues = read("access", f"{old}\n{new}".encode())
    assert issues == []
    assert fields(rows[0]) == {"level": "error", "message": "no such file", "c-ip": "192.0.2.1"}
    assert fields(rows[1]) == {
        "level": "error", "message": "no such file", "module": "core", "pid": "35",
        "c-ip": "::1", "c-port": "80",
    }  # fmt: skip
    assert rows[1]["_time"] == datetime(2011, 9, 9, 10, 42, 29, 902022, tzinfo=UTC)


def test_any_other_line_is_rejected(read) -> None:
    """With what a line should look like."""
    _, issues = read("access", f"{COMMON}\nnonsense\n{COMMON}".encode())
    assert [(issue.record, issue.is_rejected) for issue in issues] == [(2, True)]
    assert "no access log line" in issues[0].reason


def test_escapes_are_undone_once() -> None:
    """An escaped backslash does not escape what follows it; bytes that are no UTF-8 are replaced."""
    assert unescape(r"\\x22 \x22 \" \n \xff \x4") == '\\x22 " " \n \ufffd x4'


def test_a_real_apache_error_log_is_read_whole(read) -> None:
    """Every line has a level; the peers are those that a plain search finds."""
    body = shared_data("loghub", "Apache_2k.log").read_bytes()
    rows, issues = read("access", body)
    assert (len(rows), issues) == (2_000, [])
    assert sum(row["level"] == "error" for row in rows) == body.count(b"] [error] ")
    assert sum("c-ip" in row for row in rows) == body.count(b"[client ")
