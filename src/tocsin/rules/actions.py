"""`action` documents, Sigma's old way to share keys between the rules of one file, → rules in full."""

from collections.abc import Sequence
from typing import Final

from tocsin.kernel.issues import Issue
from tocsin.rules import site_issues
from tocsin.rules.documents import Document, overlay

ACTIONS: Final = ("global", "reset", "repeat")
_OWN: Final = frozenset({"id", "name"})
"""What a repeated rule does not take over: two rules with one id would be one."""


def apply_actions(documents: Sequence[Document]) -> tuple[list[Document], list[Issue]]:
    """The rules of one file.

    `global` is laid over every detection rule that follows, until `reset`; `repeat` is laid over the rule or
    global before it and makes another rule. Correlations and filters stay as they are.
    """
    rules: list[Document] = []
    found: list[Issue] = []
    shared: Document | None = None
    previous: Document | None = None
    for document in documents:
        action = document.data.get("action")
        if action is None:
            stands_alone = shared is None or "correlation" in document.data or "filter" in document.data
            previous = document if stands_alone or shared is None else overlay(document, shared, is_own_place=True)
            rules.append(previous)
        elif action == "global":
            shared = previous = document
        elif action == "reset":
            shared = None
        elif action != "repeat":
            found.append(site_issues.unknown_action(document.at("action"), action, ACTIONS))
        elif previous is None:
            found.append(site_issues.repeated_nothing(document.at("action")))
        else:
            previous = overlay(previous, document, without=_OWN)
            rules.append(previous)
    if documents and not rules and not found:
        found.append(site_issues.only_actions(documents[0].at()))
    return rules, found
