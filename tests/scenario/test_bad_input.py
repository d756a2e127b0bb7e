"""Bad input through the real processes: a clear answer, every good record found again, nothing stops."""

import gzip
import html
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.scenario.server import Server, wait_for
from tests.scenario.test_first_alarm import failed

from tocsin.store.table import Store

Answer = tuple[int, int]
"""(accepted, rejected)."""


def post(server: Server, token: str, body: bytes, **headers: str) -> httpx.Response:
    """One POST to the source `app`."""
    given = {"Authorization": f"Bearer {token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return httpx.post(f"{server.url}/ingest/app", content=body, headers=given, timeout=60)


def rows(server: Server) -> list[dict[str, Any]]:
    """Every record of the source `app` that is durable."""
    store = Store(str(server.folder / "data" / "events"))
    fields = ("user", "n", "padding", "k4999")
    found = [row for commit in store.table("app").read(-1, fields=fields) for row in commit.table.to_pylist()]
    return [dict.fromkeys(fields) | row for row in found]


def made_admin(name: str) -> bytes:
    """A good record that rings, with its own alert."""
    return json.dumps({"action": "user.made_admin", "user": name}).encode()


BAD: list[tuple[str, bytes, Answer]] = [
    ("number", b'{"n": 7, "user": "number"}', (1, 0)),
    ("list", b'{"n": [7, 8], "user": "list"}', (1, 0)),
    ("object", b'{"n": {"deep": 1}, "user": "object"}', (1, 0)),
    ("not UTF-8", b'{"user": "\xff\xfe"}', (1, 0)),
    ("not JSON", b'{"user": ', (0, 1)),
    ("NaN", b'{"n": NaN}', (0, 1)),
    ("nested 1,000 deep", b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}", (0, 1)),
    ("a string of 10 MB", b'{"padding": "' + b"x" * 10_000_000 + b'"}', (0, 1)),
    ("5,000 keys", json.dumps({f"k{number}": number for number in range(5000)}).encode(), (1, 0)),
    ("the far past", b'{"user": "past", "time": "0001-01-01T00:00:00Z"}', (1, 0)),
    ("long ago", b'{"user": "old", "time": "1999-12-31T23:59:59Z"}', (1, 0)),
    ("the far future", b'{"user": "future", "time": "9999-12-31T23:59:59Z"}', (1, 0)),
    ("no time", b'{"user": "now"}', (1, 0)),
    ("a time that is none", b'{"user": "odd", "time": "half past nine"}', (1, 0)),
]


def test_bad_records_are_counted_shown_and_stop_nothing(server: Server) -> None:
    """Around every bad record the good ones ring; rejected ones are kept, counted exactly, and shown with reasons."""
    server.env["TOCSIN_COMMIT_INTERVAL_S"] = "0.05"
    server.serve()
    token = server.token("app", "--product", "app")
    rejected, reasons = 0, []
    for place, (name, record, expected) in enumerate(BAD):
        body = b"\n".join((made_admin(f"before{place}"), record, made_admin(f"after{place}")))
        answer = post(server, token, body)
        assert answer.status_code == 200, (name, answer.text, server.output())
        assert (answer.json()["accepted"] - 2, answer.json()["rejected"]) == expected, name
        rejected += expected[1]
        reasons += [error["reason"] for error in answer.json()["errors"]]
    good = {f"{word}{place}" for word in ("before", "after") for place in range(len(BAD))}
    alerts = server.wait_for_alerts(lambda alerts: len(alerts) >= len(good))
    assert {alert["group"]["user"]: alert["count"] for alert in alerts} == dict.fromkeys(good, 1)
    check_store(server, len(BAD) * 3, rejected)
    check_console(server, len(BAD) * 3 - rejected, rejected, reasons)


def check_store(server: Server, total: int, rejected: int) -> None:
    """Every record is there as it came; a field that changed its type is one column; times are as they must be."""
    found = rows(server)
    assert len(found) == total
    assert sum(str(row["_error"]).startswith("rejected: ") for row in found) == rejected
    by_user = {row["user"]: row for row in found if row["user"]}
    assert (by_user["number"]["n"], by_user["list"]["n"]) == ("7", "[7,8]")
    assert by_user["old"]["_time"] == datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)
    for user in ("past", "future", "now", "odd"):
        assert abs(by_user[user]["_time"] - datetime.now(UTC)) < timedelta(minutes=5)
    assert [row["k4999"] for row in found if row["k4999"]] == ["4999"]


def check_console(server: Server, accepted: int, rejected: int, reasons: list[str]) -> None:
    """The page of the source has the counts, the reasons and the text of what was rejected."""
    link = server.run("signin").stdout.strip()
    with httpx.Client(follow_redirects=True) as browser:
        assert browser.get(link).status_code == 200
        page = browser.get(link.rpartition("/signin/")[0] + "/sources/app")
    assert page.status_code == 200
    text = html.unescape(re.sub(r"<[^>]+>", " ", page.text))
    assert re.search(rf"\b{accepted}\b", text)
    assert re.search(rf"\b{rejected}\b", text)
    assert len(reasons) == rejected
    assert [reason for reason in reasons if reason.removeprefix("rejected: ") not in text] == []


def test_bad_bodies_are_answered_and_the_next_one_is_taken(server: Server) -> None:
    """A decompression bomb, a torn gzip and a body over the limit: a status and a reason, and nothing is stored."""
    server.serve()
    token = server.token("app", "--product", "app")
    packed = gzip.compress(b'{"user": "' + b"x" * 200_000_000 + b'"}')
    answers = {
        "bomb": post(server, token, packed, content_encoding="gzip"),
        "torn": post(server, token, gzip.compress(made_admin("torn") * 100)[:-20], content_encoding="gzip"),
        "no gzip": post(server, token, made_admin("plain"), content_encoding="gzip"),
        "too long": post(server, token, b" " * (32 * 1024 * 1024 + 1)),
    }
    assert len(packed) < 1_000_000
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "bomb": 413,
        "torn": 400,
        "no gzip": 400,
        "too long": 413,
    }
    assert all(answer.json()["reason"] for answer in answers.values())
    assert post(server, token, made_admin("next")).json()["accepted"] == 1
    (alert,) = server.wait_for_alerts(lambda alerts: len(alerts) == 1)
    assert (alert["group"], len(rows(server))) == ({"user": "next"}, 1)


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[None]:
    """A small file system in memory; skips, saying why, where mounting is not permitted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_answered_and_recovers(tmp_path: Path, rules: Path) -> None:
    """While there is no room a POST is answered 503 with the reason; with room again everything goes on."""
    with (
        mounted(tmp_path / "disk", "size=24m"),
        Server(
            tmp_path, TOCSIN_RULES=str(rules), TOCSIN_DATA=str(tmp_path / "disk"), TOCSIN_COMMIT_INTERVAL_S="0.05"
        ) as server,
    ):
        server.serve()
        token = server.token("app", "--product", "app")
        server.send("app", token, failed(4))
        server.wait_for_alerts(lambda alerts: alerts == [])
        fill(tmp_path / "disk" / "ballast")
        refusals = [post(server, token, big(number)) for number in range(3)]
        assert {answer.status_code for answer in refusals} == {503}
        assert all("is full; free some space" in answer.json()["reason"] for answer in refusals)
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in refusals)
        (tmp_path / "disk" / "ballast").unlink()
        server.send("app", token, failed(4, first=4))
        (alert,) = server.wait_for_alerts(lambda alerts: len(alerts) == 1 and alerts[0]["count"] == 8)
        assert alert["rule"] == "Many failed sign-ins"
        found = {
            event
            for commit in Store(str(tmp_path / "disk" / "events")).table("app").read(-1, fields=())
            for event in commit.table["_id"].to_pylist()
        }
        assert found == {event["_id"] for event in failed(8)}


def fill(ballast: Path) -> None:
    """Take all the room that is left."""
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    for size in (1 << 20, 1 << 12):
        with suppress(OSError):
            while True:
                os.write(descriptor, bytes(size))
    os.close(descriptor)


def big(number: int) -> bytes:
    """A record that does not compress into what a full disk has left."""
    return json.dumps({"_id": f"big{number}", "noise": os.urandom(200_000).hex()}).encode()


def test_a_read_only_data_folder_is_named_at_the_start(tmp_path: Path, rules: Path) -> None:
    """Exit status 2, the folder, and the setting to change; no traceback."""
    with mounted(tmp_path / "disk", "size=8m"):
        with Server(tmp_path, TOCSIN_RULES=str(rules), TOCSIN_DATA=str(tmp_path / "disk")) as server:
            assert server.run("alerts").returncode == 0
            subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "disk")], check=True)
            done = server.run("serve")
        assert done.returncode == 2
        assert str(tmp_path / "disk") in done.stderr
        assert "TOCSIN_DATA" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_torn_and_a_replaced_log_file_keep_their_lines(server: Server, tmp_path: Path) -> None:
    """A last line without its newline waits for its end; a file that is replaced is read on; no line twice."""
    log = tmp_path / "app.log"
    log.write_bytes(made_admin("first") + b"\n" + made_admin("torn")[:20])
    server.serve()
    server.start("follow", str(log), "--source", "app", "--format", "json")
    server.wait_for_alerts(lambda alerts: [alert["group"]["user"] for alert in alerts] == ["first"])
    with log.open("ab") as file:
        file.write(made_admin("torn")[20:] + b"\n")
    server.wait_for_alerts(lambda alerts: len(alerts) == 2)
    (tmp_path / "new").write_bytes(made_admin("new") + b"\n")
    (tmp_path / "new").rename(log)
    server.wait_for_alerts(lambda alerts: len(alerts) == 3)
    wait_for(lambda: len(rows(server)) == 3, 10, server.output)
    assert {alert["group"]["user"]: alert["count"] for alert in server.alerts()} == {"first": 1, "torn": 1, "new": 1}
