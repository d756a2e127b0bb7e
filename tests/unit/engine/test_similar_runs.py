"""Runs: what is alike is found however posts are spread over them; and the labelled set."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle.similar import is_alike
from tests.same_messages import MESSAGES, pairs

from tocsin.engine.similar_letters import read_letters
from tocsin.engine.similar_runs import (
    FOUND,
    Posts,
    Run,
    add_run,
    equal_bytes,
    find_alike,
    hash_groups,
    hash_nodes,
    hash_signs,
    make_run,
    pieces_of,
    spread,
    width,
    without,
)
from tocsin.engine.similar_signs import SIZE, lengths, sign

TEXTS = st.lists(st.sampled_from([*MESSAGES, *(message[9:] for message in MESSAGES[:4])]), min_size=1, max_size=12)


def run_of(texts: list[str], first: int = 0) -> Run:
    """A run of posts, the first at second ``first``."""
    signs = sign(read_letters(pa.array(texts, pa.string())))
    groups = hash_groups(["[]"] * len(texts))
    zeros = np.zeros(len(texts), np.int64)
    numbers = np.arange(first, first + len(texts))
    said = pa.table({"text": pa.array(texts), "actor": pa.array(["a"] * len(texts))})
    nodes = hash_nodes(hash_signs(signs), groups)
    posts = Posts(nodes, numbers, numbers.astype(np.uint64), zeros.view(np.uint64), zeros, zeros, said)
    return make_run(posts, signs, groups, width(0.8))


def alike_texts(asked: Run, runs: tuple[Run, ...]) -> set[tuple[str, str]]:
    """Every pair of an asked text and one in ``runs`` that are found to be nearly the same."""
    found = set()
    for run in runs:
        for part in find_alike(run, asked.index, asked.signs, 0.8, is_own=False):
            for one, two in zip(part.asked.tolist(), part.node.tolist(), strict=True):
                mine = asked.posts.said["text"].to_pylist()[asked.starts[one] : asked.starts[one + 1]]
                theirs = run.posts.said["text"].to_pylist()[run.starts[two] : run.starts[two + 1]]
                found |= {(a, b) for a in mine for b in theirs}
    return found


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6), TEXTS, st.integers(0, 30))
def test_what_is_alike_is_found_in_any_runs(batches: list[list[str]], asked: list[str], cut: int) -> None:
    """The pairs are those of comparing everything, also after old posts are dropped."""
    runs: tuple[Run, ...] = ()
    for place, batch in enumerate(batches):
        runs = add_run(runs, run_of(batch, place * 12))
    kept = tuple(run for each in runs if (run := without(each, cut)) is not None)
    texts = {text for p, batch in enumerate(batches) for n, text in enumerate(batch) if p * 12 + n >= cut}
    assert alike_texts(run_of(asked), kept) == {(a, b) for a in asked for b in texts if is_alike(a, b, 0.8)}


def test_there_are_few_runs() -> None:
    """Each is at least twice as long as the next."""
    runs: tuple[Run, ...] = ()
    for number in range(40):
        runs = add_run(runs, run_of(["a text of its own"], number))
    assert sum(map(len, runs)) == 40
    assert len(runs) <= 6


@pytest.mark.parametrize(("at_least", "recall"), [(0.6, 0.97), (0.7, 0.96), (0.8, 0.92)])
def test_the_labelled_set_is_told_apart(at_least: float, recall: float) -> None:
    """Nothing that is not the same is taken for it, and nearly all that is."""
    labelled = pairs(seed=7, each=30)
    texts = [text for pair in labelled for text in (pair.one, pair.two)]
    letters = read_letters(pa.array(texts, pa.string()))
    is_long = (lengths(letters) >= 40).reshape(-1, 2).all(axis=1).tolist()
    found = [is_alike(pair.one, pair.two, at_least) and long for pair, long in zip(labelled, is_long, strict=True)]
    wrong = [pair for pair, hit in zip(labelled, found, strict=True) if hit and not pair.is_same]
    assert wrong == []
    right = sum(hit and pair.is_same for pair, hit in zip(labelled, found, strict=True))
    assert right >= recall * sum(pair.is_same for pair in labelled)


def test_a_variant_is_another_text() -> None:
    """The set would prove nothing if its variants were copies."""
    labelled = [pair for pair in pairs(seed=7, each=30) if pair.is_same]
    assert sum(pair.one == pair.two for pair in labelled) == 0


@pytest.mark.parametrize("at_least", [0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
def test_sketches_are_as_wide_as_they_may_be(at_least: float) -> None:
    """So that of the pairs at the limit nearly all share one, and of others few."""
    size = width(at_least)
    assert 1 - (1 - at_least**size) ** (SIZE // size) >= FOUND
    assert equal_bytes(at_least) <= SIZE


def test_pieces_cover_everything_once() -> None:
    """Whatever the sizes, also ones over the limit."""
    sizes = np.array([3, 9, 1, 1, 0, 20, 2])
    parts = [list(range(len(sizes)))[part] for part in pieces_of(sizes, 5)]
    assert [place for part in parts for place in part] == list(range(7))
    assert all(len(part) == 1 or sizes[part].sum() <= 5 for part in parts)


def test_ranges_are_spread() -> None:
    """Every place with its range; an empty one has none."""
    owner, place = spread(np.array([4, 7, 7]), np.array([6, 7, 8]))
    assert (owner.tolist(), place.tolist()) == ([0, 0, 2], [4, 5, 7])
