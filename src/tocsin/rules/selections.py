"""The selections of a `detection` section → expressions, every issue at its own line and column."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from sigma.exceptions import SigmaError
from sigma.modifiers import reverse_modifier_mapping
from sigma.types import SigmaNumber

from tocsin.kernel.errors import RuleError
from tocsin.kernel.issues import Issue
from tocsin.rules import issues
from tocsin.rules.conditions import MAX_TESTS
from tocsin.rules.documents import Document
from tocsin.rules.expressions import all_of, any_of
from tocsin.rules.model import Expression
from tocsin.rules.placeholders import NO_PLACEHOLDERS, Placeholders
from tocsin.rules.regexes import check_regex
from tocsin.rules.translate import MODIFIERS, translate_item

_EXPANSION: Final = {"windash": 125, "base64offset": 3}
"""How many values these modifiers can make of one."""
_NUMERIC: Final = {"lt", "lte", "gt", "gte", "exists"}
"""Modifiers under which a value is not compared as text."""
_BAD_NETWORK: Final = "Invalid CIDR expression: "
_INCOMPATIBLE: Final = re.compile(r"Modifier (\w+) incompatible")

Keys = tuple[str | int, ...]
Join = Callable[[list[Expression]], Expression]


def iterate_items(keys: Keys, value: object) -> Iterator[tuple[Keys, object]]:
    """The items of a list with the keys of each; anything else is its own only item."""
    if isinstance(value, list):
        yield from (((*keys, place), each) for place, each in enumerate(value))
    else:
        yield keys, value


class SelectionReader:
    """Reads the selections of one document, and gathers their issues."""

    def __init__(
        self, document: Document, section: str = "detection", placeholders: Placeholders = NO_PLACEHOLDERS
    ) -> None:
        self.issues: list[Issue] = []
        self._document = document
        self._section = section
        self._placeholders = placeholders
        self._tests = 0

    def read(self, keys: Keys, definition: object) -> Expression | None:
        """A mapping: all of its fields; a list: any of its items; a value: a keyword. None after an issue."""
        if isinstance(definition, dict) and definition:
            fields = [self._read_item((*keys, str(key)), key, value) for key, value in definition.items()]
            return self._join(all_of, fields)
        if isinstance(definition, list) and any(isinstance(each, dict | list) for each in definition):
            alternatives = [self.read(item_keys, item) for item_keys, item in iterate_items(keys, definition)]
            return self._join(any_of, alternatives)
        if definition in ({}, [], None):
            self.issues.append(issues.empty_selection(self._document.at_key(*keys), str(keys[-1])))
            return None
        return self._read_item(keys, "", definition)

    def _join(self, join: Join, terms: list[Expression | None]) -> Expression | None:
        complete = [term for term in terms if term is not None]
        return join(complete) if len(complete) == len(terms) else None

    def _read_item(self, keys: Keys, key: object, value: object) -> Expression | None:
        """One field (or a keyword, whose key is empty) with its value or values."""
        if not isinstance(key, str):
            self.issues.append(issues.bad_field_name(self._document.at_key(*keys), key))
            return None
        wrong = [*self._check_modifiers(keys, key), *self._check_values(keys, key, value)]
        self.issues += wrong
        values = [each for _, each in iterate_items(keys, value)]
        if wrong or not self._has_room(self._count(key, values) * _factor(key)):
            return None
        try:
            expression = translate_item(key, values, self._placeholders)
        except (SigmaError, RuleError) as error:
            self.issues.append(self._explain(keys, key, value, error))
            return None
        if not _NUMERIC & set(key.split("|")[1:]):
            self._warn_of_spelling(keys, value)
        return expression

    def _count(self, key: str, values: list[object]) -> int:
        if not _is_expanded(key):
            return len(values)
        return sum(self._placeholders.count(value) for value in values)

    def _has_room(self, tests: int) -> bool:
        """Whether ``tests`` more may be made; reported once."""
        had_room = self._tests <= MAX_TESTS
        self._tests += tests
        if had_room and self._tests > MAX_TESTS:
            self.issues.append(issues.large_detection(self._document.at(self._section), MAX_TESTS))
        return self._tests <= MAX_TESTS

    def _check_modifiers(self, keys: Keys, key: str) -> Iterator[Issue]:
        offset = 0
        seen: set[str] = set()
        for place, part in enumerate(key.split("|")):
            if place and part not in MODIFIERS:
                yield issues.unknown_modifier(self._document.at_key(*keys, offset=offset), part, MODIFIERS)
            elif place and part in seen:
                yield issues.repeated_modifier(self._document.at_key(*keys, offset=offset), part)
            seen |= {part} if place else set()
            offset += len(part) + 1

    def _check_values(self, keys: Keys, key: str, value: object) -> Iterator[Issue]:
        if value == []:
            yield issues.empty_selection(self._document.at_key(*keys), key)
        is_regex = "re" in key.split("|")[1:]
        for item_keys, each in iterate_items(keys, value):
            if not isinstance(each, str | int | float | None):
                wanted = "a text, number, true, false or null"
                yield issues.wrong_type(self._document.at(*item_keys), key or str(keys[-1]), each, wanted)
            elif is_regex and not isinstance(each, str):
                yield issues.wrong_type(self._document.at(*item_keys), key, each, "a text")
            else:
                yield from self._check_filled(item_keys, key, each, is_regex=is_regex)

    def _check_filled(self, keys: Keys, key: str, value: object, *, is_regex: bool) -> Iterator[Issue]:
        """Check ``value``, or each that its placeholders make of it; too many are left to `_has_room`."""
        try:
            has_many = _is_expanded(key) and self._placeholders.count(value) > MAX_TESTS
            filled = self._placeholders.fill(value) if _is_expanded(key) and not has_many else iter([value])
            for each in filled if is_regex and not has_many else ():
                if wrong := check_regex(str(each)):
                    yield issues.bad_regex(self._document.at(*keys), str(each), *wrong)
        except RuleError as error:
            yield _describe(self._document, keys, key, value, error)

    def _warn_of_spelling(self, keys: Keys, value: object) -> None:
        """YAML reads 0x1F as 31 and yes as true, which is rarely what was meant in a log's field."""
        for item_keys, each in iterate_items(keys, value):
            if isinstance(each, int | float) and (written := self._document.written(*item_keys)):
                read = str(each).lower() if isinstance(each, bool) else str(SigmaNumber(each))
                if written.lower() != read:
                    self.issues.append(issues.respelt_value(self._document.at(*item_keys), written, read))

    def _explain(self, keys: Keys, key: str, value: object, error: SigmaError | RuleError) -> Issue:
        """The issue of an item that does not translate, at the first of its values that does not by itself."""
        for item_keys, each in iterate_items(keys, value):
            try:
                translate_item(key, [each], self._placeholders)
            except (SigmaError, RuleError) as cause:
                return _describe(self._document, item_keys, key, each, cause)
        return _describe(self._document, keys, key, value, error)


def _is_expanded(key: str) -> bool:
    return "expand" in key.split("|")[1:]


def _factor(key: str) -> int:
    factor = 1
    for modifier in key.split("|")[1:]:
        factor *= _EXPANSION.get(modifier, 1)
    return factor


def _describe(document: Document, keys: Keys, key: str, value: object, error: SigmaError | RuleError) -> Issue:
    """The issue of one value: ours as it is, pySigma's in our words."""
    location, problem = document.at(*keys), str(error)
    if isinstance(error, RuleError):
        problem, _, mend = problem.partition("; ")
        return issues.untestable(location, problem, mend)
    if problem.startswith(_BAD_NETWORK):
        return issues.bad_network(location, value, problem.removeprefix(_BAD_NETWORK))
    if clash := _INCOMPATIBLE.match(problem):
        modifier = reverse_modifier_mapping.get(clash[1], clash[1])
        problem = f"modifier '{modifier}' does not work on {issues.kind(value)}"
    return issues.bad_value(location, key or "a keyword", value, problem[:1].lower() + problem[1:])
