"""Processes by name."""

import socket
import subprocess
import sys

import pytest

from tocsin.kernel.processes import is_gone, this_process


def test_a_process_that_ended_is_gone() -> None:
    """And this one is not."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert is_gone(f"{socket.gethostname()}:{process.pid}")
    assert not is_gone(this_process())


@pytest.mark.parametrize("name", ["elsewhere:999999999", f"{socket.gethostname()}:1"])
def test_what_cannot_be_known_or_lives_is_not_gone(name: str) -> None:
    """A process of another machine, and one of another user."""
    assert not is_gone(name)


def test_nobody_is_gone() -> None:
    """What nobody holds is free."""
    assert is_gone("")
