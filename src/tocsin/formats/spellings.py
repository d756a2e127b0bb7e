"""JSON values as they are spelled in the bytes → the texts that the slow way makes of them, distinct ones once."""

from typing import Final

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats.columns import to_text

Ints = npt.NDArray[np.int64]

_PLAIN: Final = r"\A(?:0|-?[1-9][0-9]{0,17}|true|false|\{\})\z"


def resolve_escapes(texts: pa.Array) -> tuple[Ints, pa.Array]:
    """The places of the insides of JSON strings that have escapes, and what those stand for.

    Raises: orjson.JSONDecodeError if one is none.
    """
    places = np.flatnonzero(pc.match_substring(texts, "\\").to_numpy(zero_copy_only=False))
    encoded = texts.take(pa.array(places)).dictionary_encode()
    joined = b'","'.join(encoded.dictionary.cast(pa.binary()).to_pylist())
    resolved = orjson.loads(b'["' + joined + b'"]') if len(places) else []
    return places, pa.array(resolved, pa.string()).take(encoded.indices)


def print_plain(values: pa.Array) -> tuple[Ints, pa.Array]:
    """Numbers, true, false, null and the like as the slow way prints them: the place of each among the distinct ones.

    Raises: orjson.JSONDecodeError if one is no JSON.
    """
    encoded = values.dictionary_encode()
    distinct, places = encoded.dictionary, encoded.indices.to_numpy()
    is_odd = pc.invert(pc.match_substring_regex(distinct, _PLAIN)).to_numpy(zero_copy_only=False)
    if not is_odd.any():
        return places, distinct
    printed = distinct.to_pylist()
    for place in np.flatnonzero(is_odd).tolist():
        printed[place] = to_text(orjson.loads(printed[place]))
    return places, pa.array(printed, pa.string())
