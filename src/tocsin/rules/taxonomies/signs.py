"""What an entry of the taxonomy says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Mark = tuple[str, tuple[str, ...]]
"""A field and the values of which an event that has the field must have one."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One way in which an event shows that it is of a category.

    Attributes:
        service: the service whose log such an event stands in; None: it may stand in any.
        marks: what its fields must be, where it has them.
    """

    service: str | None
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """What the taxonomy knows of a product.

    Attributes:
        categories: per category the signs of which one must hold; without signs only a source or an event
            that names the category is of it.
        services: per service the marks of its events; without marks nothing in an event shows its service.
        within: per service the services whose logs contain its events among others.
        is_closed: its logs hold nothing but what stands here. A rule for another category or service looks
            only at events that name it themselves.
    """

    categories: Mapping[str, tuple[Sign, ...]] = field(default_factory=dict)
    services: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    within: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_closed: bool = True
