"""HTTP inputs over a real store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.sources.http.sender import Intake

from tocsin.store.table import Store


@pytest.fixture
def make_intake(tmp_path: Path) -> Iterator[Any]:
    """Makes HTTP inputs over one store."""
    made: list[Intake] = []

    def make(**options: Any) -> Intake:
        made.append(Intake(Store(str(tmp_path / "events")), **options))
        return made[-1]

    yield make
    for each in made:
        each.input.close()


@pytest.fixture
def intake(make_intake: Any) -> Intake:
    """An HTTP input with the usual limits."""
    intake: Intake = make_intake()
    return intake
