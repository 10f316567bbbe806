"""What a request is answered with: RFC 9110 preconditions and content negotiation, decided here.

In: a request's method and fields, the facts of the current representation, the instant. Out: a
``Decision``. Pure; never raises, whatever the fields hold. Knows no body, no server and no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

import msgspec

from feedsvc.snapshot import CODINGS, Coding, entity_tag
from feedsvc.web.negotiation import choose, takes_delta

_SAFE = ("GET", "HEAD")
#: RFC 9110 §8.8.3: a quoted entity-tag; with it what intermediaries wrongly write behind the quote.
_TAG = re.compile(
    r"(?:\A|,)[ \t]*(W/)?\"([\x21\x23-\x7e\x80-\xff]*)\"((?:--|-|;)[a-z]+)?[ \t]*(?=,|\Z)"
)
#: Apache writes -gzip (once ;gzip), Jetty --gzip, Caddy -br: the coding that each has applied.
_SEPARATORS = ("--", "-", ";")
_APPLIED: dict[str, str] = {
    "gzip": entity_tag("", "gzip")[1:-1],
    "br": entity_tag("", "br")[1:-1],
    "deflate": "",
    "zstd": "",
}
#: The shape of the tags that we give: 24 characters of a digest and the ending of a coding.
_ENDINGS = "|".join(re.escape(entity_tag("", coding)[1:-1]) for coding in CODINGS)
_OURS = re.compile(rf"([A-Za-z0-9_-]{{24}})(?:{_ENDINGS})\Z")
#: An If-None-Match that is one strong tag of that shape, untouched on its way.
OUR_TAG = re.compile(rf'"[A-Za-z0-9_-]{{24}}(?:{_ENDINGS})"\Z')
#: Nobody keeps more earlier instances than this; each costs a look into the store.
_MOST_BASES: Final = 8

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTH = "(?P<month>" + "|".join(_MONTHS) + ")"
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
#: RFC 9110 §5.6.7: IMF-fixdate, and the two obsolete forms that a recipient MUST accept.
_DATES = (
    re.compile(rf"{_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT\Z"),
    re.compile(
        r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, "
        rf"(?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT\Z"
    ),
    re.compile(rf"{_DAY} {_MONTH} (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})\Z"),
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What of a request can change the answer; a field that was not sent is None."""

    method: str = "GET"
    accept_encoding: str | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None
    if_unmodified_since: str | None = None
    a_im: str | None = None


class Current(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it is: ``codings`` smallest first; ``feed`` says that deltas can be cut."""

    digest: str
    codings: tuple[Coding, ...]
    last_modified: datetime
    feed: bool = False


class Base(NamedTuple):
    """An earlier instance that a client holds: its digest, and the tag as the client wrote it."""

    digest: str
    tag: str


class Decision(NamedTuple):
    """What to answer. A 200 may become a 226 against the first of ``bases`` that is known."""

    status: Literal[200, 304, 406, 412]
    coding: Coding | None
    bases: tuple[Base, ...] = ()


class Tag(NamedTuple):
    """One member of If-Match or If-None-Match."""

    opaque: str
    weak: bool


def decide(asked: Asked, current: Current, now: datetime) -> Decision:
    """Negotiate, evaluate the preconditions, and name the instances a delta may start from."""
    coding = choose(asked.accept_encoding, current.codings)
    # RFC 9110 §13.2.1: no precondition counts where the answer would not be a 2xx without it.
    if coding is None:
        return Decision(406, None)
    status = precondition(asked, entity_tag(current.digest, coding)[1:-1], current, now)
    if status is not None:
        return Decision(status, coding)
    # RFC 3229 §10.3: A-IM counts only beside an If-None-Match that names an instance we gave.
    if current.feed and asked.if_none_match is not None and takes_delta(asked.a_im):
        return Decision(200, coding, bases(asked.if_none_match, current.digest))
    return Decision(200, coding)


def precondition(
    asked: Asked, tag: str, current: Current, now: datetime
) -> Literal[304, 412] | None:
    """The status that the preconditions call for, in the order of RFC 9110 §13.2.2, or None."""
    safe = asked.method in _SAFE
    # RFC 9110 §13.2.2, 1 and 2: If-Match, and only without it If-Unmodified-Since.
    if asked.if_match is not None:
        if not matches_strongly(asked.if_match, tag):
            return 412
    elif asked.if_unmodified_since is not None:
        # RFC 9110 §13.1.4: what is not a date is ignored.
        until = parse_date(asked.if_unmodified_since, now)
        if until is not None and current.last_modified > until:
            return 412
    # RFC 9110 §13.2.2, 3 and 4: If-None-Match, and only without it If-Modified-Since.
    if asked.if_none_match is not None:
        if matches_weakly(asked.if_none_match, tag):
            return 304 if safe else 412
    # RFC 9110 §13.1.3: ignored for methods other than GET and HEAD.
    elif asked.if_modified_since is not None and safe:
        since = parse_date(asked.if_modified_since, now)
        # RFC 9110 §13.1.3: no date, or a date in the future, says nothing about what is held.
        if since is not None and current.last_modified <= since <= now:
            return 304
    return None


def matches_strongly(if_match: str, tag: str) -> bool:
    """RFC 9110 §13.1.1: ``*``, or a strong tag that is the current one, octet for octet."""
    # A suffix is not forgiven here: it names bytes that an intermediary made and we do not have.
    return if_match.strip() == "*" or Tag(tag, weak=False) in entity_tags(if_match)


def matches_weakly(if_none_match: str, tag: str) -> bool:
    """RFC 9110 §13.1.2: ``*``, or any tag that is the selected representation's, W/ or not."""
    # A tag of another coding does not match: a 304 would freshen what the client does not hold.
    return if_none_match.strip() == "*" or any(
        tag in readings(held.opaque) for held in entity_tags(if_none_match)
    )


def entity_tags(field: str) -> Iterator[Tag]:
    """The tags of a list, commas inside quotes and all; what is not a quoted tag is left out."""
    # RFC 9110 §5.6.1.2: empty list members are ignored.
    for match in _TAG.finditer(field):
        weak, opaque, behind = match.groups()
        yield Tag(opaque + (behind or ""), weak is not None)


def readings(opaque: str) -> set[str]:
    """What a tag may have been before an intermediary wrote its coding into it; itself first.

    ``x-gzip`` is our ``x``, or our own gzip of ``x``: the same content in the same coding.
    """
    found = {opaque}
    for applied, ending in _APPLIED.items():
        for separator in _SEPARATORS:
            if opaque.endswith(separator + applied):
                plain = opaque[: -len(separator + applied)]
                found |= {plain, plain + ending}
    return found


def bases(if_none_match: str, current: str) -> tuple[Base, ...]:
    """The earlier instances among the tags: those of our shape, in any coding, in their order."""
    found: dict[str, Base] = {}
    for held in entity_tags(if_none_match):
        for reading in sorted(readings(held.opaque)):
            match = _OURS.match(reading)
            if match and match[1] != current and len(found) < _MOST_BASES:
                tag = f'W/"{held.opaque}"' if held.weak else f'"{held.opaque}"'
                found.setdefault(match[1], Base(match[1], tag))
    return tuple(found.values())


def parse_date(field: str, now: datetime) -> datetime | None:
    """An HTTP-date in any of the three forms, or None where it is not one: RFC 9110 §5.6.7."""
    for pattern in _DATES:
        match = pattern.match(field.strip(" \t"))
        if match:
            return _date(match, now)
    return None


def _date(match: re.Match[str], now: datetime) -> datetime | None:
    year, day = int(match["year"]), int(match["day"])
    if len(match["year"]) == len("94"):
        year += now.year // 100 * 100
        # RFC 9110 §5.6.7: a two-digit year that seems over 50 years ahead is one of the past.
        year -= 100 if year > now.year + 50 else 0
    # RFC 9110 §5.6.7: the grammar allows the leap second 60, which datetime does not.
    second = min(int(match["second"]), 59)
    month = _MONTHS.index(match["month"]) + 1
    try:
        hour, minute = int(match["hour"]), int(match["minute"])
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
