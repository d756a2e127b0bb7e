"""A chart over time, as `web/parts/plot.html` shows it and `plots.js` draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values, stacked on those before it. `colour` names a token of the style sheet, such as `high`."""

    label: str
    colour: str
    values: Sequence[int]

    @property
    def total(self) -> int:
        """The sum of the values."""
        return sum(self.values)


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
