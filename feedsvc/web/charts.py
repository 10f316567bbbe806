"""Charts as inline SVG: columns and lines that can be read without script, colour or eyes.

In: series of numbers with a label for each place. Out: markup. Every chart has a text alternative
that says what it shows, and each column its figures as a tooltip; colours are classes, so that the
page's stylesheet gives them for light and dark. Pure. Knows no page, no store and no clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Final

import msgspec
from markupsafe import Markup, escape

from feedsvc.web.telling import TELLERS

#: The drawing's own units: narrow, so that text keeps its size on a phone.
WIDTH: Final = 420
HEIGHT: Final = 170
_TOP: Final = 18
_BASE: Final = HEIGHT - 22
_ROOM: Final = _BASE - _TOP
#: Less than this is nothing.
_LEAST: Final = 1e-9
#: What part of its place a column fills.
_FILL: Final = 0.78
#: How wide a single column may get.
_WIDEST: Final = 26.0
_STEPS: Final = (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10)


class Series(msgspec.Struct, frozen=True):
    """One row of numbers; ``style`` is the class that gives its colour."""

    name: str
    values: tuple[float, ...]
    style: str

    @property
    def total(self) -> float:
        """All of them."""
        return sum(self.values)


class Chart(msgspec.Struct, frozen=True):
    """What is to be drawn; ``labels`` has one for each place, ``unit`` names a teller."""

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = "count"

    @property
    def tell(self) -> Callable[[float], str]:
        """How its values are told."""
        return TELLERS[self.unit]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return not any(any(series.values) for series in self.series)

    def rows(self) -> Iterator[tuple[str, list[str]]]:
        """The same as a table: label and figures of each place where there is something."""
        for place, label in enumerate(self.labels):
            values = [series.values[place] for series in self.series]
            if any(values):
                yield label, [self.tell(value) for value in values]


def columns(chart: Chart) -> Markup:
    """Stacked columns; series stand on each other in their order."""
    sums = [sum(s.values[i] for s in chart.series) for i in range(len(chart.labels))]
    top = ceiling(max(sums, default=0))
    drawn = Markup().join(_column(chart, place, top) for place, total in enumerate(sums) if total)
    return _frame(chart, top, f"{_told(chart)} {_peak(chart, sums)}", drawn)


def lines(chart: Chart) -> Markup:
    """One line for each series; a single point is a dot."""
    top = ceiling(max((max(series.values, default=0) for series in chart.series), default=0))
    drawn = Markup().join(_line(chart, series, top) for series in chart.series)
    last = ", ".join(f"{s.name} {chart.tell(s.values[-1])}" for s in chart.series if s.values)
    return _frame(chart, top, f"At the end: {last}.", drawn)


def ceiling(value: float) -> float:
    """The round number that the axis ends at: no less than the value, and divisible in two."""
    if value < _LEAST:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _STEPS if step * power >= value * 0.999999)


def _column(chart: Chart, place: int, top: float) -> Markup:
    pitch = WIDTH / len(chart.labels)
    width = min(pitch * _FILL, _WIDEST)
    left = place * pitch + (pitch - width) / 2
    values = [series.values[place] for series in chart.series]
    feet = accumulate(values, initial=0.0)
    parts = [
        Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(
            series.style, _n(left), _n(_y(foot + value, top)), _n(width), _n(_ROOM * value / top)
        )
        for series, value, foot in zip(chart.series, values, feet, strict=False)
        if value
    ]
    said = ", ".join(
        f"{s.name} {chart.tell(v)}" for s, v in zip(chart.series, values, strict=True) if v
    )
    return Markup("<g><title>{}</title>{}</g>").format(
        f"{chart.labels[place]}: {said}", Markup().join(parts)
    )


def _line(chart: Chart, series: Series, top: float) -> Markup:
    step = (WIDTH - 8) / max(1, len(chart.labels) - 1)
    points = [(4 + place * step, _y(value, top)) for place, value in enumerate(series.values)]
    if not points:
        return Markup()
    path = " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
    x, y = points[-1]
    said = f"{series.name}: {chart.tell(series.values[-1])}"
    return Markup(
        '<g class="{}"><title>{}</title><polyline points="{}"/><circle cx="{}" cy="{}" r="3"/></g>'
    ).format(series.style, said, path, _n(x), _n(y))


def _frame(chart: Chart, top: float, told: str, drawn: Markup) -> Markup:
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>'
    ).format(
        WIDTH,
        HEIGHT,
        f"{chart.title}. {told}",
        _grid(top),
        drawn,
        _values(chart, top) + _places(chart),
    )


def _grid(top: float) -> Markup:
    """A line at the top, one in the middle and the base, behind what is drawn."""
    line = Markup('<line x1="0" x2="{}" y1="{}" y2="{}"/>')
    above = (_n(_y(value, top)) for value in (top, top / 2))
    base = Markup('<line class="base" x1="0" x2="{}" y1="{}" y2="{}"/>').format(WIDTH, _BASE, _BASE)
    return Markup().join(line.format(WIDTH, y, y) for y in above) + base


def _values(chart: Chart, top: float) -> Markup:
    """What the lines stand for, in front: above them, where they take no room from the columns."""
    text = Markup('<text x="0" y="{}">{}</text>')
    return Markup().join(
        text.format(_n(_y(value, top) - 4), chart.tell(value)) for value in (top, top / 2)
    )


def _places(chart: Chart) -> Markup:
    """The labels of the first place, the middle one and the last."""
    count = len(chart.labels)
    shown = {0: ("start", 0.0), count - 1: ("end", float(WIDTH))}
    if count > 2:  # noqa: PLR2004 - there is a middle
        shown[count // 2] = ("middle", (count // 2 + 0.5) * WIDTH / count)
    return Markup().join(
        Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
            _n(x), HEIGHT - 6, anchor, escape(chart.labels[place])
        )
        for place, (anchor, x) in sorted(shown.items())
        if 0 <= place < count
    )


def _told(chart: Chart) -> str:
    """Each series with its total, the largest first."""
    ranked: Sequence[Series] = sorted(chart.series, key=lambda s: s.total, reverse=True)
    return ", ".join(f"{s.name} {chart.tell(s.total)}" for s in ranked if s.total) + " in all."


def _peak(chart: Chart, sums: Sequence[float]) -> str:
    place = max(range(len(sums)), key=sums.__getitem__, default=0)
    return f"Most at {chart.labels[place]}: {chart.tell(sums[place])}." if sums else ""


def _y(value: float, top: float) -> float:
    return _BASE - _ROOM * value / top


def _n(value: float) -> str:
    """A coordinate, as short as can be."""
    return f"{value:.1f}".removesuffix(".0")
