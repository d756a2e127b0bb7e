"""Folders and buckets as places."""

import os
from pathlib import Path

from tocsin.store.place import Place


def test_a_missing_file_reads_as_none(tmp_path):
    """Reading what is not there is an answer, also where the folder is missing."""
    place = Place(str(tmp_path))
    assert place.read("none") is None
    assert (place / "nowhere").read("none") is None


def test_files_are_listed_with_their_age_and_removed_once(tmp_path):
    """A file is listed with its path in the place; removing it twice says so."""
    place = Place(f"file://{tmp_path}") / "web"
    place.make_folder("day")
    (tmp_path / "web/day/a").write_bytes(b"abc")
    os.utime(tmp_path / "web/day/a", (1, 1))
    assert [(file.path, file.modified_s) for file in place.files("day")] == [("day/a", 1.0)]
    assert place.size("day/a") == 3
    assert place.folders() == ["day"]
    assert place.remove("day/a") is True
    assert place.remove("day/a") is False
    assert list(place.files("elsewhere")) == []


def test_a_bucket_gives_up_in_time_and_listens_to_its_options():
    """A bucket's requests end within seconds unless the options say otherwise; a folder has no such options."""
    assert Place("s3://logs", {"timeout": "1s"}).options["timeout"] == "1s"
    assert Place("s3://logs").options["max_retries"] == "3"
    assert Place("/data").options == {}


def test_syncing_reaches_the_disk(tmp_path, monkeypatch):
    """A file and its folder are flushed; without `is_synced`, and in a bucket, nothing is."""
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: flushed.append(Path(f"/proc/self/fd/{descriptor}").readlink()))
    (tmp_path / "a").touch()
    Place(str(tmp_path)).sync("a")
    assert flushed == [tmp_path / "a", tmp_path]
    Place(str(tmp_path), is_synced=False).sync("a")
    Place("s3://logs").sync("a")
    assert len(flushed) == 2
