"""An array's elements are found without being read."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tocsin.formats.elements import max_depth, split_array

values = st.recursive(
    st.none() | st.integers() | st.text(alphabet='a"\\[]{},:é\n', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a"\\]', max_size=2), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(values), st.sampled_from([None, 2]))
def test_the_elements_are_those_that_a_json_reader_finds(elements: list, indent: int | None) -> None:
    """Whatever strings hold, and however the array is laid out."""
    body = split_array(json.dumps(elements, indent=indent).encode())
    assert [json.loads(body[row]) for row in range(len(body))] == elements


@given(values)
def test_the_depth_is_that_of_the_value(value: object) -> None:
    """Brackets in strings do not count."""

    def depth(each: object) -> int:
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else None
        return 0 if inner is None else 1 + max(map(depth, inner), default=0)

    assert max_depth(json.dumps(value).encode()) == depth(value)


def test_an_array_that_is_cut_off_gives_its_whole_elements_and_the_rest() -> None:
    """The last element lacks its end and is still there to be rejected."""
    body = split_array(b'[{"a":1},{"b":')
    assert [body[row] for row in range(len(body))] == [b'{"a":1}', b'{"b":']


def test_what_follows_the_end_of_the_array_is_an_element_more() -> None:
    """Nothing of a body disappears."""
    body = split_array(b"[1] [2]")
    assert [body[row] for row in range(len(body))] == [b"1", b"[2]"]
