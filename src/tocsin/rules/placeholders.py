"""Placeholders: what stands as `%name%` in the values of `expand`, and the values that a site gives it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any, Final

from tocsin.kernel.errors import RuleError

Scalar = str | int | float | bool
_PLACEHOLDER: Final = re.compile(r"%([^%\\]+)%")
NO_VALUES: Final = "list its values under 'placeholders:' in a file that TOCSIN_PLACEHOLDERS names"
"""The mend of a placeholder without values."""


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The values of each placeholder.

    Attributes:
        is_open: processing pipelines come after this, which may know others; those are left as they are.
    """

    values: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    is_open: bool = False

    def count(self, value: object) -> int:
        """How many values `fill` makes of ``value``, without making them.

        Raises: RuleError for a placeholder without values.
        """
        return prod(len(choices) for choices in self._choices(value))

    def fill(self, value: Any) -> Iterator[Any]:  # noqa: ANN401  a value of YAML, of any kind
        """``value`` with each of its placeholders replaced by each of the values; alone, its kind is kept.

        Raises: RuleError for a placeholder without values.
        """
        choices = list(self._choices(value))
        if not choices:
            yield value
        elif isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
            yield from choices[0]
        else:
            for chosen in product(*choices):
                yield _replace(value, iter(chosen))

    def _choices(self, value: object) -> Iterator[tuple[Scalar, ...]]:
        """The values of each placeholder in ``value``, in order."""
        for name in _PLACEHOLDER.findall(value) if isinstance(value, str) else ():
            if name not in self.values and not self.is_open:
                raise RuleError(f"the placeholder '%{name}%' has no values; {NO_VALUES}")
            yield self.values.get(name, (f"%{name}%",))


NO_PLACEHOLDERS: Final = Placeholders()


def _replace(text: str, chosen: Iterator[Scalar]) -> str:
    return _PLACEHOLDER.sub(lambda _: write_scalar(next(chosen)), text)


def write_scalar(value: Scalar) -> str:
    """``value`` as it stands in a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def fill_all(value: object, placeholders: Placeholders) -> Iterable[Any]:
    """Every value of ``value``, a list or a single one, with its placeholders replaced."""
    for each in value if isinstance(value, list) else [value]:
        yield from placeholders.fill(each)
