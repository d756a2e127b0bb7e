"""What the tests of alerts share."""

from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import Bench


@pytest.fixture
def bench(db: None, tmp_path: Path) -> Bench:
    """A store without events, rules, and the source `app`."""
    bench = Bench(tmp_path)
    bench.add_source()
    return bench
