"""A small S3 on loopback, for tests: objects in memory, the requests that delta-rs makes, conditional writes.

It runs in a process of its own: delta-rs's file system keeps Python's lock while it waits for an answer.
"""

import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.synchronize import Event
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True)
class Bucket:
    """A bucket that answers on ``port``; while ``is_denying`` is set, it answers 403."""

    port: int
    is_denying: Event

    @property
    def options(self) -> dict[str, str]:
        """What a store needs to reach it."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }


@contextmanager
def serve_bucket() -> Iterator[Bucket]:
    """A bucket that answers until the block ends."""
    spawn = multiprocessing.get_context("spawn")
    ports, is_denying = spawn.SimpleQueue(), spawn.Event()
    process = spawn.Process(target=_serve, args=(ports, is_denying), daemon=True)
    process.start()
    try:
        yield Bucket(ports.get(), is_denying)
    finally:
        process.terminate()
        process.join()


def _serve(ports, is_denying) -> None:
    server = _Server(is_denying)
    ports.put(server.server_address[1])
    server.serve_forever()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, is_denying):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.lock = threading.Lock()
        self.is_denying = is_denying

    def handle_error(self, request, client_address):
        """A client may hang up in the middle of an answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Server

    def log_message(self, *_):
        """Say nothing."""

    def parse_request(self):
        """Split the address once, for every method."""
        if not super().parse_request():
            return False
        url = urlsplit(self.path)
        self.key = unquote(url.path).lstrip("/").partition("/")[2]
        self.query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.server.is_denying.is_set():
            self._answer(403, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
            return False
        return True

    def do_GET(self):
        """An object, a range of one, or a listing."""
        if "list-type" in self.query:
            return self._list()
        found = self.server.objects.get(self.key)
        if found is None:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        content, written_at = found
        headers = {"ETag": _tag(content), "Last-Modified": format_datetime(written_at, usegmt=True)}
        wanted = self.headers.get("Range", "")
        if not wanted.startswith("bytes="):
            return self._answer(200, content, headers)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(0, len(content) - int(last))
        end = min(int(last), len(content) - 1) if first and last else len(content) - 1
        headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
        return self._answer(206, content[start : end + 1], headers)

    do_HEAD = do_GET

    def do_PUT(self):
        """Write an object (only where there is none, if asked so), or a part of an upload."""
        with self.server.lock:
            if "uploadId" in self.query:
                self.server.uploads[self.query["uploadId"]][int(self.query["partNumber"])] = self.body
            elif self.headers.get("If-None-Match") == "*" and self.key in self.server.objects:
                return self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
            else:
                self._store(self.body)
        return self._answer(200, b"", {"ETag": _tag(self.body)})

    def do_POST(self):
        """Begin or complete an upload, or remove several objects."""
        with self.server.lock:
            if "uploads" in self.query:
                upload = str(len(self.server.uploads))
                self.server.uploads[upload] = {}
                answer = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
            elif "delete" in self.query:
                keys = [
                    each.text or "" for each in ElementTree.fromstring(self.body).iter() if each.tag.endswith("Key")
                ]
                for key in keys:
                    self.server.objects.pop(key, None)
                gone = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
                answer = f"<DeleteResult>{gone}</DeleteResult>"
            else:
                parts = self.server.uploads.pop(self.query["uploadId"])
                self._store(b"".join(parts[number] for number in sorted(parts)))
                answer = "<CompleteMultipartUploadResult><ETag>done</ETag></CompleteMultipartUploadResult>"
        self._answer(200, answer.encode())

    def do_DELETE(self):
        """Remove an object."""
        with self.server.lock:
            self.server.objects.pop(self.key, None)
        self._answer(204, b"")

    def _store(self, content: bytes) -> None:
        self.server.objects[self.key] = content, datetime.now(UTC)

    def _list(self) -> None:
        prefix, delimiter = self.query.get("prefix", ""), self.query.get("delimiter")
        after = self.query.get("start-after", "")
        rows, folders = [], set()
        for key, (content, written_at) in sorted(self.server.objects.items()):
            if not key.startswith(prefix) or key <= after:
                continue
            rest = key.removeprefix(prefix)
            if delimiter and delimiter in rest:
                folders.add(prefix + rest.partition(delimiter)[0] + delimiter)
                continue
            rows.append(
                f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size><ETag>{_tag(content)}</ETag>"
                f"<LastModified>{written_at:%Y-%m-%dT%H:%M:%S.%f}Z</LastModified></Contents>"
            )
        rows += [f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in sorted(folders)]
        listing = "".join(rows)
        self._answer(200, f'<ListBucketResult xmlns="{NAMESPACE}">{listing}</ListBucketResult>'.encode())

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)
        self.wfile.flush()


def _tag(content: bytes) -> str:
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'
