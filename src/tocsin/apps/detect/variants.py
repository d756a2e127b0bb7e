"""The variants of what was said, kept on the alert: the most frequent texts, how often, and one who said each."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from tocsin.apps.detect.texts import storable
from tocsin.engine.episodes import Saying

MAX_VARIANTS: Final = 10


def merge_variants(known: Sequence[dict[str, Any]], said: Iterable[Saying]) -> list[dict[str, Any]]:
    """``known`` as {text, actor, count} with what was said since, the most frequent first, `MAX_VARIANTS` in all.

    A text that falls out is counted anew when it comes again.
    """
    told = {each["text"]: (each["count"], each["actor"]) for each in known}
    for each in said:
        text, actor = storable(each.text), storable(each.actor)
        count, first = told.get(text, (0, actor))
        told[text] = (count + each.count, first)
    ordered = sorted(told.items(), key=lambda item: (-item[1][0], item[0]))
    return [{"text": text, "actor": actor, "count": count} for text, (count, actor) in ordered[:MAX_VARIANTS]]


def joined(alerts: Iterable[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The variants of several alerts that turned out to be one."""
    return merge_variants(
        [], [Saying(each["text"], each["actor"], each["count"]) for known in alerts for each in known]
    )
