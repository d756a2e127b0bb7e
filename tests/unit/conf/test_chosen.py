"""The settings as commands ask for them."""

from tocsin.conf import options as module
from tocsin.conf.chosen import options


def test_they_are_the_settings() -> None:
    """The same object, read once."""
    assert options() is module.options()
