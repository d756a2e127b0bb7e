"""Which events a rule looks at, by Sigma's product, category and service.

1. What the source states decides.
2. What it does not state, a field of the event with the part's own name (`category`) decides.
3. Where the event has no such field, its other fields decide by the taxonomy (`taxonomies`): `Channel` and
   `EventID` of a Windows event, the program of a syslog line.
4. Where it does not have those either, nothing speaks against it, and the rule looks at it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tocsin.kernel.logsource import LogSource
from tocsin.rules.expressions import all_of, any_of
from tocsin.rules.model import And, Expression, Operator, Or, Test
from tocsin.rules.taxonomies import BARE_SERVICES, GENERIC, PRODUCTS
from tocsin.rules.taxonomies.signs import Mark, Product, Sign

PARTS: Final = ("product", "category", "service")

Column = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """Whether a rule looks at the events of one source.

    Attributes:
        is_open: False if it never does.
        columns: (column, value in lower case): it looks at an event only if each of these columns,
            where the event has it (the column exists and is not null), equals the value without case.
        shown: (one of these columns, what must hold of an event that does not have it).
    """

    is_open: bool = True
    columns: tuple[Column, ...] = ()
    shown: tuple[tuple[str, Expression], ...] = ()

    @property
    def is_always(self) -> bool:
        """Whether the rule looks at every event of the source."""
        return self.is_open and not self.columns

    @property
    def condition(self) -> Expression:
        """All of it as one expression over the event's fields."""
        shown = dict(self.shown)
        return all_of(
            any_of(
                (
                    Test(column, Operator.EQUALS, wanted),
                    all_of((Test(column, Operator.IS_NULL), shown.get(column, And(())))),
                )
            )
            for column, wanted in self.columns
        )


NEVER: Final = Route(is_open=False)
_UNKNOWN: Final = Product(is_closed=False)
_NOTHING_SHOWS_IT: Final = Or(())


@dataclass(frozen=True, slots=True)
class _Question:
    """A rule's part that the source does not settle; ``shown`` as in `Route`, None: nothing must hold."""

    column: str
    wanted: str
    shown: Expression | None = None


def find_route(rule: LogSource, source: LogSource) -> Route:
    """Compare what ``rule`` names with what ``source`` states, with its events' fields, and with the taxonomy.

    A source that states nothing is looked at by every rule, as far as its events' fields do not speak against it.
    """
    rule, source = _lower(rule), _lower(source)
    product = PRODUCTS.get(rule.product or source.product or "", _UNKNOWN)
    questions: list[_Question] = []
    for ask in (_ask_product, _ask_category, _ask_service):
        found = ask(rule, source, product)
        if found is False:
            return NEVER
        if isinstance(found, _Question):
            questions.append(found)
    columns = tuple((each.column, each.wanted) for each in questions)
    return Route(True, columns, tuple((each.column, each.shown) for each in questions if each.shown is not None))


def routing_fields(rule: LogSource) -> frozenset[str]:
    """The fields that may decide whether ``rule`` looks at an event."""
    named = _lower(rule)
    parts = {part for part in PARTS if getattr(named, part)}
    known = [PRODUCTS[named.product]] if named.product in PRODUCTS else list(PRODUCTS.values())
    return frozenset(parts | {column for product in known for column, _ in _marks(product, named)})


def is_known(rule: LogSource) -> bool:
    """Whether the taxonomy has the product, category and service that ``rule`` names."""
    named = _lower(rule)
    if named.product is None:
        return named.category in {None, *GENERIC} and named.service in {None, *BARE_SERVICES}
    product = PRODUCTS.get(named.product)
    if product is None:
        return False
    return named.category in {None, *product.categories} and named.service in {None, *product.services}


def _lower(logsource: LogSource) -> LogSource:
    return LogSource(*(value.lower() if (value := getattr(logsource, part)) else None for part in PARTS))


def _marks(product: Product, rule: LogSource) -> Iterator[Mark]:
    for sign in product.categories.get(rule.category or "", ()):
        yield from sign.marks
    yield from product.services.get(rule.service or "", ())


def _ask_product(rule: LogSource, source: LogSource, product: Product) -> _Question | bool:
    if not rule.product or source.product:
        return not rule.product or rule.product == source.product
    if source.category in GENERIC and not rule.category and product is not _UNKNOWN:
        return _Question("product", rule.product, _NOTHING_SHOWS_IT)
    return _Question("product", rule.product)


def _ask_category(rule: LogSource, source: LogSource, product: Product) -> _Question | bool:
    wanted = rule.category
    if not wanted or source.category:
        return not wanted or wanted == source.category
    if wanted not in product.categories:
        is_foreign = product.is_closed and source.product is not None
        return _Question("category", wanted, _NOTHING_SHOWS_IT) if is_foreign else _Question("category", wanted)
    signs = product.categories[wanted]
    if not signs:
        return _Question("category", wanted)
    fitting = [sign for sign in signs if source.service is None or sign.service in (None, source.service)]
    if not fitting:
        return _Question("category", wanted, _NOTHING_SHOWS_IT)
    return _Question("category", wanted, any_of(map(_shows, fitting)))


def _ask_service(rule: LogSource, source: LogSource, product: Product) -> _Question | bool:
    wanted, stated = rule.service, source.service
    if not wanted or wanted == stated or stated in _parts_of(wanted, product):
        return True
    marks = product.services.get(wanted, ())
    if stated:
        is_part = stated in product.within.get(wanted, ())
        return _Question("service", wanted, _bears(marks)) if is_part else False
    if wanted not in product.services and product.is_closed and source.product:
        return _Question("service", wanted, _NOTHING_SHOWS_IT)
    return _Question("service", wanted, _bears(marks) if marks else None)


def _parts_of(service: str, product: Product) -> set[str | None]:
    """The services of which all events are events of ``service`` too."""
    return {part for part, wider in product.within.items() if service in wider}


def _shows(sign: Sign) -> Expression:
    return _bears(sign.marks)


def _bears(marks: Iterable[Mark]) -> Expression:
    return all_of(
        any_of((Test(column, Operator.IS_NULL), *(Test(column, Operator.EQUALS, value) for value in values)))
        for column, values in marks
    )
