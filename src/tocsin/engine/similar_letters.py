"""What is left of a text when all is taken away that can be varied without saying anything else.

Case, accents, spacing, punctuation, emoji, digits, links, mail addresses, mentions and wallet addresses go; letters
that look like a Latin one become it. Two texts are compared by the letters that remain.

Source: Unicode Standard Annex 15 (NFKD). The look-alikes are the letters of Cyrillic, Greek, Armenian, Cherokee and
the phonetic alphabet that a reader takes for Latin ones; `docs/similar.md`.
"""

import unicodedata
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

MAX_CHARACTERS: Final = 2_000
"""Of a text that are looked at."""
_IN_PLACE_OF: Final = {
    "a": "аАαΑɑᴀᗅꓮ",
    "b": "вВβΒʙᏴᖯƄ",
    "c": "сСϲϹᴄᏟⲥ",
    "d": "ԁԀᴅᎠɗ",
    "e": "еЕёЁεΕᴇᎬҽ",
    "f": "ғϝꜰƒ",
    "g": "ɡɢԌᏀց",
    "h": "нНһΗʜᎻհ",
    "i": "іІїЇιΙıɪӏӀɩ",
    "j": "јЈϳᴊᎫ",
    "k": "кКκΚᴋᏦқҚ",
    "l": "ⅼʟᏞ∣ǀ",
    "m": "мМΜᴍᎷ",
    "n": "пПηΝɴռո",
    "o": "оОοΟσᴏօՕᲝө",
    "p": "рРρΡᴘᏢ",
    "q": "ԛԚզ",
    "r": "гГʀᎡᴦ",
    "s": "ѕЅꜱᏚ",
    "t": "тТτΤᴛᎢ",
    "u": "υսᴜʋцЦ",
    "v": "νѵѴᴠᏙ",
    "w": "ԝԜωшШᴡᎳ",
    "x": "хХχΧҳ",
    "y": "уУγΥүҮʏ",
    "z": "ΖᴢᏃʐ",
}
_LINKS: Final = (
    r"https?://\S*|www\.\S+|[\w.-]+\.[a-z]{2,}/\S*|\S*@\S+"
    r"|[0-9a-z]*[0-9][0-9a-z]{12,}|[0-9a-z]{12,}[0-9][0-9a-z]*"
)
"""Links, mail addresses and mentions; long tokens with a digit, as the addresses of wallets are."""
_NO_LETTERS: Final = r"[^\p{L}]+"


class _LookAlikes(dict[int, str | None]):
    """For `str.translate`: what a character becomes. One that is not seen by itself becomes nothing."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        is_unseen = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf", "Cc", "Cs", "Co"}
        is_space = character.isspace()
        self[code] = " " if is_space else None if is_unseen else character
        return self[code]


_TABLE: Final = _LookAlikes({ord(each): latin for latin, alike in _IN_PLACE_OF.items() for each in alike})


def read_letters(texts: pa.StringArray) -> pa.StringArray:
    """The letters by which each of ``texts`` is compared; a text may have none."""
    texts = pc.utf8_slice_codeunits(texts, 0, MAX_CHARACTERS)
    is_plain = pc.string_is_ascii(texts)
    if not pc.all(is_plain).as_py():
        strange = texts.filter(pc.invert(is_plain)).to_pylist()
        unmasked = pa.array([_unmask(text) for text in strange], pa.string())
        texts = pc.replace_with_mask(texts, pc.invert(is_plain), unmasked)
    without_links = pc.replace_substring_regex(pc.utf8_lower(texts), _LINKS, " ")
    return pc.replace_substring_regex(without_links, _NO_LETTERS, "")


def _unmask(text: str) -> str:
    return unicodedata.normalize("NFKD", text).translate(_TABLE)
