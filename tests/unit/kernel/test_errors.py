"""The one tree of errors."""

import inspect

import pytest

from tocsin.kernel import errors
from tocsin.kernel.errors import DeliveryError, InputError, TocsinError

ALL = [each for _, each in inspect.getmembers(errors, inspect.isclass)]


@pytest.mark.parametrize("error", ALL)
def test_every_error_is_of_the_tree_and_shows_its_message(error: type[TocsinError]) -> None:
    """Whoever catches TocsinError has a sentence for a person."""
    assert issubclass(error, TocsinError)
    assert str(error("the disk is full")) == "the disk is full"


def test_an_input_error_knows_its_status() -> None:
    """400 unless it says otherwise."""
    assert (InputError("x").status, InputError("x", status=413).status) == (400, 413)


def test_a_delivery_error_says_whether_and_when_to_try_again() -> None:
    """Again, whenever, unless it says otherwise."""
    error, final = DeliveryError("x"), DeliveryError("x", is_permanent=True, retry_after_s=2.5)
    assert (error.is_permanent, error.retry_after_s) == (False, None)
    assert (final.is_permanent, final.retry_after_s) == (True, 2.5)
