"""Readers of the values that only ``config/site.yaml`` holds.

In: nodes. Out: durations, sizes, zones, addresses; or a problem. They must not know in which
mapping they stand, nor any default.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, available_timezones

from feedsvc.source import values
from feedsvc.source.fields import Field, Reader, Scope, Unfit, closest
from feedsvc.source.nodes import Mapping, Node, Scalar
from feedsvc.source.urls import absolute

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"([0-9]{1,9})\s*(?:([smhd])[a-z]*)?\Z", re.IGNORECASE)
_LONGEST = 365 * 86400
_SIZE = re.compile(r"([0-9]{1,12})\s*([KMG])?(?:i?B)?\Z", re.IGNORECASE)
_SIZES = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
MOST_ENTRIES = 1000
# RFC 4151 §2.1: authorityName "," date; the date is a year, a month or a day.
_TAG = re.compile(
    r"(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*,[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?\Z"
)
_STORE = re.compile(r"(?:sqlite:///\S|postgresql(?:\+psycopg)?://)\S*\Z")
_PASSWORD = re.compile(r"(://[^:/@]*:)[^@]*(?=@)")


def duration(least: int) -> Reader:
    """A reader of durations in seconds: ``90``, ``90s``, ``5m``, ``1h``, ``1d``."""

    def read_duration(scope: Scope, field: Field, node: Node) -> int | None:
        text = values.words(scope, field, node)
        if text is None:
            return None
        match = _DURATION.match(text)
        if not match:
            scope.fail(field, node, "write a number and s, m, h or d: 5m")
            return None
        number, unit = match[1], (match[2] or "s").lower()
        if text not in (number, f"{number}{unit}"):
            scope.fail(field, node, f"write {number}{unit}")
            return None
        seconds = int(number) * _UNITS[unit]
        if not least <= seconds <= _LONGEST:
            scope.fail(field, node, f"write at least {least}s and at most 365d")
            return None
        return seconds

    return read_duration


def read_size(scope: Scope, field: Field, node: Node) -> int | None:
    """A size in bytes: ``524288``, ``512K``, ``1M``."""
    text = values.words(scope, field, node)
    if text is None:
        return None
    match = _SIZE.match(text)
    size = int(match[1]) * _SIZES[(match[2] or "").upper()] if match else 0
    if not _SIZES["K"] <= size <= _SIZES["G"]:
        scope.fail(field, node, "write a number and K or M: 512K; at least 1K and at most 1G")
        return None
    return size


def read_entries(scope: Scope, field: Field, node: Node) -> int | None:
    """How many entries a feed shows."""
    number = values.count(scope, field, node)
    if number is not None and not 1 <= number <= MOST_ENTRIES:
        scope.fail(field, node, f"write a number from 1 to {MOST_ENTRIES}")
        return None
    return number


def read_content(scope: Scope, field: Field, node: Node) -> str | None:
    """What of an entry a feed carries."""
    text = values.words(scope, field, node)
    if text in (None, "full", "summary"):
        return text
    scope.fail(field, node, "write full for the whole text, summary for the lead alone")
    return None


def read_timezone(scope: Scope, field: Field, node: Node) -> str | None:
    """The name of a zone in the IANA database."""
    text = values.words(scope, field, node)
    if text is None:
        return None
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder, such as Europe
        known = sorted(available_timezones())
        ends = (name for name in known if name.rpartition("/")[2].lower() == text.lower())
        close = next(ends, None) or closest(text, known)
        likely = close or next((name for name in known if name.lower() == text.lower()), None)
        scope.fail(field, node, f"write {likely or 'a name such as Europe/Vienna, or UTC'}")
        return None
    return text


def read_tag(scope: Scope, field: Field, node: Node) -> str | None:
    """What makes the ids unique: RFC 4151 §2.1."""
    text = values.words(scope, field, node)
    if text is None or _TAG.match(text):
        return text
    fix = "write a domain that was yours at the beginning of a year, and the year: example.org,2024"
    scope.fail(field, node, fix)
    return None


def read_base_url(scope: Scope, field: Field, node: Node) -> str | None:
    """The public address, without a slash at its end."""
    text = values.words(scope, field, node)
    if text is None:
        return None
    try:
        url = absolute(text).rstrip("/")
    except Unfit as unfit:
        scope.fail(field, node, str(unfit))
        return None
    if "?" in url or "#" in url:
        scope.fail(field, node, f"leave out all from '{'?' if '?' in url else '#'}' on")
        return None
    return url


def read_store(scope: Scope, field: Field, node: Node) -> str | None:
    """Where snapshots are kept: an SQLAlchemy URL. A password in it is not repeated."""
    text = values.words(scope, field, node)
    if text is None or _STORE.match(text):
        return text
    fix = "write sqlite:///var/feedsvc.db, or postgresql://user@host/database"
    if text.startswith("postgres://"):
        fix = "write postgresql:// at its beginning"
    masked = _PASSWORD.sub(r"\1***", text)
    shown = "another value" if masked == text and "@" in text else repr(masked)
    scope.fail(field, node, fix, shown)
    return None


def read_moves(scope: Scope, field: Field, node: Node) -> list[tuple[Scalar, Scalar]] | None:
    """Old addresses with their new ones: to be checked against the sections."""
    if not isinstance(node, Mapping):
        scope.fail(field, node, "write old: new, one in a line")
        return None
    moves: list[tuple[Scalar, Scalar]] = []
    for key, value in node.pairs:
        if isinstance(value, Scalar) and not value.null:
            moves.append((key, value))
        else:
            scope.fail(
                field, value, f"write {key.value}: and a section or a path that begins with /"
            )
    return moves


def read_gone(scope: Scope, field: Field, node: Node) -> Scalar | None:
    """An address that no longer exists: to be checked against the sections."""
    if not isinstance(node, Scalar):
        scope.fail(field, node, "write the name of a former section, or a path that begins with /")
        return None
    return None if node.null else node
