"""How long an answer may be used, and how instants are written: RFC 9111 §4.2, RFC 9110 §8.8.2.

In: a stored document, the next known change of the site, the instant. Out: Cache-Control and
Last-Modified values, and how long those stay right. Pure; knows no request and no clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime

from feedsvc.snapshot import StoredDocument

#: Seconds for which a 404 may be kept.
MISSING = 30


def http_date(instant: datetime) -> str:
    """IMF-fixdate, the one form that may be sent: RFC 9110 §5.6.7."""
    return format_datetime(instant, usegmt=True)


#: For a moment only.
_AT_ONCE = timedelta()


def max_age(
    limit: int, next_change: datetime | None, now: datetime, ahead: timedelta = _AT_ONCE
) -> int:
    """Seconds for which an answer given from ``now`` until ``ahead`` of it stays fresh.

    ``limit`` at most, and never past the next known change. Where that has passed and no new
    snapshot has come (the builder is late), from one second up again, as long as it is late: the
    change is noticed soon after it comes, and a builder that is down does not make every client ask
    every second.
    """
    if next_change is None:
        return limit
    if next_change > now:
        return min(limit, max(0, int((next_change - now - ahead).total_seconds())))
    return min(limit, max(1, int((now - next_change).total_seconds())))


def is_bounded(document: StoredDocument) -> bool:
    """Whether the next known change can alter what is there: not the immutable, not the moved.

    An address that is missing or gone now may be an embargoed entry's in a minute.
    """
    return document.status != 301 and "immutable" not in document.cache  # noqa: PLR2004


def cache_control(
    document: StoredDocument,
    next_change: datetime | None,
    now: datetime,
    ahead: timedelta = _AT_ONCE,
) -> str:
    """The Cache-Control value of a document, right from ``now`` until ``ahead`` of it."""
    # RFC 9111 §4.2.2: always an explicit lifetime, so that no cache has to guess one.
    bound = next_change if is_bounded(document) else None
    fresh = f"public, max-age={max_age(_limit(document), bound, now, ahead)}"
    stale = document.cache if document.status == 200 else ""  # noqa: PLR2004 - no stale errors
    return f"{fresh}, {stale}" if stale else fresh


def _limit(document: StoredDocument) -> int:
    """How long a document may be kept; a 404 briefly: what is missing may come without notice."""
    return min(document.max_age, MISSING) if document.status == 404 else document.max_age  # noqa: PLR2004


def varies_from(
    document: StoredDocument,
    next_change: datetime | None,
    now: datetime,
    ahead: timedelta = _AT_ONCE,
) -> datetime | None:
    """When ``cache_control`` will next give another value; None for not without a new snapshot."""
    if next_change is None or not is_bounded(document):
        return None
    span = timedelta(seconds=_limit(document))
    if now + ahead < next_change - span:
        return next_change - span - ahead
    return now + timedelta(seconds=1) if now < next_change + span else None


def last_modified(document: StoredDocument, now: datetime) -> str | None:
    """The Last-Modified value, or None while it may not be sent."""
    # RFC 9110 §8.8.2.1: a server MUST NOT generate a Last-Modified later than its Date.
    return None if document.last_modified > now else http_date(document.last_modified)
