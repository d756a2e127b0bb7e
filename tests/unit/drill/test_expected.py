"""What must ring is what ships."""

from pathlib import Path

import yaml

from tocsin.drill.expected import EXPECTED

RULES = Path(__file__).parents[3] / "rules" / "app"


def test_every_expected_rule_ships_with_that_title_and_level() -> None:
    """A rule renamed or relevelled must be renamed here too."""
    documents = [each for file in RULES.glob("*.yml") for each in yaml.safe_load_all(file.read_text())]
    levels = {each["title"]: each["level"] for each in documents if "level" in each}
    assert {each.title: levels.get(each.title) for each in EXPECTED} == {each.title: each.level for each in EXPECTED}


def test_the_list_begins_with_the_most_urgent() -> None:
    """The person at the drill reads from the top."""
    order = ["critical", "high", "medium"]
    places = [order.index(each.level) for each in EXPECTED]
    assert places == sorted(places)
