"""A chart over time, as `web/parts/plot.html` shows it and `plots.js` draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values, stacked on those before it.

    Attributes:
        colour: a token of the style sheet, such as `high`.
        counted: the number that the legend shows; None: the sum of the values.
        address: where that number leads; empty: nowhere.
    """

    label: str
    colour: str
    values: Sequence[int]
    counted: int | None = None
    address: str = ""

    @property
    def total(self) -> int:
        """The number of the legend."""
        return sum(self.values) if self.counted is None else self.counted


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart.

    Attributes:
        words: what a screen reader says of it.
        moments: the beginning of each bar, UTC.
        zoom: where a drag over it leads, with `from` and `to` in seconds since 1970; empty: it cannot be zoomed.
    """

    words: str
    moments: Sequence[datetime]
    series: Sequence[Series]
    zoom: str = ""

    @property
    def as_data(self) -> dict[str, object]:
        """What the script draws."""
        rows = [{"label": each.label, "colour": each.colour, "values": list(each.values)} for each in self.series]
        return {"x": [int(moment.timestamp()) for moment in self.moments], "series": rows}
