"""How long an answer may be used, and how instants are written: RFC 9111 §4.2, RFC 9110 §8.8.2.

In: a stored document, the next known change of the site, the instant. Out: Cache-Control and
Last-Modified values, and how long those stay right. Pure; knows no request and no clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime

from feedsvc.snapshot import StoredDocument


def http_date(instant: datetime) -> str:
    """IMF-fixdate, the one form that may be sent: RFC 9110 §5.6.7."""
    return format_datetime(instant, usegmt=True)


def max_age(limit: int, next_change: datetime | None, now: datetime) -> int:
    """Seconds for which an answer given ``now`` stays fresh, ``limit`` at most.

    Never past the next known change. Where that has passed and no new snapshot has come (the
    builder is late), from one second up again, as long as it is late: the change is noticed soon
    after it comes, and a builder that is down does not make every client ask every second.
    """
    if next_change is None:
        return limit
    away = (next_change - now).total_seconds()
    return min(limit, int(away) if away > 0 else max(1, int(-away)))


def is_bounded(document: StoredDocument) -> bool:
    """Whether the next known change can alter the document: not the immutable, not the errors."""
    return document.status == 200 and "immutable" not in document.cache  # noqa: PLR2004


def cache_control(document: StoredDocument, next_change: datetime | None, now: datetime) -> str:
    """The Cache-Control value of a document."""
    # RFC 9111 §4.2.2: always an explicit lifetime, so that no cache has to guess one.
    bound = next_change if is_bounded(document) else None
    fresh = f"public, max-age={max_age(document.max_age, bound, now)}"
    return f"{fresh}, {document.cache}" if document.cache else fresh


def varies_from(
    document: StoredDocument, next_change: datetime | None, now: datetime
) -> datetime | None:
    """When ``cache_control`` will next give another value; None for not without a new snapshot."""
    if next_change is None or not is_bounded(document):
        return None
    span = timedelta(seconds=document.max_age)
    if now < next_change - span:
        return next_change - span
    return now + timedelta(seconds=1) if now < next_change + span else None


def last_modified(document: StoredDocument, now: datetime) -> str | None:
    """The Last-Modified value, or None while it may not be sent."""
    # RFC 9110 §8.8.2.1: a server MUST NOT generate a Last-Modified later than its Date.
    return None if document.last_modified > now else http_date(document.last_modified)
