"""Reading bodies for the tests of formats."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tocsin.formats import SYSTEM_SCHEMA, load_format
from tocsin.kernel.issues import RecordIssue

RECEIVED_AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
Rows = list[dict[str, Any]]
Read = Callable[[str, bytes], tuple[Rows, list[RecordIssue]]]


@pytest.fixture
def received_at() -> datetime:
    """When every body of these tests came in."""
    return RECEIVED_AT


@pytest.fixture
def read() -> Read:
    """Reads a body as a format: the rows without their nulls, and the issues.

    What every table must be is checked in passing.
    """

    def read_body(name: str, body: bytes) -> tuple[Rows, list[RecordIssue]]:
        table, issues = load_format(name).parse(body, received_at=RECEIVED_AT)
        table.validate(full=True)
        assert list(table.schema)[: len(SYSTEM_SCHEMA)] == list(SYSTEM_SCHEMA)
        assert [issue.record for issue in issues] == sorted(issue.record for issue in issues)
        rows = [{key: value for key, value in row.items() if value is not None} for row in table.to_pylist()]
        for issue in issues:
            assert issue.reason in rows[issue.record - 1]["_error"]
        return rows, issues

    return read_body


def fields(row: dict[str, Any]) -> dict[str, Any]:
    """A row's fields without the system columns."""
    return {key: value for key, value in row.items() if key not in SYSTEM_SCHEMA.names}


@pytest.fixture(name="fields")
def fields_fixture() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The function `fields`."""
    return fields
