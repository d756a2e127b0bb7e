"""What can be passed over without reading it."""

import numpy as np
import pytest
from tests.unit.search.cases import NOW, rows

from tocsin.kernel.clock import to_us
from tocsin.search.parse import parse
from tocsin.search.pruning import Content, may_hold
from tocsin.search.sketch import sketch

NOON_US = to_us(NOW)
SKETCH = np.frombuffer(sketch(rows([{"user": "ann", "path": "/admin/login page"}])), np.uint8)
CONTENT = Content("web", {"_time": (NOON_US, NOON_US + 10_000_000)}, ("0003", "0009"), SKETCH)


@pytest.mark.parametrize(
    ("query", "is_worth_opening"),
    [
        ("", True),
        ("_time:2026-01-31", True),
        ("_time:<2026-01-31T12:00", False),
        ("_time:>2026-01-31T12:00", False),
        ("_received:<2020-01-01", True),
        ("_id:0005", True),
        ("_id:0002", False),
        ("_id:0*", True),
        ("_source:w*", True),
        ("_source:mail", False),
        ("user:ANN", True),
        ("user:bob", False),
        ("NOT user:ann", True),
        ("user:bob OR user:ann", True),
        ("user:bob OR path:x", False),
        ("user:ann path:x", False),
        ("path:/admin/*", True),
        ("path:/srv/*", False),
        ("path:*gin*", True),
        ("login", True),
        ("logi", False),
        ("logi*", True),
        ('"login page"', True),
        ('"login pages"', False),
        ("user:~x", True),
        ("user:>5", True),
    ],
)
def test_what_may_hold_is_opened_and_what_cannot_is_not(query, is_worth_opening):
    """By moments, ids, the source, values and words; a contrary says nothing about what is there."""
    assert may_hold(parse(query, now=NOW), CONTENT) is is_worth_opening


def test_what_is_not_known_is_opened():
    """A file of another writer has neither statistics nor sketch."""
    assert may_hold(parse("user:bob _id:x _time:2020-01-01", now=NOW), Content("web", {}))
