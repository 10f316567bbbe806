"""Cost against number of entries, log-log, as an SVG that reads well in light and in dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tests.bench.table import Row

_WIDTH, _HEIGHT = 820, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 600, 54, 400
_LINES = (
    ("feedsvc: edit saved → served", "edit", "saved to served: new title", "ours a"),
    ("feedsvc: build without change", "build", "no change, running builder", "ours b"),
    ("feedsvc: restart", "build", "restart, nothing changed", "ours c"),
    ("feedsvc: cold, everything", "build", "cold, everything", "ours d"),
    ("Hugo: edit, feeds from YAML", "hugo", "feeds alone, YAML data: one edit", "peer a"),
    ("Hugo: edit, feeds and pages", "hugo", "feeds and pages, Markdown: one edit", "peer b"),
    ("Hugo: cold, feeds and pages", "hugo", "feeds and pages, Markdown: cold", "peer c"),
)
STYLE = """
svg{font:13px system-ui,sans-serif;--ink:#1f2328;--faint:#d0d7de;--ours:#0b6bcb;--peer:#b4540a}
@media (prefers-color-scheme:dark){svg{--ink:#e6edf3;--faint:#3d444d;--ours:#58a6ff;--peer:#f0883e}}
text{fill:var(--ink)}.title{font-size:16px;font-weight:600}.end{text-anchor:end}
.mid{text-anchor:middle}.grid{stroke:var(--faint);stroke-width:1}
path{fill:none;stroke-width:2.2;stroke-linejoin:round}
.ours path{stroke:var(--ours)}.peer path{stroke:var(--peer)}
.ours text,.ours circle{fill:var(--ours)}.peer text,.peer circle{fill:var(--peer)}
.b path{stroke-dasharray:2 4}.c path{stroke-dasharray:8 4}.d path{stroke-width:3.6}
"""
_LEAST_GAP = 17


def draw(rows: Iterable[Row], machine: str, file: Path) -> bool:
    """Write the plot, if there is a line: one with fewer than two points is left out."""
    lines = [(name, style, _points(rows, group, what)) for name, group, what, style in _LINES]
    lines = [line for line in lines if len(line[2]) > 1]
    if not lines:
        return False
    scale = _Scale([point for _, _, points in lines for point in points])
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>Seconds against number of entries</title><style>{STYLE}</style>",
        f'<text class="title" x="{_LEFT}" y="26">Seconds against number of entries</text>',
        *scale.grid(),
        *_drawn(lines, scale),
        f'<text x="{_LEFT}" y="{_BOTTOM + 46}">{escape(machine)}</text></svg>',
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(body) + "\n", encoding="utf-8")
    return True


Points = list[tuple[float, float]]


def _points(rows: Iterable[Row], group: str, what: str) -> Points:
    found = [(row.entries, row.value) for row in rows if (row.group, row.what) == (group, what)]
    return sorted((float(entries), value) for entries, value in found if value > 0)


class _Scale:
    """Whole decades that hold every point."""

    def __init__(self, points: Points) -> None:
        across, up = zip(*points, strict=True)
        self._x = _decades(across)
        self._y = _decades(up)

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        """Where a point is drawn."""
        x = (math.log10(point[0]) - self._x[0]) / (self._x[1] - self._x[0])
        y = (math.log10(point[1]) - self._y[0]) / (self._y[1] - self._y[0])
        return _LEFT + x * (_RIGHT - _LEFT), _BOTTOM - y * (_BOTTOM - _TOP)

    def grid(self) -> list[str]:
        """A line and a name for each decade."""
        drawn = []
        for power in range(self._x[0], self._x[1] + 1):
            x, _ = self.place((10.0**power, 10.0 ** self._y[0]))
            drawn.append(f'<path class="grid" d="M{x:.1f} {_TOP}V{_BOTTOM}"/>')
            drawn.append(f'<text class="mid" x="{x:.1f}" y="{_BOTTOM + 20}">{10**power:,}</text>')
        for power in range(self._y[0], self._y[1] + 1):
            _, y = self.place((10.0 ** self._x[0], 10.0**power))
            drawn.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>')
            drawn.append(
                f'<text class="end" x="{_LEFT - 8}" y="{y + 4:.1f}">{10**power:g} s</text>'
            )
        return drawn


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low = math.floor(math.log10(min(values)) + 1e-9)
    return low, max(low + 1, math.ceil(math.log10(max(values)) - 1e-9))


def _drawn(lines: list[tuple[str, str, Points]], scale: _Scale) -> list[str]:
    ends = [scale.place(points[-1])[1] for _, _, points in lines]
    heights = apart(ends)
    drawn = []
    for (name, style, points), y in zip(lines, heights, strict=True):
        placed = [scale.place(point) for point in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in placed)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in placed)
        label = f'<text x="{_RIGHT + 14}" y="{y + 4:.1f}">{escape(name)}</text>'
        last = f"M{placed[-1][0] + 5:.1f} {placed[-1][1]:.1f}L{_RIGHT + 10} {y:.1f}"
        lead = f'<path style="stroke-width:.7;stroke-dasharray:none;opacity:.5" d="{last}"/>'
        drawn.append(f'<g class="{style}"><path d="M{path}"/>{lead}{dots}{label}</g>')
    return drawn


def apart(heights: list[float], bottom: float = _BOTTOM) -> list[float]:
    """The names' heights, moved down so that no two names touch."""
    placed = dict[int, float]()
    last = -math.inf
    for index in sorted(range(len(heights)), key=heights.__getitem__):
        last = placed[index] = max(heights[index], last + _LEAST_GAP)
    over = max(0.0, last - bottom)
    return [placed[index] - over for index in range(len(heights))]
