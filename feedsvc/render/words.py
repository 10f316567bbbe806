"""What pages say of their own accord, and dates and sizes, in a reader's language.

In: language tags (BCP 47), dates, sizes. Out: text. The only importer of Babel. Knows no entry, no
markup, and nothing of the host: neither its locale nor its time zone.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

import msgspec
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format
from babel.units import format_unit

#: Plain English is dated as most of the world reads it: 19 July 2024.
_WORLD_ENGLISH = "en_001"
#: From this year on, no zone is seconds away from UTC.
_WHOLE_MINUTES = 1973
_UNITS = ((10**9, "gigabyte"), (10**6, "megabyte"), (10**3, "kilobyte"), (1, "byte"))


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every word of a page's frame in one ``language``; those with braces are formats."""

    language: str
    skip: str
    sections: str
    all_news: str
    latest: str
    subscribe: str
    feed_help: str
    feeds: str
    opml: str
    published: str
    event: str
    updated: str
    by: str
    topics: str
    media: str
    download: str
    original: str
    older: str
    newer: str
    more: str
    back_section: str
    back_all: str
    archive: str
    page: str
    table: str
    contact: str
    empty: str
    not_found: str
    not_found_text: str
    gone: str
    gone_text: str
    withdrawn: str
    withdrawn_text: str
    reason: str


@cache
def _table() -> dict[str, Words]:
    text = files("feedsvc.render").joinpath("templates/words.toml").read_text("utf-8")
    return {
        language: msgspec.convert({"language": language, **words}, Words)
        for language, words in tomllib.loads(text).items()
    }


@lru_cache(maxsize=256)
def words(*languages: str) -> Words:
    """The words of the first of these languages that has any, else the English ones."""
    table = _table()
    known = (table.get(tag.replace("_", "-").split("-")[0].lower()) for tag in languages)
    return next((found for found in known if found), table["en"])


@lru_cache(maxsize=256)
def _locale(language: str) -> Locale:
    parts = language.replace("-", "_").split("_")
    for end in range(len(parts), 0, -1):
        name = "_".join(parts[:end])
        try:
            return Locale.parse(_WORLD_ENGLISH if name == "en" else name)
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse(_WORLD_ENGLISH)


@lru_cache(maxsize=256)
def direction(language: str) -> str:
    """``ltr`` or ``rtl``."""
    return str(_locale(language).text_direction)


@lru_cache(maxsize=65536)
def day_text(day: date, language: str) -> str:
    """A date in full, with the month's name."""
    return format_date(day, "long", _locale(language))


@lru_cache(maxsize=256)
def _joined(language: str) -> str:
    return str(get_datetime_format("medium", _locale(language))).replace("'", "")


@lru_cache(maxsize=16384)
def _timed(hour: int, minute: int, zone: str, language: str) -> str:
    """A format for a day with this time of the clock."""
    told = format_time(time(hour, minute), "short", locale=_locale(language))
    zone = f"UTC{zone}" if zone.startswith(("+", "-")) else zone
    return _joined(language).replace("{0}", f"{told} {zone}")


def moment_text(moment: datetime, language: str) -> str:
    """A date, with the time and its zone where there is one: midnight means the day alone."""
    day = day_text(moment.date(), language)
    hour, minute = moment.hour, moment.minute
    if not (hour or minute):
        return day
    return _timed(hour, minute, moment.tzname() or "", language).replace("{1}", day)


def iso_text(moment: datetime) -> str:
    """An aware datetime as its ``isoformat()`` is, ISO 8601, at a fifth of the cost."""
    if moment.year < _WHOLE_MINUTES:
        return moment.isoformat()
    text: str = msgspec.to_builtins(moment)
    return text.replace("Z", "+00:00")


@lru_cache(maxsize=4096)
def size_text(length: int, language: str) -> str:
    """A file's size as people say it: ``12.3 MB``."""
    for unit, name in _UNITS:
        if length >= unit:
            amount = round(length / unit, 1 if unit > 10**3 else 0)
            width: Literal["long", "short"] = "short" if unit > 1 else "long"  # 123 bytes
            return format_unit(amount, name, width, locale=_locale(language))
    return ""


def duration_text(seconds: int) -> str:
    """A recording's length: ``1:02:03`` or ``4:05``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
