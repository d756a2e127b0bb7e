"""The condition of a detection: its text and the selections' expressions → one expression."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, TypeGuard

from pyparsing import ParseException
from sigma.conditions import ConditionAND, ConditionIdentifier, ConditionNOT, ConditionSelector, SigmaCondition
from sigma.exceptions import SigmaConditionError
from sigma.rule.detection import EmptySigmaDetections

from tocsin.kernel.issues import Issue
from tocsin.rules import issues
from tocsin.rules.documents import Document
from tocsin.rules.expressions import all_of, any_of, count_tests, negate
from tocsin.rules.model import Expression

MAX_LENGTH: Final = 8_192
MAX_DEPTH: Final = 40
"""Operators and selectors inside each other."""
MAX_TESTS: Final = 50_000
"""Tests of one rule, each counted wherever the condition brings it in."""

Tree = Any
"""pySigma's parse tree: AND, OR and NOT over identifiers and `1 of …` selectors, not yet looked up."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition's parse tree and the names of the selections that it uses, in order."""

    tree: Tree
    names: tuple[str, ...]


def read_condition(
    document: Document, keys: tuple[str | int, ...], text: str, selections: tuple[str, ...]
) -> tuple[Condition | None, list[Issue]]:
    """Parse the condition ``text``, which stands under ``keys``, and look up the names in it."""
    if "|" in text:
        return None, [issues.piped_condition(document.at(*keys, offset=text.index("|")))]
    if len(text) > MAX_LENGTH:
        return None, [issues.large_condition(document.at(*keys), f"is longer than {MAX_LENGTH} characters")]
    try:
        tree = SigmaCondition(text, EmptySigmaDetections()).parse(postprocess=False)
        is_deep = _depth(tree) > MAX_DEPTH
    except RecursionError:
        is_deep = True
    except SigmaConditionError as error:
        offset = error.__context__.loc if isinstance(error.__context__, ParseException) else 0
        return None, [issues.bad_condition(document.at(*keys, offset=offset), text, offset)]
    if is_deep:
        return None, [issues.large_condition(document.at(*keys), f"is nested deeper than {MAX_DEPTH} levels")]
    mentions = [(written, name) for leaf in _leaves(tree) for written, name in _names(leaf, selections)]
    known = frozenset(selections)
    unknown = dict.fromkeys(written for written, name in mentions if name not in known)
    found = [
        issues.unknown_selection(document.at(*keys, offset=_offset(text, name)), name, selections) for name in unknown
    ]
    return (None if found else Condition(tree, tuple(name for _, name in mentions))), found


def build_expression(condition: Condition, selections: Mapping[str, Expression]) -> Expression | None:
    """``condition`` over the expressions of ``selections``; None if it would make more than `MAX_TESTS` tests."""
    sizes = {name: count_tests(expression) for name, expression in selections.items()}
    if sum(sizes[name] for name in condition.names) > MAX_TESTS:
        return None
    return _build(condition.tree, selections)


def _depth(tree: Tree) -> int:
    return 1 if _is_leaf(tree) else 1 + max(_depth(branch) for branch in tree.args)


def _is_leaf(tree: Tree) -> TypeGuard[ConditionIdentifier | ConditionSelector]:
    return isinstance(tree, ConditionIdentifier | ConditionSelector)


def _leaves(tree: Tree) -> Iterator[ConditionIdentifier | ConditionSelector]:
    if _is_leaf(tree):
        yield tree
    else:
        for branch in tree.args:
            yield from _leaves(branch)


def _names(leaf: ConditionIdentifier | ConditionSelector, selections: tuple[str, ...]) -> list[tuple[str, str]]:
    """What the condition writes and which selection that is; an unmatched pattern stands for itself."""
    if isinstance(leaf, ConditionIdentifier):
        return [(leaf.identifier, leaf.identifier)]
    matched = _match_pattern(leaf.pattern, selections)
    return [(leaf.pattern, name) for name in matched] or [(leaf.pattern, leaf.pattern)]


def _match_pattern(pattern: str, selections: tuple[str, ...]) -> list[str]:
    """The selections that ``them`` or a pattern with `*` names; one that begins with `_` only if the pattern does."""
    glob = "*" if pattern == "them" else pattern
    return [
        name for name in selections if fnmatchcase(name, glob) and (glob.startswith("_") or not name.startswith("_"))
    ]


def _build(tree: Tree, selections: Mapping[str, Expression]) -> Expression:
    if isinstance(tree, ConditionIdentifier):
        return selections[tree.identifier]
    if isinstance(tree, ConditionNOT):
        return negate(_build(tree.args[0], selections))
    if isinstance(tree, ConditionSelector):
        join = all_of if tree.cond_class is ConditionAND else any_of
        return join([selections[name] for name in _match_pattern(tree.pattern, tuple(selections))])
    join = all_of if isinstance(tree, ConditionAND) else any_of
    return join([_build(branch, selections) for branch in tree.args])


def _offset(text: str, name: str) -> int:
    """Where ``name`` stands in ``text`` as a word of its own."""
    found = re.search(rf"(?<![\w*-]){re.escape(name)}(?![\w*-])", text)
    return found.start() if found else 0
