"""Data too large to be in the checkout: recorded logs and public rules, in `../shared/data` beside it."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_data(*parts: str) -> Path:
    """The path of shared data; the test is skipped, saying so, where it is not there."""
    path = FOLDER.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not in ../shared/data beside this checkout")
    return path
