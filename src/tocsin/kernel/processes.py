"""Processes by name, so that what a dead one held is free at once and need not lapse."""

import os
import socket


def this_process() -> str:
    """The name of this process: its machine and its id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_gone(name: str) -> bool:
    """Whether ``name`` was a process of this machine that lives no more; nothing is known of other machines."""
    host, _, pid = name.rpartition(":")
    if not name:
        return True
    if host != socket.gethostname():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
