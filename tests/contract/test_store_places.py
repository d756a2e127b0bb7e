"""What the store promises holds in a local folder and in a bucket alike."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.store.bucket import serve_bucket
from tests.unit.store.build import NOON, events, read_ids

from tocsin.kernel.errors import StoreError
from tocsin.store import search, upkeep
from tocsin.store.table import Progress, Store


@pytest.fixture(scope="module")
def bucket():
    """An S3 on loopback."""
    with serve_bucket() as server:
        yield server


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path):
    """A store that is empty."""
    if request.param == "folder":
        return Store(str(tmp_path / "events"))
    bucket = request.getfixturevalue("bucket")
    return Store(f"s3://logs/{tmp_path.name}/events", storage_options=bucket.options)


def test_an_event_goes_all_the_way(store):
    """Appended, followed, searched, compacted, retained and swept: each as the store says."""
    table = store.table("web")
    assert (table.version(), store.sources(), read_ids(table)) == (-1, [], [])
    for number in range(4):
        received_at = NOON + timedelta(seconds=number)
        table.append(events([number], received_at, fields={"a b": [f"x{number}"]}), progress=[Progress("f", number)])
    newest = table.version()
    assert store.sources() == ["web"]
    assert table.progress("f") == 3
    assert upkeep.compact(table, NOON + timedelta(days=1)) == 4
    assert read_ids(table) == ["0", "1", "2", "3"]
    assert search.recent(table, 9)["a b"].to_pylist() == ["x3", "x2", "x1", "x0"]
    assert search.by_ids(table, ["2"])["a b"].to_pylist() == ["x2"]
    table.snapshot().create_checkpoint()
    swept = upkeep.sweep(table, newest, datetime.now(UTC) + 2 * upkeep.GRACE)
    assert swept == upkeep.Swept(4, newest + 1)
    table.append(events([4], NOON + timedelta(days=5)))
    assert read_ids(table, newest) == ["4"]
    assert upkeep.retain(table, 3, NOON + timedelta(days=5)) == 1
    assert search.recent(table, 9)["_id"].to_pylist() == ["4"]


def test_two_tables_of_one_source_see_each_other(store):
    """Two writers, each with a state of its own, take turns without a gap or a double."""
    one, two = store.table("web"), store.table("web")
    for number in range(6):
        (one, two)[number % 2].append(events([number], fields={f"f{number % 4}": ["x"]}))
    assert read_ids(one) == read_ids(two) == [str(number) for number in range(6)]


def test_a_bucket_that_refuses_says_so(bucket):
    """Missing permissions end in one clear sentence, for every operation, and the table works again afterwards."""
    store = Store("s3://logs/refusing/events", storage_options=bucket.options)
    table = store.table("web")
    version = table.append(events([1]))
    bucket.is_denying.set()
    try:
        for act in (
            lambda: table.append(events([2])),
            table.version,
            table.columns,
            store.sources,
            lambda: read_ids(table),
            lambda: search.recent(table, 1),
            lambda: upkeep.compact(table, NOON),
        ):
            with pytest.raises(StoreError, match=r"s3://logs/refusing/events.* give it permission"):
                act()
    finally:
        bucket.is_denying.clear()
    assert table.append(events([3])) == version + 1
    assert read_ids(table) == ["1", "3"]


def test_a_bucket_that_is_not_there_says_so():
    """A bucket that does not answer ends in one clear sentence, in time for a sender."""
    options = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "x"}
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    table = Store("s3://logs/events", storage_options=options | keys).table("web")
    with pytest.raises(StoreError, match="check its address, the network and the credentials"):
        table.append(events([1]))
