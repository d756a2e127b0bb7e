"""`tocsin serve`: everything on this machine.

1. Check what would make a start useless: the port, the rule folders, the data folder.
2. Start the processes; each has a pipe as its standard input, which ends when this one ends, however.
3. Say where the console is once it answers.
4. For ever: a process that ended is started again, after a pause that grows while it keeps ending.
5. On Ctrl-C or SIGTERM: stop all of them, and wait.
"""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

import typer

from tocsin.cli.database import ready
from tocsin.cli.run import SUPERVISED, Process, stop_on_signals
from tocsin.conf.chosen import options
from tocsin.kernel.errors import ConfigError

MEMORY = {"ARROW_DEFAULT_MEMORY_POOL": "jemalloc", "MALLOC_ARENA_MAX": "2"}
"""For allocators that give back what a burst took (measured: 90 MB less over four processes)."""

STOP_WITHIN_S = 15.0
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0


@dataclass(slots=True)
class Child:
    """A process, and when to start it again if it ended."""

    name: Process
    process: "subprocess.Popen[bytes]"
    started_at: float
    pause_s: float = 1.0
    start_at: float | None = None


def serve(
    welcome: bool = typer.Option(False, "--welcome", help="Play the drill first where nothing was ever received."),
) -> None:
    """Run everything on this machine: the console, the HTTP input, detection and notifications."""
    check_start()
    ready()
    from tocsin.apps.notify.channels import ensure_owner_channel

    ensure_owner_channel(options())
    stop = stop_on_signals()
    children = [_start(name) for name in Process]
    try:
        if _wait_until_serving(children, stop):
            _greet()
            drill = _start_drill() if welcome and _is_empty() else None
            _supervise(children, stop)
            if drill and drill.poll() is None:
                drill.terminate()
                drill.wait()
    finally:
        _stop(children)
    typer.secho("Tocsin has stopped. What was acknowledged is safe; a next start goes on from here.", err=True)


def check_start() -> None:
    """Raise ConfigError for what would make a start useless."""
    for path in options().rule_paths:
        if not path.is_dir():
            raise ConfigError(f"the rule folder {path} does not exist; create it, or set TOCSIN_RULES to one that does")
    family = socket.AF_INET6 if ":" in options().host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options().host, options().port))
        except OSError as error:
            raise ConfigError(
                f"cannot listen on {options().listen} ({error.strerror}); stop the program that uses it, "
                "or set TOCSIN_LISTEN to another host:port"
            ) from error


def _start(name: Process) -> Child:
    process = subprocess.Popen(
        [sys.executable, "-m", "tocsin", "run", name],
        stdin=subprocess.PIPE,
        env={**MEMORY, **os.environ, SUPERVISED: "1"},
        # Ctrl-C reaches this process alone, which then stops the others in order.
        start_new_session=True,
    )
    return Child(name, process, time.monotonic())


def _wait_until_serving(children: list[Child], stop: threading.Event) -> bool:
    """True when the console answers; False when it is to stop before that."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options().host, options().host)
    host = f"[{host}]" if ":" in host else host
    url = f"http://{host}:{options().port}/healthz"
    while not stop.wait(0.05):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            _restart_ended(children)
    return False


def _greet() -> None:
    from tocsin.apps.accounts.links import has_signed_in, issue_link

    base = options().base_url
    typer.secho(f"\nTocsin is ready: {base}", bold=True)
    if has_signed_in():
        typer.echo("A new sign-in link: tocsin signin")
    else:
        typer.echo(f"Sign in (once, within an hour): {base}{issue_link(options().owner)}")
    typer.echo(f"Data: {options().data}   Stop: Ctrl-C\n")


def _is_empty() -> bool:
    from tocsin.apps.audit.drain import SOURCE
    from tocsin.apps.intake.models import Source

    return not Source.objects.exclude(name=SOURCE).exists()


def _start_drill() -> "subprocess.Popen[bytes]":
    typer.echo("Nothing has been received yet, so here is a drill: an incident to look at.")
    return subprocess.Popen([sys.executable, "-m", "tocsin", "drill", "--at", "once"], stdin=subprocess.DEVNULL)


def _supervise(children: list[Child], stop: threading.Event) -> None:
    while not stop.wait(0.2):
        _restart_ended(children)


def _restart_ended(children: list[Child]) -> None:
    for place, child in enumerate(children):
        if child.start_at is not None:
            if time.monotonic() >= child.start_at:
                children[place] = _start(child.name)
                children[place].pause_s = child.pause_s
        elif child.process.poll() is not None:
            _plan_restart(child)


def _plan_restart(child: Child) -> None:
    is_steady = time.monotonic() - child.started_at > STEADY_AFTER_S
    pause_s = 1.0 if is_steady else child.pause_s
    child.start_at = time.monotonic() + pause_s
    child.pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
    typer.secho(
        f"tocsin: {child.name} ended with status {child.process.returncode}; starting it again in {pause_s:.0f} s",
        err=True,
        fg="red",
    )


def _stop(children: list[Child]) -> None:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + STOP_WITHIN_S
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()
