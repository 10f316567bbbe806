"""What each process holds, and how long readers wait, minute by minute: an SVG in two panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tests.bench.plot import STYLE, apart

Points = Sequence[tuple[float, float]]

_WIDTH, _HEIGHT = 820, 520
_LEFT, _RIGHT = 70, 640
_PANELS = ((54, 320), (362, 470))
_DASHES = ("", "2 4", "8 4", "1 3", "12 3 2 3", "5 2")


def draw(memory: Mapping[str, Points], waits: Points, caption: str, file: Path) -> None:
    """Write the plot: memory of each role above, the longest wait between two looks below."""
    minutes = max((minute for minute, _ in waits), default=1.0)
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>Memory and waits during the soak</title><style>{STYLE}</style>",
        f'<text class="title" x="{_LEFT}" y="26">Memory of each process, and longest wait</text>',
        *_panel(_PANELS[0], memory, minutes, "MB", "ours"),
        *_panel(_PANELS[1], {"longest wait": waits}, minutes, "ms", "peer"),
        f'<text class="mid" x="{(_LEFT + _RIGHT) / 2}" y="{_PANELS[1][1] + 20}">minutes</text>',
        f'<text x="{_LEFT}" y="{_HEIGHT - 8}">{escape(caption)}</text></svg>',
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(body) + "\n", encoding="utf-8")


def _panel(
    heights: tuple[int, int], series: Mapping[str, Points], minutes: float, unit: str, style: str
) -> list[str]:
    top, bottom = heights
    highest = max((value for points in series.values() for _, value in points), default=1.0)
    most = _round(highest)

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return (
            _LEFT + point[0] / minutes * (_RIGHT - _LEFT),
            bottom - point[1] / most * (bottom - top),
        )

    drawn = []
    for part in range(5):
        y = bottom - part / 4 * (bottom - top)
        drawn.append(f'<path class="grid" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>')
        label = f"{most * part / 4:g} {unit}"
        drawn.append(f'<text class="end" x="{_LEFT - 8}" y="{y + 4:.1f}">{label}</text>')
    lines = [(name, [place(point) for point in points]) for name, points in series.items()]
    lines = [line for line in lines if line[1]]
    levels = apart([points[-1][1] for _, points in lines], bottom)
    for number, ((name, points), y) in enumerate(zip(lines, levels, strict=True)):
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        dash = f' style="stroke-dasharray:{_DASHES[number % len(_DASHES)]}"' if number else ""
        label = f'<text x="{_RIGHT + 14}" y="{y + 4:.1f}">{escape(name)}</text>'
        drawn.append(f'<g class="{style}"><path{dash} d="M{path}"/>{label}</g>')
    return drawn


def _round(value: float) -> float:
    """The next of 1, 2, 4 or 8 times a power of ten: its quarters are round, too."""
    scale = 1.0
    while scale * 10 <= value:
        scale *= 10
    return next(step * scale for step in (1, 2, 4, 8, 10, 20) if step * scale >= value)
