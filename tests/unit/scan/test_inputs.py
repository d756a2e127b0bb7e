"""Files to scan."""

import gzip
from pathlib import Path

import pytest
import zstandard

from tocsin.scan.inputs import find_inputs, open_input, total_bytes


def read(path: Path) -> tuple[bytes, int]:
    """What a file holds, and how many of its bytes were told to be read."""
    ticks: list[int] = []
    with open_input(str(path), ticks.append) as stream:
        data = b"".join(iter(lambda: stream.read(1_000), b""))
    return data, sum(ticks)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_the_first_bytes_say_how_a_file_is_packed(tmp_path: Path, pack: "type[bytes]") -> None:
    """Whatever it is called; progress is counted in bytes on the disk."""
    path = tmp_path / "log"
    path.write_bytes(pack(b"hello\n" * 10_000))
    assert read(path) == (b"hello\n" * 10_000, path.stat().st_size)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
def test_packed_files_that_were_joined_are_one(tmp_path: Path, pack: "type[bytes]") -> None:
    """As rotating tools leave them."""
    path = tmp_path / "log"
    path.write_bytes(pack(b"a\n") + pack(b"b\n"))
    assert read(path)[0] == b"a\nb\n"


def test_a_packed_file_that_was_cut_is_a_fault(tmp_path: Path) -> None:
    """Not a shorter file."""
    path = tmp_path / "log"
    path.write_bytes(gzip.compress(bytes(range(256)) * 1_000)[:-20])
    with pytest.raises(OSError, match="Truncated"):
        read(path)


def test_a_folder_stands_for_its_files_by_name(tmp_path: Path) -> None:
    """At any depth, without hidden ones; a file stands for itself and - for the standard input."""
    for name in ("b.log", "a/c.log", ".hidden", ".git/x"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = find_inputs([str(tmp_path), "-", "missing.log"])
    assert found == [str(tmp_path / "b.log"), str(tmp_path / "a/c.log"), "-", "missing.log"]


def test_the_size_of_the_standard_input_is_not_known(tmp_path: Path) -> None:
    """Nor that of what is not there."""
    path = tmp_path / "log"
    path.write_bytes(b"12345")
    assert total_bytes([str(path), str(path)]) == 10
    assert total_bytes([str(path), "-"]) is None
    assert total_bytes(["missing"]) is None
