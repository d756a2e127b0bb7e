"""What a rule that reads well may still get wrong, seen beside Sigma's taxonomy and the sources there are."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tocsin.kernel.issues import Issue, Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules import issues, site_issues
from tocsin.rules.documents import Document
from tocsin.rules.expressions import iterate_fields
from tocsin.rules.model import DetectionRule
from tocsin.rules.outline import find_document, find_field
from tocsin.rules.taxonomies import GENERIC, PRODUCTS
from tocsin.rules.taxonomy import PARTS, find_route, is_known


@dataclass(frozen=True, slots=True)
class Carrier:
    """A source that has sent events.

    Attributes:
        fields: the names of all fields that any of its events had.
    """

    logsource: LogSource
    fields: frozenset[str]


Find = Callable[[Location], Document | None]
"""Where the document of a rule is found."""


def review(rules: Iterable[DetectionRule], carriers: Sequence[Carrier], find: Find = find_document) -> Iterator[Issue]:
    """Warnings: names that look misspelt, and fields that no source of the rule's logsource has sent."""
    for rule in rules:
        yield from _review_logsource(rule, find)
        yield from _review_fields(rule, carriers, find)


def _review_logsource(rule: DetectionRule, find: Find) -> Iterator[Issue]:
    if is_known(rule.logsource):
        return
    product = PRODUCTS.get((rule.logsource.product or "").lower())
    known = {
        "product": list(PRODUCTS),
        "category": [*(product.categories if product else ()), *GENERIC],
        "service": list(product.services if product else ()),
    }
    for part in PARTS:
        name = getattr(rule.logsource, part)
        meant = issues.nearest(name, known[part], cutoff=0.8) if name else None
        if meant and meant != name.lower():
            document = find(rule.meta.location)
            place = document.at("logsource", part) if document else rule.meta.location
            yield site_issues.misspelt_logsource(place, part, name, meant)


def _review_fields(rule: DetectionRule, carriers: Sequence[Carrier], find: Find) -> Iterator[Issue]:
    fitting = [each for each in carriers if _carries(each.logsource, rule.logsource)]
    sent = {name for each in fitting for name in each.fields}
    folded = {name.casefold() for name in sent}
    for field in dict.fromkeys(iterate_fields(rule.condition)) if fitting else ():
        if field.casefold() not in folded:
            yield site_issues.strange_field(find_field(rule, field, find), field, rule.logsource, sorted(sent))


def _carries(source: LogSource, rule: LogSource) -> bool:
    """Whether ``source`` says by itself that its events are for ``rule``; one that says nothing proves nothing."""
    return source != LogSource() and find_route(rule, source).is_always
