"""A real Tocsin for scenario tests: its processes, a data folder of its own, a port that the system chose."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

import httpx

BIN = [sys.executable, "-m", "tocsin"]


def free_port() -> int:
    """A loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`tocsin serve`, or its processes one by one, over one data folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")},
            "TOCSIN_DATA": str(folder / "data"),
            "TOCSIN_LISTEN": f"127.0.0.1:{self.port}",
            "PYTHONUNBUFFERED": "1",
            **settings,
        }
        self.env.pop("DATABASE_URL", None) if "DATABASE_URL" not in settings else None
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.log = folder / "log.txt"

    @property
    def url(self) -> str:
        """The console's address."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start ``tocsin ARGUMENTS`` in the background, its output in the log."""
        with self.log.open("ab") as log:
            process = subprocess.Popen([*BIN, *arguments], env=self.env, cwd=self.folder, stdout=log, stderr=log)
        self.processes[" ".join(arguments)] = process
        return process

    def serve(self, *arguments: str) -> Self:
        """Start `tocsin serve` and wait until it serves."""
        self.start("serve", *arguments)
        self.wait_until_serving()
        return self

    def wait_until_serving(self) -> None:
        """Wait for /healthz."""

        def answers() -> bool:
            try:
                return httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200
            except httpx.TransportError:
                return False

        wait_for(answers, 60, f"{self.url}/healthz did not answer:\n{self.output()}")

    def run(self, *arguments: str, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Run ``tocsin ARGUMENTS`` to its end."""
        return subprocess.run(
            [*BIN, *arguments],
            env=self.env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def token(self, source: str, *arguments: str) -> str:
        """A new ingest token for ``source``."""
        done = self.run("token", "create", "--source", source, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip().splitlines()[-1]

    def send(self, source: str, token: str, events: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """POST ``events``, trying again until they are acknowledged, as a client should."""
        body = b"\n".join(json.dumps(event).encode() for event in events)
        headers = {"Authorization": f"Bearer {token}"}
        deadline = time.monotonic() + 60
        while True:
            try:
                answer = httpx.post(f"{self.url}/ingest/{source}", content=body, headers=headers, timeout=30)
                if answer.status_code == 200:
                    result: dict[str, Any] = answer.json()
                    return result
                assert answer.status_code >= 500, answer.text
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, f"not acknowledged within 60 s:\n{self.output()}"
            time.sleep(0.1)

    def alerts(self) -> list[dict[str, Any]]:
        """What `tocsin alerts` lists."""
        done = self.run("alerts", "--output", "ndjson")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def wait_for_alerts(
        self, is_enough: Callable[[list[dict[str, Any]]], bool], timeout_s: float = 30
    ) -> list[dict[str, Any]]:
        """The alerts, once ``is_enough`` holds for them."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            found[:] = self.alerts()
            return is_enough(found)

        wait_for(enough, timeout_s, lambda: f"alerts were {found}\n{self.output()}")
        return found

    def stop(self, *arguments: str, number: int = signal.SIGTERM) -> int:
        """Signal a process started as ``arguments`` and wait for its end; returns its status."""
        process = self.processes[" ".join(arguments)]
        process.send_signal(number)
        return process.wait(30)

    def output(self) -> str:
        """The newest part of what all processes printed."""
        return self.log.read_text(errors="replace")[-6000:] if self.log.exists() else ""


def wait_for(condition: Callable[[], bool], timeout_s: float, failure: str | Callable[[], str]) -> None:
    """Wait until ``condition`` holds, or fail the test."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, failure() if callable(failure) else failure
        time.sleep(0.1)
