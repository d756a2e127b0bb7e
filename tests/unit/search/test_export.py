"""All that was found, as a file."""

import csv
import io

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.search.cases import NOW, table_of

from tocsin.kernel.errors import ConfigError
from tocsin.search.export import export, neutralised
from tocsin.search.parse import parse


def exported(table, kind, columns=None, query=""):
    """The whole file."""
    return b"".join(export({"web": table}, parse(query, now=NOW), kind, columns))


def test_csv_has_a_heading_and_every_field(tmp_path):
    """The newest first; a field that a record has not is empty."""
    table = table_of(tmp_path, [{"a": 'x, "y"\nz'}], [{"b": "1"}])
    lines = list(csv.DictReader(io.StringIO(exported(table, "csv").decode())))
    assert [line["_id"] for line in lines] == ["0001", "0000"]
    assert [line["a"] for line in lines] == ["", 'x, "y"\nz']
    assert lines[0]["_time"] == "2026-01-31T12:00:01.000000Z"
    assert lines[0]["_source"] == "web"


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path, text):
    """In values, and in the names of fields."""
    table = table_of(tmp_path, [{"a": text, "=b": "x"}])
    heading, line = csv.reader(io.StringIO(exported(table, "csv", ["a", "=b"]).decode(), newline=""))
    assert heading == ["a", "'=b"]
    assert line == ["'" + text, "x"]


def test_a_number_is_no_formula():
    """A spreadsheet adds it up; null stays null."""
    assert neutralised(pa.array(["-5", "+1.5e3", "-", None])).to_pylist() == ["-5", "+1.5e3", "'-", None]


def test_json_lines_leave_out_what_a_record_has_not(tmp_path):
    """One object a record."""
    table = table_of(tmp_path, [{"a": "x"}, {"b": "=1"}])
    lines = [orjson.loads(line) for line in exported(table, "ndjson", ["a", "b"]).splitlines()]
    assert lines == [{"b": "=1"}, {"a": "x"}]


def test_parquet_has_moments_and_texts(tmp_path):
    """It reads back as it was."""
    table = table_of(tmp_path, [{"a": "x"}], [{"a": "y"}])
    back = pq.read_table(io.BytesIO(exported(table, "parquet", ["_time", "a"])))
    assert back["a"].to_pylist() == ["y", "x"]
    assert back["_time"][1].as_py() == NOW


def test_chosen_columns_come_in_their_order_even_out_of_extra(tmp_path):
    """A field beyond the columns is a column of the export; one that nobody has is empty."""
    table = table_of(tmp_path, [{"_extra": '{"far": 5}', "a": "x"}])
    assert exported(table, "csv", ["far", "a", "none"]).decode().splitlines() == ['"far","a","none"', '"5","x",']


def test_an_unknown_format_names_those_there_are(tmp_path):
    """Before anything is read."""
    with pytest.raises(ConfigError, match="'xlsx' is not a format to export to; use csv, ndjson, parquet"):
        exported(table_of(tmp_path, [{}]), "xlsx")
