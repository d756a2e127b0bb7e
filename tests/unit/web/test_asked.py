"""Texts from addresses."""

from tocsin.web.asked import storable


def test_nul_characters_are_left_out() -> None:
    """And nothing else is."""
    assert storable("a\x00b\x1b ü") == "ab\x1b ü"
