"""Answers that need no document: errors, moves, what may be asked; and what every answer has.

In: a few facts. Out: ``Reply`` objects, ready for a WSGI server. Pure. Knows no store, no environ
and no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

import msgspec

from feedsvc.web.counts import Kind, Tally, tally

Field = tuple[str, str]

METHODS: Final = "GET, HEAD, OPTIONS"
#: Fetch Standard §3.3: a script may read everything here, and the fields that are not safelisted.
OPEN: tuple[Field, ...] = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Delta-Base, ETag, IM, Link, Retry-After"),
    ("X-Content-Type-Options", "nosniff"),
)
_ASKABLE: Final = "A-IM, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since"
_SCRIPTS_MAY: tuple[Field, ...] = (
    ("Access-Control-Allow-Methods", METHODS),
    ("Access-Control-Allow-Headers", _ASKABLE),
    ("Access-Control-Max-Age", "86400"),
)
#: How long an unknown path stays unknown: it may be published at any moment.
NOT_FOUND_CACHING: Final = "public, max-age=30"
NO_STORE: Final = "no-store"


class Reply(msgspec.Struct, frozen=True):
    """One answer: what a WSGI server is handed, and what is counted when it is given.

    The lists are shared by all requests: a server reads them and must not write to them.
    """

    status: str
    headers: list[Field]
    body: list[bytes]
    tally: Tally
    sent: int
    saved: int


def status_line(status: int) -> str:
    """What WSGI wants: the number and its phrase."""
    return f"{status} {HTTPStatus(status).phrase}"


def text(
    status: int,
    message: str,
    fields: Iterable[Field] = (),
    caching: str = NO_STORE,
    of: Kind = "other",
) -> Reply:
    """A short plain answer, for errors above all."""
    # RFC 9111 §4.2.2: 404, 405, 410 and 414 may be stored unless told otherwise; so tell.
    content = f"{message}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", caching),
        *fields,
        *OPEN,
    ]
    return Reply(status_line(status), headers, [content], tally(status, of), len(content), 0)


def moved(location: str, caching: str) -> Reply:
    """A 301 to where the document now is."""
    return text(301, f"moved to {location}", [("Location", location)], caching)


def not_found(caching: str = NOT_FOUND_CACHING) -> Reply:
    """A 404 for clients that do not read HTML."""
    vary = ("Vary", "Accept, Accept-Encoding")
    return text(404, "There is nothing at this address.", [vary], caching)


def not_allowed() -> Reply:
    """A 405."""
    # RFC 9110 §15.5.6: MUST generate an Allow field.
    return text(405, f"Only {METHODS} can be used here.", [("Allow", METHODS)])


def options(*, preflight: bool) -> Reply:
    """What may be asked; ``preflight``: by a browser, before it sends a script's request."""
    # RFC 9110 §9.3.7 and §10.2.1; RFC 9110 §8.6: a 204 has no Content-Length.
    # Fetch Standard §4.8: what a script may ask is said in answer to that question alone.
    fields = [
        ("Allow", METHODS),
        ("Cache-Control", NO_STORE),
        *(_SCRIPTS_MAY if preflight else ()),
        *OPEN,
    ]
    return Reply(status_line(204), fields, [], tally(204, "other"), 0, 0)


def not_acceptable(of: Kind) -> Reply:
    """A 406: every coding that there is was refused."""
    vary = ("Vary", "Accept-Encoding")
    return text(406, "Accept-Encoding refuses every coding there is.", [vary], of=of)


def precondition_failed(of: Kind) -> Reply:
    """A 412."""
    return text(412, "The document is not as If-Match or If-Unmodified-Since expects.", of=of)


def unavailable(message: str, retry_after: int) -> Reply:
    """A 503; ``retry_after`` is seconds."""
    # RFC 9110 §15.6.4, §10.2.3.
    return text(503, message, [("Retry-After", str(retry_after))])
