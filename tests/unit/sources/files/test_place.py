"""A place survives in the store as three numbers, and tells its file."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tocsin.sources.files.place import Place, check_of, inode_of, reader_of

INT64 = st.integers(0, 2**63 - 1)


@given(offset=INT64, check=INT64, inode=INT64)
def test_a_place_is_recalled_as_it_was_committed(offset: int, check: int, inode: int) -> None:
    """What `as_progress` commits, `recall` reads back."""
    place = Place(offset, check, inode)
    committed = {each.reader: each.offset for each in place.as_progress("follow:/a")}
    assert Place.recall("follow:/a", committed.get) == place
    assert Place.recall("follow:/b", committed.get) is None


@given(window=st.binary(max_size=300))
def test_a_check_is_a_number_that_the_store_can_keep(window: bytes) -> None:
    """It is neither negative nor wider than 63 bits."""
    assert 0 <= check_of(window) < 2**63


def test_a_file_holds_a_place_only_with_the_bytes_before_it(tmp_path: Path) -> None:
    """A shorter file and one with other bytes do not hold it."""
    log = tmp_path / "log"
    log.write_bytes(b"one\ntwo\n")
    place = Place(8, check_of(b"one\ntwo\n"), inode_of(log.stat()))
    with log.open("rb") as file:
        assert place.is_held_by(file.fileno())
        log.write_bytes(b"one\ntwo")
        assert not place.is_held_by(file.fileno())
        log.write_bytes(b"one\nTWO\nthree\n")
        assert not place.is_held_by(file.fileno())


def test_a_reader_is_named_by_the_absolute_path(tmp_path: Path, monkeypatch) -> None:
    """The folder that a command is started in makes no other reader."""
    monkeypatch.chdir(tmp_path)
    assert reader_of(Path("app.log")) == f"follow:{tmp_path}/app.log"
