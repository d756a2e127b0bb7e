"""Receivers on loopback: a real SMTP server and a real HTTP server, obedient or broken as a test wants."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass(frozen=True)
class Request:
    """What an HTTP receiver got."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpReceiver:
    """Answers each POST with the next of ``answers``, the last one for ever.

    An answer is (status, headers, body), or a function that writes to the socket itself.
    """

    answers: list[Any] = field(default_factory=lambda: [(200, {}, b"ok")])
    requests: list[Request] = field(default_factory=list)
    on_request: Callable[[], None] = lambda: None
    url: str = ""
    stopped: threading.Event = field(default_factory=threading.Event)

    def next_answer(self) -> Any:
        """The answer for the request that came just now."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def http_receiver(*answers: Any, tls: ssl.SSLContext | None = None) -> Iterator[HttpReceiver]:
    """An HTTP server while the block runs."""
    receiver = HttpReceiver(answers=list(answers) or [(200, {}, b"ok")])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.requests.append(Request(self.path, dict(self.headers.items()), body))
            answer = receiver.next_answer()
            try:
                if callable(answer):
                    answer(self.wfile, receiver.stopped)
                else:
                    self._answer(*answer)
            except OSError:
                pass  # the client had enough, which some tests want
            self.close_connection = True
            receiver.on_request()

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Broken connections belong to the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    receiver.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}/hook/secret-path"
    try:
        yield receiver
    finally:
        receiver.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Mailbox:
    """What an SMTP receiver took, and how it answers."""

    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """By recipient, or ``DATA``: the answer instead of 250."""
    users: list[str] = field(default_factory=list)
    on_mail: Callable[[], None] = lambda: None
    port: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take or refuse the mail."""
        if "DATA" in self.answers:
            return self.answers["DATA"]
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.raw.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        self.on_mail()
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """One user and one password are right."""
        self.users.append(data.login.decode())
        is_right = (data.login, data.password) == (b"tocsin@example.com", b"p@ss:w/rd%")
        return AuthResult(success=is_right, handled=False)


@contextmanager
def smtp_receiver(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, is_auth_required: bool = False
) -> Iterator[Mailbox]:
    """An SMTP server while the block runs."""
    mailbox = Mailbox()
    loop = asyncio.new_event_loop()

    def factory() -> SMTP:
        return SMTP(
            mailbox,
            hostname="mail.test",
            loop=loop,
            tls_context=starttls,
            authenticator=mailbox.authenticate if is_auth_required else None,
            auth_required=is_auth_required,
            auth_require_tls=bool(starttls),
        )

    server = loop.run_until_complete(loop.create_server(factory, "127.0.0.1", 0, ssl=tls))
    mailbox.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield mailbox
    finally:
        asyncio.run_coroutine_threadsafe(_close(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _close(server: asyncio.Server) -> None:
    server.close()
    await server.wait_closed()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)


@contextmanager
def silent_server(greeting: bytes = b"") -> Iterator[int]:
    """A server that takes connections, says at most ``greeting``, and never answers; yields its port."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.02)

        def hold() -> None:
            held: list[socket.socket] = []
            while not stopped.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                held.append(connection)
                connection.sendall(greeting)
            for each in held:
                each.close()

        thread = threading.Thread(target=hold)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            stopped.set()
            thread.join()


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
