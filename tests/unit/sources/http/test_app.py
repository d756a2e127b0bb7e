"""What is answered to whom, and what is durable then."""

import asyncio
import stat
from typing import Any

import pytest
from tests.unit.sources.http.sender import GONE, SILENCE, Intake

from tocsin.kernel.limits import MAX_BODY_BYTES
from tocsin.sources.http import Limits

RECORD = b'{"user":"ann"}\n'


def test_an_accepted_body_is_durable_when_it_is_answered(intake: Intake) -> None:
    """200 with the counts, and the records are in the store."""
    reply = intake.post(b'{"user":"ann"}\n{"us', b'er":"bob"}\n')
    assert (reply.status, reply.content) == (200, {"accepted": 2, "rejected": 0, "errors": []})
    assert [row["user"] for row in intake.rows()] == ["ann", "bob"]


@pytest.mark.parametrize("body", [b'[{"user":"ann"},{"user":"bob"}]', b'{"user":"ann"}\n{"user":"bob"}'])
def test_an_array_and_lines_are_the_same(intake: Intake, body: bytes) -> None:
    """Both are two records."""
    assert intake.post(body).content["accepted"] == 2


def test_a_bad_record_is_counted_and_the_good_ones_around_it_kept(intake: Intake) -> None:
    """The answer names the record and its reason; its text is kept beside the others."""
    reply = intake.post(b'{"user":"ann"}\n{"user":\n{"user":"bob"}\n')
    assert reply.status == 200
    assert (reply.content["accepted"], reply.content["rejected"]) == (2, 1)
    assert [error["record"] for error in reply.content["errors"]] == [2]
    rows = intake.rows()
    assert [row["user"] for row in rows] == ["ann", None, "bob"]
    assert rows[1]["_raw"] == '{"user":'
    assert rows[1]["_error"] == "rejected: " + reply.content["errors"][0]["reason"]


def test_a_body_of_bad_records_only_is_kept_too(intake: Intake) -> None:
    """200, all rejected, the first 20 reasons given, and every text kept."""
    reply = intake.post(b"oops\n" * 30)
    assert (reply.status, reply.content["accepted"], reply.content["rejected"]) == (200, 0, 30)
    assert len(reply.content["errors"]) == 20
    assert [row["_raw"] for row in intake.rows()] == ["oops"] * 30


def test_a_mended_record_is_accepted_with_a_warning(intake: Intake) -> None:
    """Bytes that are no UTF-8 are replaced, and the sender is told."""
    reply = intake.post(b'{"user":"\xff"}\n')
    assert (reply.content["accepted"], reply.content["rejected"], reply.content["errors"]) == (1, 0, [])
    assert reply.content["warnings"][0]["record"] == 1
    assert intake.rows()[0]["user"] == "�"


@pytest.mark.parametrize("body", [b"", b"\n \n"])
def test_an_empty_body_is_nothing(intake: Intake, body: bytes) -> None:
    """200 with 0, and no commit."""
    reply = intake.post(body)
    assert (reply.status, reply.content) == (200, {"accepted": 0, "rejected": 0, "errors": []})


@pytest.mark.parametrize(
    ("record", "rejected"),
    [
        pytest.param(b'{"a":' + b"[" * 1000 + b"]" * 1000 + b"}", 1, id="nested 1,000 deep"),
        pytest.param(b'{"a":NaN}', 1, id="NaN"),
        pytest.param(b'{"a":"' + b"x" * 10_000_000 + b'"}', 1, id="a string of 10 MB"),
        pytest.param(b"{" + b",".join(b'"k%d":%d' % (n, n) for n in range(5000)) + b"}", 0, id="5,000 keys"),
        pytest.param(b'{"user":7}', 0, id="a number where a string was"),
        pytest.param(b'{"user":["x"]}', 0, id="a list where a string was"),
        pytest.param(b'{"user":"x","timestamp":"0001-01-01T00:00:00Z"}', 0, id="the far past"),
        pytest.param(b'{"user":"x","timestamp":"9999-12-31T23:59:59Z"}', 0, id="the far future"),
        pytest.param(b"\xff\xfe\x00garbage", 1, id="not UTF-8"),
    ],
)
def test_bad_input_keeps_the_good_records_around_it(intake: Intake, record: bytes, rejected: int) -> None:
    """200 with exact counts, and the first and last record are found as they were sent."""
    reply = intake.post(b'{"user":"first"}\n' + record + b'\n{"user":"last"}\n')
    assert (reply.status, reply.content["accepted"], reply.content["rejected"]) == (200, 3 - rejected, rejected)
    rows = intake.rows()
    assert (len(rows), rows[0]["user"], rows[2]["user"]) == (3, "first", "last")
    assert rows[1]["_error"] or not rejected


def test_a_field_may_change_its_type_between_bodies(intake: Intake) -> None:
    """A number today and a list tomorrow are in one column."""
    for body in (b'{"n":1}', b'{"n":[1,2]}', b'{"n":"x"}'):
        assert intake.post(body).content["accepted"] == 1
    assert sorted(row["n"] for row in intake.rows()) == ["1", "[1,2]", "x"]


@pytest.mark.parametrize(
    ("options", "status", "word"),
    [
        ({"token": None}, 401, "Authorization: Bearer TOKEN"),
        ({"token": None, "authorization": "Basic dXNlcg=="}, 401, "Authorization: Bearer TOKEN"),
        ({"token": "tcs_in_other"}, 401, "tocsin token create"),
        ({"path": "/ingest/auth"}, 403, "post to /ingest/web"),
        ({"path": "/ingest/no-such-source"}, 403, "post to /ingest/web"),
        ({"path": "/ingest/"}, 404, "/ingest/SOURCE"),
        ({"path": "/ingest/web/more"}, 404, "/ingest/SOURCE"),
        ({"method": "GET"}, 405, "POST"),
        ({"content_encoding": "br"}, 415, "gzip, zstd or identity"),
        ({"content_length": str(MAX_BODY_BYTES + 1)}, 413, "smaller parts"),
        ({"content_length": "many"}, 400, "length in bytes"),
        ({"path": "/ingest/odd", "token": "tcs_in_odd"}, 500, "is not a format"),
    ],
)
def test_a_refusal_says_what_to_do(intake: Intake, options: dict[str, Any], status: int, word: str) -> None:
    """The status, and a sentence with the way out; nothing is stored."""
    reply = intake.post(RECORD, **options)
    assert reply.status == status
    assert word in reply.content["reason"]
    assert reply.headers["content-type"] == "application/json"
    assert intake.input.held_bytes == 0


def test_refusals_carry_the_headers_of_their_status(intake: Intake) -> None:
    """405 has Allow, 401 has WWW-Authenticate, 415 has Accept-Encoding."""
    assert intake.post(method="PUT").headers["allow"] == "POST"
    assert intake.post(token=None).headers["www-authenticate"].startswith("Bearer")
    assert "zstd" in intake.post(RECORD, content_encoding="br").headers["accept-encoding"]


def test_an_unauthorized_body_is_not_read(intake: Intake) -> None:
    """The refusal comes though the body never does."""
    assert intake.post(SILENCE, token="tcs_in_other").status == 401


def test_a_body_over_the_limit_is_refused_while_it_comes(make_intake: Any) -> None:
    """413 at the first byte too many, without Content-Length and before the body's end."""
    intake = make_intake(limits=Limits(body_bytes=100))
    assert intake.post(b"x" * 60, b"x" * 41, SILENCE).status == 413
    assert intake.post(RECORD).status == 200


def test_a_body_of_exactly_the_limit_is_taken(make_intake: Any) -> None:
    """The limit is the largest body, not the smallest refused one."""
    intake = make_intake(limits=Limits(body_bytes=len(RECORD)))
    assert intake.post(RECORD, content_length=str(len(RECORD))).status == 200


def test_a_sender_that_goes_away_changes_nothing(intake: Intake) -> None:
    """Half a body is no body: no answer, no record, no bytes held."""
    assert intake.send(RECORD, GONE, content_length="1000") is None
    assert intake.input.held_bytes == 0
    assert intake.post(RECORD).content["accepted"] == 1
    assert len(intake.rows()) == 1


@pytest.mark.parametrize("limits", [Limits(idle_s=0.05), Limits(body_s=0.05)])
def test_a_body_that_stops_coming_is_refused(make_intake: Any, limits: Limits) -> None:
    """408 after the longest wait for a byte, or for the whole body, and the connection is closed."""
    reply = make_intake(limits=limits).post(RECORD, SILENCE)
    assert reply.status == 408
    assert "stopped coming" in reply.content["reason"]
    assert reply.headers["connection"] == "close"


def test_more_bytes_than_may_wait_are_refused_for_now(make_intake: Any) -> None:
    """503 with Retry-After 1 while others' bodies are held, 200 when they are done."""
    intake = make_intake(limits=Limits(budget_bytes=64 * 1024), commit_interval_s=0.3)

    async def crowd() -> list[int]:
        replies = await asyncio.gather(*(intake.exchange([RECORD]) for _ in range(8)))
        assert all(reply.headers.get("retry-after") == "1" for reply in replies if reply.status == 503)
        return sorted(reply.status for reply in replies)

    assert asyncio.run(crowd()) == [200] * 4 + [503] * 4
    assert intake.input.held_bytes == 0
    assert len(intake.rows()) == 4


def test_a_store_that_refuses_is_answered_503(make_intake: Any, tmp_path: Any) -> None:
    """The reason is given, nothing is acknowledged, and the sender is told when to come back."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "web").write_text("a file where the table's folder should be")
    intake = make_intake()
    reply = intake.post(RECORD)
    assert reply.status == 503
    assert reply.headers["retry-after"] == "5"
    assert "nothing of this body was acknowledged" in reply.content["reason"]
    assert stat.S_ISREG((tmp_path / "events" / "web").stat().st_mode)


def test_after_closing_nothing_more_is_taken(intake: Intake) -> None:
    """What was acknowledged is there; a later body is refused, not lost silently."""
    assert intake.post(RECORD).status == 200
    intake.input.close()
    reply = intake.post(RECORD)
    assert reply.status == 503
    assert "the server is stopping" in reply.content["reason"]
    assert len(intake.rows()) == 1
