"""A message in Block Kit."""

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.notifiers.cast import hostile, message

from tocsin.notifiers.message import Sample
from tocsin.notifiers.slack import blocks

TEXT = st.text(st.sampled_from("<>&`*_@!|ab \n"), max_size=60)


def test_the_first_block_carries_the_key() -> None:
    """A program that reads the channel knows a repeated message again."""
    assert blocks.write(message())[0]["block_id"] == "12:1:opened:5f"


def test_slacks_limits_are_kept() -> None:
    """However long the log's values are, Slack takes the message."""
    long = hostile()
    for block in blocks.write(long):
        assert len(block.get("text", {}).get("text", "")) <= (150 if block["type"] == "header" else 3000)
        assert len(block.get("fields", [])) <= 10
        assert all(len(each["text"]) <= 2000 for each in block.get("fields", []))
    assert len(blocks.write(long)) <= 50


def test_an_entity_is_never_cut_in_two() -> None:
    """A cut text ends with a whole entity."""
    assert blocks.escape("&&&&", 12) == "&amp;&amp;…"


def test_backticks_do_not_end_the_code() -> None:
    """A fence in a sample, or a backtick in a value, stays inside."""
    told = blocks.write(message(samples=(Sample(None, "a ``` *b* ````"),), group=(("user", "a`*b*`"),)))
    fence = next(block["text"]["text"] for block in told if "Sample events" in block.get("text", {}).get("text", ""))
    assert fence.count("```") == 2
    assert told[1]["fields"][0]["text"].count("`") == 2


@settings(max_examples=60)
@given(TEXT, TEXT)
def test_only_our_own_link_is_markup(value: str, raw: str) -> None:
    """For every value and sample: the one thing in angle brackets is the link to the alert."""
    told = blocks.write(message(title=value, group=((value, value),), samples=(Sample(None, raw),), description=raw))
    assert re.findall("<[^>]*>?", json.dumps(told)) == ["<https://tocsin.example.com/alerts/12|Open in Tocsin>"]
