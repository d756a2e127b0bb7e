"""Limits that depend on each other."""

from tocsin.kernel import limits


def test_a_record_fits_into_a_body_and_a_row_into_a_table() -> None:
    """The larger thing holds the smaller one, so that each limit can be reached."""
    assert 0 < limits.MAX_RECORD_BYTES < limits.MAX_BODY_BYTES
    assert 0 < limits.MAX_COLUMNS < limits.MAX_FIELDS_PER_RECORD
    assert limits.MAX_BODY_BYTES == 32 * 1024 * 1024
    assert limits.MAX_COLUMNS == 1_000
