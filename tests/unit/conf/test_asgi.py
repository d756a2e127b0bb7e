"""The whole application through a real server: routes, bodies, refusals, and its end."""

import gzip
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
import zstandard

from tocsin.apps.intake.models import IngestToken, Source
from tocsin.conf.asgi import make_application
from tocsin.conf.options import options
from tocsin.kernel.ids import new_id
from tocsin.kernel.limits import MAX_BODY_BYTES
from tocsin.store.table import Store

pytestmark = pytest.mark.django_db(transaction=True)

RECORD = b'{"user":"ann"}\n'


@dataclass
class Site:
    """A server that serves, a source and its token."""

    server: uvicorn.Server
    thread: threading.Thread
    client: httpx.Client
    source: str
    secret: str

    @property
    def port(self) -> int:
        """Chosen by the system."""
        port: int = self.server.servers[0].sockets[0].getsockname()[1]
        return port

    def post(self, body: Any, **headers: str) -> httpx.Response:
        """Send a body."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/ingest/{self.source}", content=body, headers=names)

    def stop(self) -> None:
        """Stop the server as a signal does, and wait for it."""
        self.server.should_exit = True
        self.thread.join(30)
        assert not self.thread.is_alive()

    def users(self) -> list[str | None]:
        """The durable records."""
        commits = Store(options().events_uri).table(self.source).read(after_version=-1)
        return [row["user"] for commit in commits for row in commit.table.to_pylist()]

    def speak(self, *parts: bytes) -> bytes:
        """Send raw bytes on a connection; the first bytes of the answer, or none after half a body."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            for part in parts:
                connection.sendall(part)
            return connection.recv(65_536)


@pytest.fixture
def site() -> Iterator[Site]:
    """A server with the whole application on a free port."""
    source = Source.objects.create(name=f"web-{new_id()[-12:]}")
    secret = IngestToken.issue(source)
    server = uvicorn.Server(uvicorn.Config(make_application(), port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    client = httpx.Client(
        base_url=f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}",
        headers={"Authorization": f"Bearer {secret}"},
        timeout=30,
    )
    made = Site(server, thread, client, source.name, secret)
    yield made
    client.close()
    made.stop()


def test_ingest_and_the_console_are_one_server(site: Site) -> None:
    """Records are answered in JSON, everything else is Django's."""
    assert site.post(RECORD).json() == {"accepted": 1, "rejected": 0, "errors": []}
    assert site.client.get("/healthz").status_code == 200
    assert site.users() == ["ann"]


@pytest.mark.parametrize(
    ("compress", "encoding"), [(bytes, "identity"), (gzip.compress, "gzip"), (zstandard.compress, "zstd")]
)
def test_compressed_bodies_are_records_too(site: Site, compress: Any, encoding: str) -> None:
    """One commit, the records as they were before their compression."""
    reply = site.post(compress(RECORD * 3), content_encoding=encoding)
    assert (reply.status_code, reply.json()["accepted"]) == (200, 3)
    assert site.users() == ["ann"] * 3


def test_a_body_may_come_in_chunks(site: Site) -> None:
    """Without a length, cut in the middle of a record."""
    assert site.post(iter([RECORD[:5], RECORD[5:], RECORD])).json()["accepted"] == 2


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_a_cut_off_body_is_refused_whole(site: Site, compress: Any) -> None:
    """400, and not even its first records are stored."""
    encoding = "gzip" if compress is gzip.compress else "zstd"
    reply = site.post(compress(RECORD * 10_000)[:-6], content_encoding=encoding)
    assert reply.status_code == 400
    assert "cut off or damaged" in reply.json()["reason"]
    assert site.users() == []


@pytest.mark.parametrize("is_chunked", [True, False])
def test_a_body_over_the_limit_is_refused_and_the_connection_goes_on(site: Site, is_chunked: bool) -> None:
    """413 by its length or at the first byte too many; the next request on the connection is served."""
    size = MAX_BODY_BYTES + 1
    body = (b" " * (1 << 20) for _ in range(33)) if is_chunked else b" " * size
    reply = site.post(body)
    assert reply.status_code == 413
    assert "smaller parts" in reply.json()["reason"]
    assert site.post(RECORD).status_code == 200
    assert site.users() == ["ann"]


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_a_bomb_is_refused(site: Site, compress: Any) -> None:
    """413 for what is small as sent and 320 MB after."""
    encoding = "gzip" if compress is gzip.compress else "zstd"
    reply = site.post(compress(bytes(32_000_000)) * 10, content_encoding=encoding)
    assert reply.status_code == 413
    assert "after decompression" in reply.json()["reason"]


def test_a_sender_who_waits_for_leave_is_refused_before_the_body(site: Site) -> None:
    """With Expect: 100-continue no byte of a too large body is asked for."""
    head = (
        f"POST /ingest/{site.source} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {site.secret}\r\n"
        f"Expect: 100-continue\r\nContent-Length: {MAX_BODY_BYTES + 1}\r\n\r\n"
    )
    assert site.speak(head.encode()).startswith(b"HTTP/1.1 413 ")


def test_a_sender_that_goes_away_changes_nothing(site: Site) -> None:
    """Half a body is stored nowhere, and the server serves on."""
    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        head = f"POST /ingest/{site.source} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {site.secret}\r\n"
        connection.sendall(head.encode() + b"Content-Length: 1000\r\n\r\n" + RECORD)
    assert site.post(RECORD).status_code == 200
    assert site.users() == ["ann"]


def test_a_revoked_or_unknown_token_is_refused(site: Site) -> None:
    """401 in JSON, with the way to a token."""
    reply = site.post(RECORD, authorization="Bearer tcs_in_guess")
    assert reply.status_code == 401
    assert "tocsin token create" in reply.json()["reason"]


def test_a_wrong_method_or_path_is_refused(site: Site) -> None:
    """405 with Allow, 404 with a hint."""
    wrong_method = site.client.get(f"/ingest/{site.source}")
    assert (wrong_method.status_code, wrong_method.headers["allow"]) == (405, "POST")
    assert site.client.post("/ingest/").status_code == 404


def test_what_was_acknowledged_is_there_after_the_end(site: Site) -> None:
    """Stopping the server flushes; the records are found by another process's eyes."""
    assert site.post(RECORD * 100).json()["accepted"] == 100
    site.stop()
    assert len(site.users()) == 100
