"""The letters by which a text is compared."""

import pyarrow as pa
import pytest

from tocsin.engine.similar_letters import MAX_CHARACTERS, read_letters


def letters(text: str) -> str:
    """Those of one text."""
    (found,) = read_letters(pa.array([text], pa.string())).to_pylist()
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "Meet at noon",
        "MEET   AT\n\tNOON!!!",
        "m e e t at noon 🔥",
        "meet at 12 noon, 3.50 €",
        "mееt аt nооn",  # Cyrillic е, а and о
        "ｍｅｅｔ at noon",  # full-width
        "𝐦𝐞𝐞𝐭 at noon",  # mathematical bold
        "me\u200bet a\u00adt no\ufeffon",
        "méët ât nöon",
        "meet at noon https://a.example/x?meet=2",
        "meet @somebody at noon someone@mail.example",
        "meet at noon bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "meet at noon 0x52908400098527886E0F7030069857D2E4169EE7",
    ],
)
def test_what_can_be_varied_is_taken_away(text: str) -> None:
    """Case, spacing, marks, digits, look-alikes, unseen characters, accents, links, mentions and wallets."""
    assert letters(text) == "meetatnoon"


def test_scripts_keep_their_letters() -> None:
    """What looks like no Latin letter stays what it is."""
    assert letters("再配達 の 日時！") == "再配達の日時"
    assert letters("ДА ЖЕ") == letters("да же")


def test_a_text_may_have_none() -> None:
    """Digits and emoji alone say nothing that is compared."""
    assert letters("12:30 🎉🎉") == ""


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    """A bound on what one text costs."""
    assert len(letters("a" * 10 * MAX_CHARACTERS)) == MAX_CHARACTERS
