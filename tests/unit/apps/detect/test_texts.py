"""Text as a database may hold it."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.apps.detect.texts import storable


@given(st.text(), st.integers(1, 20))
def test_text_is_kept_or_cut_where_it_is_seen(text: str, characters: int) -> None:
    """Without NUL and never longer than allowed; what fits is kept as it is, what is cut ends in an ellipsis."""
    kept = storable(text, characters)
    assert "\x00" not in kept
    assert len(kept) <= characters
    assert kept == text.replace("\x00", "\ufffd") if len(text) <= characters else kept.endswith("…")
