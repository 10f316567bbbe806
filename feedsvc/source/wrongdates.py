"""Dates in forms that are not accepted: what they meant, and what to write instead.

In: text that is no accepted date. Out: the same moment in an accepted form where there can be no
doubt, otherwise words of advice. It must not know the accepted forms' own rules: see ``dates``.
"""

from __future__ import annotations

import re
from datetime import datetime

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)  # not calendar's: those change with the locale

_GENERAL = "write it as 2024-07-26, or as 2024-07-26 14:30 where the time matters"
_NOON = 12
_LONGEST = 100  # characters that are looked at
_CLOCK = (
    r"(?:(?:\s*,\s*|[Tt]|\s+)(?:at\s+)?(?P<hour>[0-9]{1,2})[:.h](?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2}))?(?:\s*(?:Uhr|hrs?|h))?\s*(?P<half>[AaPp])?(?(half)\.?[Mm]\.?)"
    r"\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?)?\s*\Z"
)
_NAME = r"(?P<month>[A-Za-z]{3,9})\.?"
_NUMBER = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?"
_CERTAIN = tuple(
    re.compile(day + _CLOCK)
    for day in (
        r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        r"(?P<day>[0-9]{1,2})\.\s?(?P<month>[0-9]{1,2})\.\s?(?P<year>[0-9]{4})",
        rf"(?:[A-Za-z]{{3,9}},?\s+)?{_NAME}\s+{_NUMBER},?\s+(?P<year>[0-9]{{4}})",
        rf"(?:[A-Za-z]{{3,9}},?\s+)?{_NUMBER}\s+{_NAME},?\s+(?P<year>[0-9]{{4}})",
    )
)
_YEAR_LAST = re.compile(
    r"(?P<first>[0-9]{1,2})([-/])(?P<second>[0-9]{1,2})\2(?P<year>[0-9]{4})(?P<rest>\D.*)?\Z",
    re.DOTALL,
)
_SHORT_YEAR = re.compile(r"(?P<before>[0-9]{1,2}([-/.])[0-9]{1,2}\2)(?P<year>[0-9]{2})(?![0-9])")
_ZONE_NAME = re.compile(
    r".*[0-9]{2}:[0-9]{2}(?::[0-9]{2})?\s*(?P<name>[A-Za-z][A-Za-z/_]*)\Z", re.DOTALL
)


def mended(text: str) -> str | None:
    """The date in an accepted form, where the text can mean only one; otherwise None."""
    meanings = _meanings(_folded(text))
    return meanings[0] if len(meanings) == 1 else None


def advice(text: str) -> str:
    """What to write in place of the text."""
    text = _folded(text)
    if meanings := _meanings(text):
        return f"write {' or '.join(meanings)}" + (", whichever is meant" if meanings[1:] else "")
    if short := _SHORT_YEAR.match(text):
        return f"write the year with four digits: {short['before']}20{short['year']}"
    if zone := _ZONE_NAME.match(text):
        return f"write an offset such as +02:00 in place of '{zone['name']}', or leave it out"
    return _GENERAL


def _folded(text: str) -> str:
    return " ".join(text[:_LONGEST].split()).rstrip(",;")


def _meanings(text: str) -> list[str]:
    if match := _YEAR_LAST.match(text):
        first, second, rest = int(match["first"]), int(match["second"]), match["rest"] or ""
        orders = dict.fromkeys(((second, first), (first, second)))
        texts = (f"{match['year']}-{month:02}-{day:02}{rest}" for month, day in orders)
        return [meaning for certain in texts for meaning in _meanings(certain)]
    for form in _CERTAIN:
        if match := form.match(text):
            return [meaning] if (meaning := _written(match)) else []
    return []


def _written(match: re.Match[str]) -> str | None:
    """The match in ISO 8601, or None where there is no such day or time."""
    parts = match.groupdict()
    month = int(parts["month"]) if parts["month"].isdigit() else _month(parts["month"])
    hour = int(parts["hour"] or 0)
    if parts["half"]:
        hour = hour % _NOON + (_NOON if parts["half"] in "Pp" else 0)
    time = hour, int(parts["minute"] or 0), int(parts["second"] or 0)
    try:
        moment = datetime(int(parts["year"]), month, int(parts["day"]), *time)  # noqa: DTZ001
    except ValueError:
        return None
    if not parts["hour"]:
        return f"{moment:%Y-%m-%d}"
    zone = (parts["zone"] or "").replace("UTC", "Z").replace("GMT", "Z")
    return f"{moment:%Y-%m-%d %H:%M}" + (f":{parts['second']}" if parts["second"] else "") + zone


def _month(name: str) -> int:
    short = name[:3].capitalize()
    numbers = (n for n, month in enumerate(MONTHS, 1) if month[:3] == short)
    return next(numbers, 0)
