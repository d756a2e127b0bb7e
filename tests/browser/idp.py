"""An OpenID Connect provider on the loopback: it says of everybody that they are the one it was told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit


class Provider:
    """Its address, and whom it will say the next visitor is."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.person: dict[str, object] = {}

    def answer(self, path: str) -> dict[str, object]:
        """What it answers at ``path``."""
        if path == "/userinfo":
            return self.person
        if path == "/token":
            return {"access_token": "a", "token_type": "Bearer"}
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"} | {
            f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in names.items()
        }


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    made = Provider(server.server_address[1])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/authorize":
                asked = parse_qs(address.query)
                back = urlencode({"code": "c", "state": asked["state"][0]})
                self.send_response(302)
                self.send_header("Location", f"{asked['redirect_uri'][0]}?{back}")
                self.end_headers()
                return
            body = json.dumps(made.answer(address.path)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            return

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
