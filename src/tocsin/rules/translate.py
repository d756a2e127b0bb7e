"""One item of a selection, a field with modifiers and its values, → an expression.

pySigma applies the modifiers (wildcards, encodings, expansions); here each kind of value that comes
out becomes a test, and what the engine cannot test is refused, never tested as something else.
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch
from operator import ge, gt, le, lt
from typing import Any, Final

from sigma.conditions import ConditionAND
from sigma.modifiers import modifier_mapping, reverse_modifier_mapping
from sigma.rule.detection import SigmaDetectionItem
from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from tocsin.kernel.errors import RuleError
from tocsin.rules.expressions import all_of, any_of, negate
from tocsin.rules.model import MOMENT_PARTS, Expression, Operator, Test
from tocsin.rules.placeholders import NO_PLACEHOLDERS, NO_VALUES, Placeholders

_ALIASES: Final = {"utf16le": "wide"}
"""Sigma's names that pySigma does not know → what it calls the same."""
MODIFIERS: Final = tuple(sorted({*modifier_mapping, *_ALIASES}))
_STAR: Final = SpecialChars.WILDCARD_MULTI
_SIGNS: Final = {_STAR: "*", SpecialChars.WILDCARD_SINGLE: "?"}
_EXPAND: Final = "expand"
_LINKING: Final = frozenset({_EXPAND, "all", "neq"})
"""Modifiers of a list of values, and not of each."""
_ANCHORING: Final = frozenset({"startswith", "endswith"})
_COMPARISONS: Final = {
    CompareOperators.LT: Operator.LT,
    CompareOperators.LTE: Operator.LTE,
    CompareOperators.GT: Operator.GT,
    CompareOperators.GTE: Operator.GTE,
}
_HOLDS: Final = {Operator.LT: lt, Operator.LTE: le, Operator.GT: gt, Operator.GTE: ge}
_REFERENCES: Final = {
    (False, False): Operator.FIELDREF,
    (True, False): Operator.FIELDREF_STARTSWITH,
    (False, True): Operator.FIELDREF_ENDSWITH,
    (True, True): Operator.FIELDREF_CONTAINS,
}
_FLAGS: Final = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
_INLINE_FLAGS: Final = re.compile(r"\(\?([a-zA-Z]+)\)")


@dataclass(frozen=True, slots=True)
class Target:
    """What values are tested on: a field, or a keyword's every field; and with which modifiers."""

    field: str | None
    modifiers: frozenset[str] = frozenset()


def translate_item(key: str, values: Sequence[Any], placeholders: Placeholders = NO_PLACEHOLDERS) -> Expression:
    """The expression of ``key`` (``field|modifier|…``) with ``values``.

    Raises:
        SigmaError: the modifiers cannot take a value.
        RuleError: the engine cannot test it; the message has the mend after a semicolon.
    """
    field, *modifiers = (_ALIASES.get(part, part) for part in key.split("|"))
    for part in MOMENT_PARTS.keys() & set(modifiers):
        if broken := [value for value in values if isinstance(value, float)]:
            raise RuleError(_describe_part(Operator(part), broken[0]))
    if _EXPAND in modifiers:
        return _translate_filled(field, modifiers, values, placeholders)
    return _translate_values(field, modifiers, values)


def _translate_values(field: str, modifiers: Sequence[str], values: Sequence[Any]) -> Expression:
    return translate_detection_item(
        _apply_modifiers("|".join([field, *modifiers]), list(values), is_regex="re" in modifiers)
    )


def _translate_filled(
    field: str, modifiers: Sequence[str], values: Sequence[Any], placeholders: Placeholders
) -> Expression:
    """Placeholders are filled before anything else, so that every modifier can take what they stand for.

    The values of one placeholder are alternatives, under `all` too.
    """
    inner = [each for each in modifiers if each not in _LINKING]
    terms = [
        any_of([_translate_values(field, inner, [filled]) for filled in placeholders.fill(value)]) for value in values
    ]
    joined = (all_of if "all" in modifiers else any_of)(terms)
    return negate(joined) if "neq" in modifiers else joined


def translate_detection_item(item: SigmaDetectionItem) -> Expression:
    """The expression of pySigma's form of an item, whose modifiers have been applied.

    Raises: RuleError where the engine cannot test a value.
    """
    modifiers = frozenset(reverse_modifier_mapping[modifier.__name__] for modifier in item.modifiers)
    target = Target(item.field, modifiers)
    join = all_of if item.value_linking is ConditionAND else any_of
    joined = join([translate_value(value, target) for value in item.value or [SigmaNull()]])
    return negate(joined) if item.negated else joined


def _apply_modifiers(key: str, values: list[Any], *, is_regex: bool) -> SigmaDetectionItem:
    if not is_regex:
        return SigmaDetectionItem.from_mapping(key, values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # Python's own doubts about an expression like [[a]
        return SigmaDetectionItem.from_mapping(key, values)


@singledispatch
def translate_value(value: object, target: Target) -> Expression:
    """The expression of one Sigma value; one short function a kind below."""
    raise RuleError(f"a value of the kind {type(value).__name__} cannot be tested; write a text or number")


@translate_value.register
def _expansion(value: SigmaExpansion, target: Target) -> Expression:
    return any_of([translate_value(each, target) for each in value.values])


@translate_value.register
def _string(value: SigmaString, target: Target) -> Expression:
    parts = _merge_stars(value)
    if parts == [_STAR]:
        return Test(target.field, Operator.EXISTS) if target.field else Test(None, Operator.CONTAINS)
    if target.field is None and not parts:
        raise RuleError("an empty keyword stands in every event; write what to look for, or '*' for any event")
    if target.field is None and not target.modifiers & _ANCHORING:
        parts = _widen(parts)
    operator, text = _wildcard_test(parts)
    return Test(target.field, operator, text, isinstance(value, SigmaCasedString))


def _merge_stars(value: SigmaString) -> list[str | SpecialChars]:
    """The parts of ``value``, a run of `*` being one and neighbouring texts joined."""
    merged: list[str | SpecialChars] = []
    for part in value.s:
        if isinstance(part, Placeholder):
            raise RuleError(f"the placeholder '%{part.name}%' has no values; {NO_VALUES}")
        last = merged[-1] if merged else None
        if isinstance(part, str) and isinstance(last, str):
            merged[-1] = last + part
        elif part is not _STAR or last is not _STAR:
            merged.append(part)
    return merged


def _widen(parts: list[str | SpecialChars]) -> list[str | SpecialChars]:
    """A keyword is sought anywhere in a field: put `*` around it."""
    inner = parts[1:] if parts[:1] == [_STAR] else parts
    inner = inner[:-1] if inner[-1:] == [_STAR] else inner
    return [_STAR, *inner, _STAR]


def _wildcard_test(parts: list[str | SpecialChars]) -> tuple[Operator, str]:
    """The narrowest operator for ``parts``, and its value."""
    match parts:
        case []:
            return Operator.EQUALS, ""
        case [str(text)]:
            return Operator.EQUALS, text
        case [SpecialChars.WILDCARD_MULTI, str(text), SpecialChars.WILDCARD_MULTI]:
            return Operator.CONTAINS, text
        case [str(text), SpecialChars.WILDCARD_MULTI]:
            return Operator.STARTSWITH, text
        case [SpecialChars.WILDCARD_MULTI, str(text)]:
            return Operator.ENDSWITH, text
    return Operator.LIKE, "".join(escape_like(part) if isinstance(part, str) else _SIGNS[part] for part in parts)


def escape_like(text: str) -> str:
    """``text`` as a LIKE pattern that matches only itself."""
    return re.sub(r"([\\*?])", r"\\\1", text)


@translate_value.register
def _number(value: SigmaNumber, target: Target) -> Expression:
    return _text_test(str(value.number), target)


@translate_value.register
def _boolean(value: SigmaBool, target: Target) -> Expression:
    return _text_test("true" if value.boolean else "false", target)


def _text_test(text: str, target: Target) -> Expression:
    return Test(target.field, Operator.EQUALS if target.field else Operator.CONTAINS, text)


@translate_value.register
def _timestamp_part(value: SigmaTimestampPart, target: Target) -> Expression:
    operator = Operator(value.timestamp_part.name.lower())
    first, last = MOMENT_PARTS[operator]
    if not first <= value.number <= last:
        raise RuleError(_describe_part(operator, value.number))
    return Test(target.field, operator, str(value.number))


def _describe_part(part: Operator, number: float) -> str:
    first, last = MOMENT_PARTS[part]
    return f"{number} is never the {part} of a moment; write a whole number from {first} to {last}"


@translate_value.register
def _null(value: SigmaNull, target: Target) -> Expression:
    return Test(_field(target, "'null'"), Operator.IS_NULL)


@translate_value.register
def _exists(value: SigmaExists, target: Target) -> Expression:
    test = Test(_field(target, "'exists'"), Operator.EXISTS)
    return test if value.exists else negate(test)


@translate_value.register
def _compare(value: SigmaCompareExpression, target: Target) -> Expression:
    operator = _COMPARISONS.get(value.op)
    if operator is None:
        raise RuleError(f"the comparison '{value.op.name.lower()}' cannot be tested; use lt, lte, gt, gte or neq")
    if isinstance(value.number, SigmaTimestampPart):
        return _compare_part(value.number, operator, target)
    return Test(target.field, operator, str(value.number))


def _compare_part(part: SigmaTimestampPart, comparison: Operator, target: Target) -> Expression:
    """``hour|gte: 22`` is any of the hours that are: a part of a moment has few values."""
    operator = Operator(part.timestamp_part.name.lower())
    first, last = MOMENT_PARTS[operator]
    passing = [number for number in range(first, last + 1) if _HOLDS[comparison](number, part.number)]
    if not passing:
        raise RuleError(f"the {operator} of a moment is never {comparison} {part.number}; it is from {first} to {last}")
    return any_of(Test(target.field, operator, str(number)) for number in passing)


@translate_value.register
def _cidr(value: SigmaCIDRExpression, target: Target) -> Expression:
    return Test(target.field, Operator.CIDR, str(value.network))


@translate_value.register
def _field_reference(value: SigmaFieldReference, target: Target) -> Expression:
    operator = _REFERENCES[value.starts_with, value.ends_with]
    return Test(_field(target, "'fieldref'"), operator, value.field, "cased" in target.modifiers)


@translate_value.register
def _regex(value: SigmaRegularExpression, target: Target) -> Expression:
    if value.contains_placeholder():
        raise RuleError(f"a placeholder in a regular expression has no values; {NO_VALUES}")
    text = value.regexp.to_plain(regex=True)
    flags = {_FLAGS[flag] for flag in value.flags}
    if inline := _INLINE_FLAGS.match(text):
        # Python and RE2 take flags at the beginning only, and once.
        flags |= set(inline[1])
        text = text[inline.end() :]
    return Test(target.field, Operator.REGEX, _flag_prefix(flags) + _anchor(text, target))


def _flag_prefix(flags: set[str]) -> str:
    return f"(?{''.join(sorted(flags))})" if flags else ""


def _anchor(text: str, target: Target) -> str:
    """The engine seeks an expression anywhere in a value, so where it begins or ends must be said."""
    begins, ends = "startswith" in target.modifiers, "endswith" in target.modifiers
    if not begins and not ends:
        return text
    return f"{'^' if begins else ''}(?:{text}){'$' if ends else ''}"


def _field(target: Target, what: str) -> str:
    if target.field is None:
        raise RuleError(f"{what} is tested on a field, and a keyword has none; name the field before the value")
    return target.field
