"""Judges of HTTP that others wrote: httplint for one exchange, REDbot for a resource as a whole.

A judge's bad and warning notes are complaints. Where a note is wrong, or what it notes is meant,
``ALLOWED`` says so with the reason.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from httplint import HttpRequestLinter, HttpResponseLinter, levels

from tests.system.raw import Exchange
from tests.system.servers import REPOSITORY, clean_environment

_SERIOUS = (levels.BAD, levels.WARN)


class Allowance(NamedTuple):
    """A note that is not heeded, where, and why.

    ``example`` is a path for which it is given, to a request with ``fields``.
    """

    note: str
    example: str
    reason: str
    where: Callable[[str], bool] = lambda _path: True
    fields: tuple[tuple[str, str], ...] = ()


#: More than RFC 9110 §4.1 recommends to support.
LONG = "/" + "a" * 9000


ALLOWED = (
    Allowance(
        "STORE_PUBLIC_UNNECESSARY",
        "/news/atom.xml",
        "Contract §5 has `public`. It costs eight octets, and lets a shared cache keep the answer "
        "to a request with Authorization too (RFC 9111 §3.5): what is here is for everybody.",
    ),
    Allowance(
        "CONTENT_TYPE_MISMATCH",
        "/favicon.ico",
        "IANA's name of the type is image/vnd.microsoft.icon; httplint knows the name that "
        "sniffing gives it, image/x-icon, alone.",
        lambda path: path == "/favicon.ico",
    ),
    Allowance(
        "CSP_HTTP_URI",
        "/news/",
        "Pictures and sound of entries may stand on other sites, old ones without TLS among them; "
        "nothing else may be loaded from anywhere.",
    ),
    Allowance(
        "STATUS_BAD_REQUEST",
        "/news/",
        "The request is wrong: that is the test.",
        fields=(("Host", "two words"),),
    ),
    Allowance(
        "STATUS_URI_TOO_LONG",
        LONG,
        "The address is longer than RFC 9110 §4.1 recommends to support: that is the test.",
        lambda path: len(path) > 8000,
    ),
)


@dataclass(frozen=True)
class Complaint:
    """A bad or warning note, and about what."""

    about: str
    path: str
    level: str
    subject: str
    note: str
    summary: str

    @property
    def is_allowed(self) -> bool:
        return any(self.note == one.note and one.where(self.path) for one in ALLOWED)

    def __str__(self) -> str:
        return f"{self.about}: {self.level} {self.subject} {self.note}: {self.summary}"


def complaints(exchange: Exchange) -> Iterator[Complaint]:
    """What httplint has against an exchange, allowed or not."""
    for note in _response(exchange).notes:
        for one in (note, *note.subnotes):
            if one.level in _SERIOUS:
                yield Complaint(
                    _told(exchange),
                    exchange.target,
                    one.level.value,
                    one.subject,
                    type(one).__name__,
                    str(one.summary),
                )


def objections(exchanges: Iterable[Exchange]) -> list[str]:
    """What httplint has against them and is not allowed: a list to be empty."""
    return [str(one) for each in exchanges for one in complaints(each) if not one.is_allowed]


def _told(exchange: Exchange) -> str:
    asked = ", ".join(
        f"{name.decode()}: {value.decode('latin-1')}"
        for name, value in exchange.asked
        if name not in {b"Host", b"User-Agent", b"Connection"}
    )
    return f"{exchange.method} {exchange.target} ({asked}) {exchange.status}"


def _response(exchange: Exchange) -> HttpResponseLinter:
    now = time.time()  # noqa: TID251 - as the judge's own command does
    request = HttpRequestLinter(start_time=now)
    address = f"http://localhost{exchange.target}".encode()
    request.process_request_topline(exchange.method.encode(), address, b"1.1")
    request.process_headers(list(exchange.asked))
    request.finish_content(complete=True)
    response = HttpResponseLinter(start_time=now, _related=request)
    request.response = response
    response.base_uri = request.uri or ""
    response.is_head_response = exchange.method == "HEAD"
    version, code, phrase = exchange.status_line
    response.process_response_topline(version.removeprefix(b"HTTP/"), code, phrase)
    response.process_headers(exchange.fields)
    if exchange.content:
        response.feed_content(exchange.content)
    response.finish_content(complete=True)
    return response


@dataclass(frozen=True)
class Verdict:
    """What REDbot found of one address: None for what it did not look for."""

    url: str
    status: int | None
    failed: str
    if_none_match: bool | None
    if_modified_since: bool | None
    gzip: bool | None
    ranges: bool | None
    complaints: tuple[Complaint, ...]

    @property
    def objections(self) -> list[str]:
        return [str(one) for one in self.complaints if not one.is_allowed]


def redbot(urls: Iterable[str]) -> list[Verdict]:
    """REDbot's verdicts: it asks by itself, for gzip, with both validators, for ranges.

    In a process of its own: its event loop and its connections end with it.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.redbot", *urls],
        cwd=REPOSITORY,
        env=clean_environment(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [_verdict(each) for each in json.loads(done.stdout)]


def _verdict(found: dict[str, Any]) -> Verdict:
    url, path, notes = found["url"], found.pop("path"), found.pop("notes")
    about = (Complaint(f"{url} ({note.pop('check')})", path, **note) for note in notes)
    return Verdict(**found, complaints=tuple(about))
