"""`tocsin run NAME`: one of the processes that `tocsin serve` is made of, alone."""

import logging
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from enum import StrEnum

import typer

from tocsin.cli.database import ready
from tocsin.conf.chosen import options

SUPERVISED = "TOCSIN_SUPERVISED"
"""Set by `tocsin serve` for its processes: their standard input is a pipe that ends with it."""

UPKEEP_EVERY_S = 300.0
SHUTDOWN_S = 8

log = logging.getLogger("tocsin.run")


class Process(StrEnum):
    """The processes of Tocsin."""

    WEB = "web"
    COLLECT = "collect"
    DETECT = "detect"
    NOTIFY = "notify"


def run(name: Process = typer.Argument(help="Which process: web, collect, detect or notify.")) -> None:
    """Run one process alone, so that several machines can share a database and a bucket."""
    ready()
    if name is Process.WEB:
        _web()
        return
    stop = stop_on_signals()
    {Process.COLLECT: _collect, Process.DETECT: _detect, Process.NOTIFY: _notify}[name](stop)


def stop_on_signals() -> threading.Event:
    """An event that SIGINT, SIGTERM, or the end of the supervisor sets."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    _watch_supervisor(stop.set)
    return stop


def _watch_supervisor(on_end: Callable[[], object]) -> None:
    """Call ``on_end`` when the supervising process is gone, however it ended."""
    if os.environ.pop(SUPERVISED, ""):

        def wait() -> None:
            while os.read(0, 1024):
                pass
            on_end()

        threading.Thread(target=wait, name="supervisor", daemon=True).start()


def _give_memory_back() -> None:
    """Return what a batch took a fifth of a second after it is done: between bursts a server should be small."""
    import pyarrow as pa

    if pa.default_memory_pool().backend_name == "jemalloc":
        pa.jemalloc_set_decay_ms(200)


def _web() -> None:
    import uvicorn

    _give_memory_back()

    # Static files are small: that Django reads them before it sends them is no news to an operator.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    config = uvicorn.Config(
        "tocsin.conf.asgi:application",
        host=options().host,
        port=options().port,
        http="httptools",
        loop="uvloop",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    server = uvicorn.Server(config)

    def stop() -> None:
        server.should_exit = True

    _watch_supervisor(stop)
    server.run()


def _detect(stop: threading.Event) -> None:
    from tocsin.apps.audit.drain import run as carry_audit
    from tocsin.apps.detect.calendar import Calendars
    from tocsin.apps.detect.detector import run as detect
    from tocsin.conf.rules import rule_folders
    from tocsin.store.table import Store

    _give_memory_back()
    chosen = options()
    store = Store(chosen.events_uri)
    calendars = Calendars(chosen.timezone, chosen.country, chosen.special_days)
    # Here, where the store is loaded already: what people do must be in it before it can be ruled on.
    carrying = threading.Thread(target=carry_audit, args=(store, stop), name="audit")
    carrying.start()
    try:
        detect(store, rule_folders(), chosen.lateness_s, stop, calendars)
    finally:
        stop.set()
        carrying.join()


def _notify(stop: threading.Event) -> None:
    from tocsin.apps.notify.deliver import run as notify

    notify(stop, options())


def _collect(stop: threading.Event) -> None:
    """Upkeep now and then, each time in a process of its own: the memory it takes goes back with it."""
    while not stop.wait(UPKEEP_EVERY_S):
        upkeep = subprocess.Popen([sys.executable, "-m", "tocsin", "upkeep", "--quiet"], stdin=subprocess.DEVNULL)
        while upkeep.poll() is None and not stop.wait(0.5):
            pass
        if upkeep.poll() is None:
            upkeep.terminate()
        if upkeep.wait():
            log.error("upkeep ended with status %d; it is tried again in %d s", upkeep.returncode, UPKEEP_EVERY_S)
