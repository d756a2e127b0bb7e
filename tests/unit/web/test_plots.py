"""What a chart tells the script."""

from datetime import UTC, datetime, timedelta

from tocsin.web.plots import Plot, Series


def test_a_chart_is_seconds_and_rows() -> None:
    """In the order of its series; a series knows its sum."""
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    plot = Plot(
        "Alerts by hour",
        [begin, begin + timedelta(hours=1)],
        [Series("high", "high", (1, 2)), Series("low", "low", (0, 4))],
    )
    assert plot.as_data == {
        "x": [1_767_225_600, 1_767_229_200],
        "series": [
            {"label": "high", "colour": "high", "values": [1, 2]},
            {"label": "low", "colour": "low", "values": [0, 4]},
        ],
    }
    assert [each.total for each in plot.series] == [3, 4]


def test_a_legend_may_count_otherwise_than_the_bars() -> None:
    """What is in several bars is one in the legend."""
    assert Series("high", "high", [1, 1]).total == 2
    assert Series("high", "high", [1, 1], counted=1).total == 1
