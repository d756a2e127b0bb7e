"""One rule against one event, the slow and obvious way.

An event is a dict: field name → text (None: absent); `_extra` and `_error` are as in the store. Nothing of
`tocsin.engine` is used here.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
import re2

from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import And, DetectionRule, Expression, Not, Operator, Or, Test
from tocsin.rules.taxonomy import find_route

Event = Mapping[str, str | None]

_SYSTEM: Final = {"_id", "_time", "_received", "_raw", "_error", "_extra", "_day"}


def matches(rule: DetectionRule, event: Event, source: LogSource) -> bool:
    """Does ``rule`` match ``event`` of ``source``?"""
    if is_rejected(event):
        return False
    route = find_route(rule.logsource, source)
    if not route.is_open:
        return False
    shown = dict(route.shown)
    for part, wanted in route.columns:
        said = values_of(event, part)
        if said is not None and fold(wanted) not in map(fold, said):
            return False
        if said is None and part in shown and not is_true(shown[part], event):
            return False
    return is_true(rule.condition, event)


def is_rejected(event: Event) -> bool:
    """A record of which no field could be read."""
    return (event.get("_error") or "").startswith("rejected: ")


def is_true(expression: Expression, event: Event) -> bool:
    """The truth of ``expression`` for ``event``."""
    match expression:
        case And(terms):
            return all(is_true(term, event) for term in terms)
        case Or(terms):
            return any(is_true(term, event) for term in terms)
        case Not(term):
            return not is_true(term, event)
        case Test():
            return passes(expression, event)


def passes(test: Test, event: Event) -> bool:
    """The truth of one test for ``event``."""
    if test.field is None:
        texts = [text for _, value in fields_of(event) for text in elements(value)]
        return any(compare(test, text) for text in texts)
    values = values_of(event, test.field)
    if test.operator is Operator.IS_NULL:
        return values is None
    if test.operator is Operator.EXISTS:
        return values is not None
    if test.operator in _ON_FIELDS:
        others = values_of(event, test.value)
        case = str if test.is_cased else fold
        holds = _ON_FIELDS[test.operator]
        return any(holds(case(value), case(other)) for value in values or () for other in others or ())
    return any(compare(test, value) for value in values or ())


def fields_of(event: Event) -> Iterator[tuple[str, str]]:
    """Every field that is there: columns by name, then those in `_extra`."""
    for name, value in sorted(event.items()):
        if name not in _SYSTEM and value is not None:
            yield name, value
    extra = orjson.loads(event.get("_extra") or "{}")
    for name, value in sorted(extra.items()):
        if value is not None:
            yield name, as_text(value)


def values_of(event: Event, name: str) -> list[str] | None:
    """The elements of the field called ``name``; None if it is not there."""
    columns = {n: v for n, v in event.items() if n not in _SYSTEM and v is not None}
    extra = {n: as_text(v) for n, v in orjson.loads(event.get("_extra") or "{}").items() if v is not None}
    for place in (columns, extra):
        if name in place:
            return elements(place[name])
        for other in sorted(place):
            if fold(other) == fold(name) and name not in ("product", "category", "service"):
                return elements(place[other])
    return None


def elements(text: str) -> list[str]:
    """The elements of a JSON list, inner lists' too; else the text itself."""
    if text.startswith("[") and text.endswith("]"):
        try:
            return list(flatten(orjson.loads(text)))
        except orjson.JSONDecodeError:
            pass
    return [text]


def flatten(value: object) -> Iterator[str]:
    """The texts in a JSON value; null is none."""
    if isinstance(value, list):
        for element in value:
            yield from flatten(element)
    elif value is not None:
        yield as_text(value)


def as_text(value: object) -> str:
    """A JSON value as the store keeps it."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def fold(text: str) -> str:
    """``text`` without case: each character's simple upper case, then its simple lower case."""
    return "".join(map(fold_character, text))


def fold_character(character: str) -> str:
    """Python knows only full mappings: one to several characters is no simple upper case."""
    upper = character.upper() if len(character.upper()) == 1 else character
    return upper.lower()[0]


def compare(test: Test, text: str) -> bool:
    """The truth of ``test`` for one text."""
    if test.operator in _ON_NUMBERS:
        number = as_number(text)
        return number is not None and _ON_NUMBERS[test.operator](number, float(test.value))
    if test.operator in _ON_MOMENTS:
        moment = as_moment(text)
        return moment is not None and _ON_MOMENTS[test.operator](moment) == int(test.value)
    if test.operator is Operator.CIDR:
        return is_in_network(text, test.value)
    case = str if test.is_cased or test.operator is Operator.REGEX else fold
    return _ON_TEXTS[test.operator](case(text), case(test.value))


_ON_TEXTS: Final[dict[Operator, Callable[[str, str], bool]]] = {
    Operator.EQUALS: str.__eq__,
    Operator.CONTAINS: str.__contains__,
    Operator.STARTSWITH: str.startswith,
    Operator.ENDSWITH: str.endswith,
    Operator.LIKE: lambda text, pattern: re.fullmatch(like(pattern), text, re.DOTALL) is not None,
    Operator.REGEX: lambda text, expression: re2.search(expression, text) is not None,
}
_ON_FIELDS: Final[dict[Operator, Callable[[str, str], bool]]] = {
    Operator.FIELDREF: str.__eq__,
    Operator.FIELDREF_CONTAINS: str.__contains__,
    Operator.FIELDREF_STARTSWITH: str.startswith,
    Operator.FIELDREF_ENDSWITH: str.endswith,
}
_ON_MOMENTS: Final[dict[Operator, Callable[[datetime], int]]] = {
    Operator.MINUTE: lambda moment: moment.minute,
    Operator.HOUR: lambda moment: moment.hour,
    Operator.DAY: lambda moment: moment.day,
    Operator.WEEK: lambda moment: moment.isocalendar().week,
    Operator.MONTH: lambda moment: moment.month,
    Operator.YEAR: lambda moment: moment.year,
}
_ON_NUMBERS: Final[dict[Operator, Callable[[float, float], bool]]] = {
    Operator.LT: lambda a, b: a < b,
    Operator.LTE: lambda a, b: a <= b,
    Operator.GT: lambda a, b: a > b,
    Operator.GTE: lambda a, b: a >= b,
}


def like(pattern: str) -> str:
    """A LIKE pattern as a regular expression, character by character."""
    out, rest = "", list(pattern)
    while rest:
        character = rest.pop(0)
        if character == "\\" and rest and rest[0] in "*?\\":
            out += re.escape(rest.pop(0))
        else:
            out += {"*": ".*", "?": "."}.get(character, re.escape(character))
    return out


def as_number(text: str) -> float | None:
    """A finite number as JSON writes it (leading zeros allowed)."""
    if not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text, re.ASCII):
        return None
    number = float(text)
    return None if abs(number) == float("inf") else number


def as_moment(text: str) -> datetime | None:
    """A moment from 1970 to 2261 in ISO 8601 (in UTC if it names no zone), or as a number since 1970."""
    text = text.strip()
    is_number = re.fullmatch(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?", text, re.ASCII)
    if is_number and not re.fullmatch(r"(19|20)\d{6}", text, re.ASCII):
        return as_epoch(float(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if 1970 <= moment.year < 2262 else None


def as_epoch(number: float) -> datetime | None:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970: its size tells which."""
    for limit, a_second in ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)):
        if abs(number) < limit:
            moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=round(number * 1e6 / a_second))
            return moment if 1970 <= moment.year < 2262 else None
    return None


def is_in_network(text: str, network: str) -> bool:
    """Whether ``text`` is an address in ``network``; an IPv4 address in IPv6 clothes is an IPv4 address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    wanted = ipaddress.ip_network(network, strict=False)
    plain = mapped or address
    return plain.version == wanted.version and int(plain) & int(wanted.netmask) == int(wanted.network_address)
