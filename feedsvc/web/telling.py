"""Numbers, sizes and instants as a person reads them on the status page.

In: plain values. Out: short text. Pure. Knows no page and no clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Final, NamedTuple

_DAY: Final = 86400
#: From how many seconds on a length of time is told in which unit.
_UNITS: Final[tuple[tuple[int, str], ...]] = ((_DAY, "d"), (3600, "h"), (60, "min"), (1, "s"))
_THOUSAND: Final = 1000


class Moment(NamedTuple):
    """An instant: for machines, for a person in the site's zone, and how far away it is."""

    machine: str
    text: str
    distance: str


def moment(instant: datetime, now: datetime, zone: tzinfo) -> Moment:
    """The instant as the page tells it."""
    local = instant.astimezone(zone)
    return Moment(
        instant.isoformat(timespec="seconds"), f"{local:%a %d %b %Y, %H:%M}", away(instant - now)
    )


def away(distance: timedelta) -> str:
    """How far away: "in 3 h", "5 min ago", "just now"."""
    seconds = distance.total_seconds()
    if abs(seconds) < 1:
        return "just now"
    return f"in {length(seconds)}" if seconds > 0 else f"{length(-seconds)} ago"


def length(seconds: float) -> str:
    """A length of time: "35 ms", "2.4 s", "5 min", "3 h", "12 d"."""
    if seconds < 1:
        return f"{seconds * _THOUSAND:.0f} ms"
    if seconds < 10:  # noqa: PLR2004 - below it a digit more says something
        return f"{seconds:.1f} s".replace(".0 ", " ")
    unit, name = next(pair for pair in _UNITS if seconds >= 2 * pair[0] or pair[0] == 1)
    return f"{seconds / unit:.0f} {name}"


def number(value: float) -> str:
    """A count: "0", "950", "1.2 k", "3.4 M"."""
    return _scaled(value, ("", " k", " M", " G"))


def size(value: float) -> str:
    """A number of bytes: "0 B", "950 B", "1.2 kB", "3.4 MB"."""
    return _scaled(value, (" B", " kB", " MB", " GB", " TB"))


#: How values of a chart are told, by what they are.
TELLERS: Final[dict[str, Callable[[float], str]]] = {
    "count": number,
    "bytes": size,
    "seconds": length,
}


def _scaled(value: float, units: tuple[str, ...]) -> str:
    for unit in units[:-1]:
        if value < _THOUSAND:
            return _short(value) + unit
        value /= _THOUSAND
    return _short(value) + units[-1]


def _short(value: float) -> str:
    """Three digits at most, and no zeros that say nothing."""
    digits = 0 if value >= 100 or value == int(value) else 1  # noqa: PLR2004
    return f"{value:.{digits}f}"
