"""What is kept of a rule about what is nearly the same: posts with their signs, and which thread they are in.

A segment is two Arrow streams: the posts of a batch, and earlier posts that are in another thread since then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa

from tocsin.engine.episodes import Episode
from tocsin.engine.similar_runs import (
    SAID,
    Posts,
    Run,
    Said,
    concat_posts,
    hash_groups,
    hash_nodes,
    hash_signs,
    make_run,
    no_posts,
    signs_of,
    width,
    without,
)
from tocsin.engine.similar_signs import SIZE, Signs
from tocsin.engine.state import Groups, RuleState
from tocsin.engine.windows import Ints
from tocsin.rules.model import Similar

_TEXTS: Final = pa.dictionary(pa.int32(), pa.string())
_POSTS: Final = pa.schema(
    [
        ("group", _TEXTS),
        ("time", pa.int64()),
        ("event", pa.uint64()),
        ("actor", pa.uint64()),
        ("thread", pa.int64()),
        ("sign", pa.binary(SIZE)),
        *((f"said_{name}", pa.string()) for name in SAID),
    ]
)
_MOVED: Final = pa.schema([("id", pa.uint64()), ("thread", pa.int64())])


def encode_said(said: Said, groups: Groups) -> bytes:
    """A segment."""
    codes, places = np.unique(said.posts.group, return_inverse=True)
    texts = pa.array([groups.texts[code] for code in codes.tolist()], pa.string())
    signs = np.ascontiguousarray(said.signs)
    posts = said.posts
    columns = [
        pa.DictionaryArray.from_arrays(pa.array(places.reshape(-1).astype(np.int32)), texts),
        *(posts.time, posts.event, posts.actor, posts.thread),
        pa.FixedSizeBinaryArray.from_buffers(pa.binary(SIZE), len(posts), [None, pa.py_buffer(signs)]),
        *(posts.said[name].combine_chunks() for name in SAID),
    ]
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    for schema, arrays in ((_POSTS, columns), (_MOVED, [said.ids, said.threads])):
        with pa.ipc.new_stream(sink, schema, options=options) as writer:
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    return bytes(sink.getvalue())


def whole(state: RuleState) -> Said:
    """All of ``state`` as one segment's content."""
    posts = concat_posts(no_posts(), *(run.posts for run in state.runs))
    signs = np.concatenate([np.empty((0, SIZE), np.uint8), *(signs_of(run) for run in state.runs)])
    none = np.empty(0, np.int64)
    return Said(posts, signs, none.view(np.uint64), none, int(posts.time.max()) if len(posts) else 0)


def restore_similar(similar: Similar, segments: Iterable[bytes], episodes: Iterable[Episode]) -> RuleState:
    """The state that ``segments``, in the order in which they were kept, and the alerts' ``episodes`` describe."""
    groups = Groups()
    posts, signs, moved = [no_posts()], [np.empty((0, SIZE), np.uint8)], []
    for segment in segments:
        read, sign, change = _decode(segment, groups)
        posts.append(read)
        signs.append(sign)
        moved.append(change)
    every = concat_posts(*posts)
    every = replace(every, thread=_moved(every, moved))
    by_group: dict[str, tuple[Episode, ...]] = {}
    for episode in episodes:
        by_group[episode.group] = (*by_group.get(episode.group, ()), episode)
    if not len(every):
        return RuleState(groups, episodes=by_group)
    hashes = hash_groups(groups.texts)[every.group]
    run = make_run(every, np.concatenate(signs), hashes, width(similar.at_least))
    return RuleState(groups, episodes=by_group, runs=(run,))


def _decode(segment: bytes, groups: Groups) -> tuple[Posts, Signs, pa.Table]:
    reader = pa.BufferReader(segment)
    with pa.ipc.open_stream(reader) as stream:
        table = stream.read_all().combine_chunks()
    with pa.ipc.open_stream(reader) as stream:
        moved = stream.read_all()
    group = table["group"].combine_chunks()
    codes = groups.encode(group.dictionary.to_pylist())[group.indices.to_numpy()]
    signs = np.frombuffer(table["sign"].combine_chunks().buffers()[1], np.uint8)[: table.num_rows * SIZE]
    signs = signs.reshape(table.num_rows, SIZE)
    time, event, actor, thread = (table[name].to_numpy() for name in ("time", "event", "actor", "thread"))
    said = pa.table({name: table[f"said_{name}"] for name in SAID})
    nodes = hash_nodes(hash_signs(signs), hash_groups(groups.texts)[codes]) if len(codes) else event
    return Posts(nodes, time, event, actor, codes, thread, said), signs, moved


def _moved(posts: Posts, moved: list[pa.Table]) -> Ints:
    """The thread of each post after all changes, the latest one counting."""
    thread = posts.thread.copy()
    ids = posts.id
    order = np.argsort(ids)
    for change in moved:
        changed = change["id"].to_numpy()
        if len(changed) and len(ids):
            at = np.minimum(np.searchsorted(ids[order], changed), len(ids) - 1)
            is_there = ids[order[at]] == changed  # what is gone is older than anything needs
            thread[order[at[is_there]]] = change["thread"].to_numpy()[is_there]
    return thread


def prune_similar(state: RuleState, cut_us: int) -> RuleState:
    """``state`` without what lies before ``cut_us``."""
    runs = [kept for run in state.runs if (kept := without(run, cut_us)) is not None]
    groups, runs = _regrouped(state.groups, runs)
    episodes: Mapping[str, tuple[Episode, ...]] = {
        group: alive
        for group, known in state.episodes.items()
        if (alive := tuple(episode for episode in known if episode.last_us >= cut_us))
    }
    return RuleState(groups, episodes=episodes, judged_us=state.judged_us, runs=tuple(runs))


def _regrouped(old: Groups, runs: list[Run]) -> tuple[Groups, list[Run]]:
    """The groups of which something is left, with codes of their own."""
    used = np.unique(np.concatenate([np.empty(0, np.int64), *(run.posts.group for run in runs)]))
    groups = Groups()
    codes = np.zeros(len(old.texts), np.int64)
    codes[used] = groups.encode(old.texts[code] for code in used.tolist())
    return groups, [replace(run, posts=replace(run.posts, group=codes[run.posts.group])) for run in runs]
