"""Which source's events a rule looks at, by Sigma's product, category and service."""

from dataclasses import dataclass
from typing import Final

from tocsin.kernel.logsource import LogSource

PARTS: Final = ("product", "category", "service")


@dataclass(frozen=True, slots=True)
class Route:
    """Whether a rule looks at the events of one source.

    Attributes:
        is_open: False if it never does.
        columns: (column, value in lower case): it looks at an event only if each of these columns,
            where the event has it (the column exists and is not null), equals the value without
            case. Empty: at every event.
    """

    is_open: bool = True
    columns: tuple[tuple[str, str], ...] = ()

    @property
    def is_always(self) -> bool:
        """Whether the rule looks at every event of the source."""
        return self.is_open and not self.columns


NEVER: Final = Route(is_open=False)


def find_route(rule: LogSource, source: LogSource) -> Route:
    """Compare each part that ``rule`` names with what ``source`` states; what it does not state, its events may.

    A source that states nothing is looked at by every rule.
    """
    open_parts: list[tuple[str, str]] = []
    for part in PARTS:
        wanted, stated = getattr(rule, part), getattr(source, part)
        if not wanted:
            continue
        if not stated:
            open_parts.append((part, wanted.lower()))
        elif stated.lower() != wanted.lower():
            return NEVER
    return Route(columns=tuple(open_parts))
