"""Every module has its test file, and none is too long."""

import pytest
from tests.architecture.tree import PACKAGE, ROOT, modules

ROOMS = ("kernel", "formats", "store", "rules", "engine", "notifiers", "sources", "scan", "search")

HELD_ELSEWHERE = {
    "engine/arrivals.py": "tests/unit/engine/test_correlate.py",
    "engine/keeping.py": "tests/unit/engine/test_similar.py",
    "engine/learning.py": "tests/unit/engine/test_baseline.py",
    "engine/measures.py": "tests/unit/engine/test_correlate.py",
    "engine/ringers.py": "tests/unit/engine/test_correlate.py",
    "engine/similar_state.py": "tests/unit/engine/test_similar.py",
    "engine/similar_threads.py": "tests/unit/engine/test_similar.py",
    "engine/state.py": "tests/unit/engine/test_episodes.py",
    "engine/windows.py": "tests/unit/engine/test_episodes.py",
    "notifiers/message.py": "tests/unit/notifiers/test_words.py",
    "notifiers/slack/config.py": "tests/unit/notifiers/slack/test_deliver.py",
    "notifiers/transport.py": "tests/contract/test_notifiers.py",
    "notifiers/webhook/config.py": "tests/unit/notifiers/webhook/test_deliver.py",
    "rules/model.py": "tests/unit/rules/test_load.py",
    "rules/taxonomies/others.py": "tests/unit/rules/test_taxonomy.py",
    "rules/taxonomies/signs.py": "tests/unit/rules/test_taxonomy.py",
    "rules/taxonomies/windows.py": "tests/unit/rules/test_taxonomy.py",
    "search/sandbox.py": "tests/unit/search/test_sql.py",
    "search/tree.py": "tests/unit/search/test_judge.py",
    "sources/http/body.py": "tests/unit/sources/http/test_app.py",
}
"""Modules whose facts show only together with others, and the file that states them."""


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_has_its_test_file(room: str) -> None:
    """`tests/unit` mirrors `src`; what is tested elsewhere is listed above."""
    missing = [
        str(module)
        for module in modules(room)
        if not (ROOT / "tests" / "unit" / module.parent / f"test_{module.name}").is_file()
    ]
    assert [module for module in missing if module not in HELD_ELSEWHERE] == []


def test_the_list_of_exceptions_is_true() -> None:
    """An exception names a module without a test file of its own, and a file that imports it."""
    for module, held_by in HELD_ELSEWHERE.items():
        folder, _, name = module.rpartition("/")
        assert (PACKAGE / module).is_file(), module
        assert not (ROOT / "tests" / "unit" / folder / f"test_{name}").is_file(), f"{module} has its own test file now"
        assert (ROOT / held_by).is_file(), held_by


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    """Split by 400 lines."""
    long = {str(module): lines for module in modules() if (lines := len(_lines(module))) > 400}
    assert long == {}


def _lines(module: object) -> list[str]:
    return (PACKAGE / str(module)).read_text().splitlines()
