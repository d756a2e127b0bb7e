"""The garbage collector, paused."""

import gc

import pytest

from tocsin.kernel.collector import paused_collector


def test_the_collector_is_off_inside_and_on_again_after() -> None:
    """After an error as well."""
    with pytest.raises(ValueError, match="x"), paused_collector():
        assert not gc.isenabled()
        raise ValueError("x")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    """It is not ours to turn on."""
    gc.disable()
    try:
        with paused_collector():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
