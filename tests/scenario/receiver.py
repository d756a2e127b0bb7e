"""A webhook receiver that remembers what it accepted."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Receiver(ThreadingHTTPServer):
    """Takes every message.

    Attributes:
        keys: how often each idempotency key came.
        counts: per alert the largest count that was told.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.keys: Counter[str] = Counter()
        self.counts: dict[int, int] = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.accept(self.headers["Idempotency-Key"], message)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/"

    def accept(self, key: str, message: dict[str, Any]) -> None:
        """Remember one message."""
        self.keys[key] += 1
        alert = message["alert"]
        self.counts[alert["id"]] = max(self.counts.get(alert["id"], 0), alert["count"])

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
