"""Dates as people type them, to instants in UTC.

In: text, and the zone that is meant where it names none. Out: aware datetimes in UTC, dates, or
``Unfit`` with the fix. It must not know what time it is now.

Right are ISO 8601 and DD.MM.YYYY, each with or without a time. A date alone is the first moment of
that day in the zone. When clocks go back an hour comes twice: its first run is meant, unless an
offset says otherwise. When they go forward an hour is missing: a time in it is refused.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from feedsvc.source.fields import Field, Schema, Scope, Unfit
from feedsvc.source.nodes import Node
from feedsvc.source.values import words
from feedsvc.source.wrongdates import MONTHS, advice

FIRST_YEAR, LAST_YEAR = 1900, 2200

_ISO = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_GERMAN = r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})"
_CLOCK = (
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?"
    r"\s*(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_FORMS = tuple(re.compile(rf"{day}(?:(?:\s+|[Tt]){_CLOCK})?\Z") for day in (_ISO, _GERMAN))
# By far the most dates, several times faster: what datetime itself reads.
_USUAL = re.compile(
    r"(?:19|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}(?:[ T](?:[01][0-9]|2[0-3]):[0-9]{2}(?::[0-9]{2})?"
    r"(?P<offset>Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?)?\Z"
)
_DAY_ALONE = len("2024-07-26")
_PARTS = ("year", "month", "day", "hour", "minute", "second", "fraction", "offset")

_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4})"
DAY: Schema = {"type": ["string", "null"], "pattern": rf"^\s*{_DAY}\s*$"}
INSTANT: Schema = {
    "type": ["string", "null"],
    "pattern": rf"^\s*{_DAY}(([Tt]|\s+)[0-9]{{2}}:[0-9]{{2}}.*)?\s*$",
}

_LAST_MONTH, _LAST_DAY, _LAST_HOUR, _LAST_MINUTE = 12, 31, 23, 59
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = timedelta()
_FARTHEST = timedelta(hours=14)  # from UTC, in the Line Islands


class Moment(NamedTuple):
    """What a wall clock and calendar showed; ``clock`` is False where only the day was given."""

    reading: datetime
    clock: bool = False
    offset: timezone | None = None


def read_instant(scope: Scope, field: Field, node: Node) -> datetime | None:
    """An instant in UTC."""
    text = words(scope, field, node)
    if text is None:
        return None
    try:
        return instant(text, scope.zone)
    except Unfit as unfit:
        scope.fail(field, node, str(unfit))
        return None


def read_day(scope: Scope, field: Field, node: Node) -> date | None:
    """A day, without a time."""
    text = words(scope, field, node)
    if text is None:
        return None
    try:
        moment = parse(text)
        if moment.clock:
            scope.fail(field, node, f"leave out the time: {moment.reading:%Y-%m-%d}")
            return None
        return moment.reading.date()
    except Unfit as unfit:
        scope.fail(field, node, str(unfit))
        return None


def instant(text: str, zone: tzinfo) -> datetime:
    """The instant that the text means in the zone, in UTC. Raises Unfit with the fix."""
    reading, clock, offset = parse(text)
    ahead = (offset or zone).utcoffset(reading)  # fold=0: the first run of a repeated hour
    utc = _EPOCH_UTC + (reading - _EPOCH - (ahead or _NOTHING))  # replace() takes as long as it all
    if clock and not offset and (shown := utc.astimezone(zone)).utcoffset() != ahead:
        day = f"{reading:%Y-%m-%d}"
        raise Unfit(f"on {day} the clocks of {zone} skip that hour: write {shown:%Y-%m-%d %H:%M}")
    return utc


def parse(text: str) -> Moment:
    """What the text says by itself. Raises Unfit with the fix."""
    if moment := _usual(text):
        return moment
    for form in _FORMS:
        if match := form.match(text):
            year, month, day, *clock = match.group(*_PARTS)
            return _moment((int(year), int(month), int(day)), clock)
    raise Unfit(advice(text))


def _usual(text: str) -> Moment | None:
    """The moment where the text is of the usual form and right in it."""
    if text[2:3] == "." == text[5:6]:
        text = f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}"
    if not (match := _USUAL.match(text)):
        return None
    offset = match["offset"]
    try:
        reading = datetime.fromisoformat(text.removesuffix(offset) if offset else text)
    except ValueError:
        return None
    return Moment(reading, len(text) > _DAY_ALONE, _offset(offset) if offset else None)


def _moment(day: tuple[int, int, int], clock: list[str | None]) -> Moment:
    hour, minute, second, fraction, offset = clock
    _check_day(*day)
    if hour is None:
        return Moment(datetime(*day))  # noqa: DTZ001  # the zone is the caller's
    time = int(hour), int(minute or 0), int(second or 0)
    _check_time(day, *time)
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    reading = datetime(*day, *time, microsecond)  # noqa: DTZ001
    return Moment(reading, clock=True, offset=_offset(offset) if offset else None)


def _check_day(year: int, month: int, day: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Unfit(f"write a year from {FIRST_YEAR} to {LAST_YEAR}")
    if not 1 <= month <= _LAST_MONTH:
        raise Unfit(f"month {month} does not exist")
    if not 1 <= day <= _LAST_DAY:
        raise Unfit(f"day {day} does not exist")
    days = monthrange(year, month)[1]
    if day > days:
        raise Unfit(f"{MONTHS[month - 1]} {year} has only {days} days")


def _check_time(day: tuple[int, int, int], hour: int, minute: int, second: int) -> None:
    if (hour, minute, second) == (_LAST_HOUR + 1, 0, 0):
        following = date(*day) + timedelta(days=1)
        raise Unfit(f"write {following} 00:00, the first moment of the next day")
    if hour > _LAST_HOUR:
        raise Unfit(f"hour {hour} does not exist")
    if minute > _LAST_MINUTE:
        raise Unfit(f"minute {minute} does not exist")
    if second > _LAST_MINUTE:
        raise Unfit(f"second {second} does not exist")


def _offset(text: str) -> timezone:
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if ahead > _FARTHEST or int(digits[2:]) > _LAST_MINUTE:
        raise Unfit("write an offset from -12:00 to +14:00")
    return timezone(-ahead if text[0] == "-" else ahead)
