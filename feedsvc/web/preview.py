"""The preview's pages: the site with drafts and embargoes, or as it will be at some instant.

In: requests of the person at this computer. Out: what ``feedsvc.preview`` renders from the source
at that moment, with a bar above each page that says what is not public, and what must be mended;
the page loads itself again when a file is saved. The one module that serves and lets something be
built: nothing that it shows is stored, and nobody but this computer may ask for it. An edge: it
reads the clock and the environment.

``/…`` is everything, ``/@2026-03-02T09:00/…`` what is public then, ``/@now/…`` what is public now;
``?at=`` leads there. ``/!preview/…`` are the bar's own files.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote, urlsplit

from flask import Flask, Response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from feedsvc import log as logs
from feedsvc.errors import ConfigError, RenderError
from feedsvc.preview import Mark, Preview, Proof
from feedsvc.snapshot import NOT_FOUND, Document
from feedsvc.web.gate import Gate
from feedsvc.web.lifeline import die_with_parent
from feedsvc.web.telling import Moment, moment

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_OWN: Final = {"bar.css": "text/css", "bar.js": "text/javascript"}
#: As for public pages, and the script that looks for edits; forms lead nowhere else.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " img-src 'self' https: http:; media-src 'self' https: http:;"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: Where the bar goes: behind the link for those who skip what is above the text.
_BODY: Final = re.compile(rb'<body>\n(<a class="skip"[^>]*>[^<]*</a>\n)?')
_FIELDS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": _POLICY,
}


class When(NamedTuple):
    """Which instant a page is about: ``name`` as in its address, "" for everything."""

    name: str
    at: datetime | None


def create_app(preview: Preview, clock: Callable[[], datetime], address: str) -> Flask:
    """The application; ``address`` is the absolute URL that it is reached at."""
    app = Flask(__name__, static_folder=None)
    app.before_request(_refuse_strangers)
    app.after_request(_protect)
    pages = _Pages(preview, clock, address.rstrip("/"))

    @app.get("/!preview/<name>")
    def own(name: str) -> Response | tuple[str, int]:
        if name == "state":
            return Response(preview.source(clock()).version, content_type="text/plain")
        if name not in _OWN:
            return "There is nothing at this address.\n", 404
        body = files("feedsvc.web").joinpath("templates", f"preview.{name[4:]}").read_bytes()
        return Response(body, content_type=f"{_OWN[name]}; charset=utf-8")

    @app.get("/")
    @app.get("/<path:path>")
    def page(path: str = "") -> Answer:
        when, below = _split(f"/{path}", clock(), preview)
        if "at" in request.args:
            return pages.to_instant(request.args["at"], below)
        return pages.show(when, below)

    @app.errorhandler(ConfigError)
    def no_config(error: ConfigError) -> tuple[str, int]:
        shown = {"heading": "The config cannot be used", "problems": error.problems}
        return pages.notice(**shown), 500

    @app.errorhandler(RenderError)
    def not_rendered(error: RenderError) -> tuple[str, int]:
        return pages.notice(heading="This page cannot be rendered", text=str(error)), 500

    @app.errorhandler(_NoInstantError)
    def no_instant(error: _NoInstantError) -> tuple[str, int]:
        return pages.notice(heading="This is no instant", text=str(error)), 400

    return app


class _NoInstantError(ValueError):
    def __init__(self, text: str) -> None:
        super().__init__(f"found {text!r}; expected one such as 2026-03-02T09:00")


class _Pages:
    """What is shown at each address."""

    def __init__(self, preview: Preview, clock: Callable[[], datetime], address: str) -> None:
        self._preview = preview
        self._clock = clock
        self._address = address
        self._base = urlsplit(address).path

    def to_instant(self, typed: str, below: str) -> Answer:
        """The same page at the instant that was chosen; an empty one means everything."""
        prefix = f"/@{quote(typed.strip(), safe=':+')}" if typed.strip() else ""
        return redirect(f"{self._base}{prefix}{quote(below, safe='/')}", 303)

    def show(self, when: When, below: str) -> Answer:
        """The document there; a listing also without its last slash."""
        now = self._clock()
        prefix = f"/@{quote(when.name, safe=':+')}" if when.name else ""
        proof = self._preview.proof(self._address + prefix, now, when.at)
        path = quote(below, safe="/")
        document = proof.documents.get(path)
        if document is None and f"{path}/" in proof.documents:
            return redirect(f"{self._base}{prefix}{path}/", 303)
        document = document or proof.documents.get(NOT_FOUND)
        if document is None:
            return Response("There is nothing at this address.\n", 404)
        location = dict(document.headers).get("Location")
        if location:
            return redirect(location, 303)
        return self._answer(document, proof, when, path, now)

    def _answer(
        self, document: Document, proof: Proof, when: When, path: str, now: datetime
    ) -> Response:
        body = document.body
        if document.media_type.startswith("text/html"):
            bar = self._bar(proof, when, path, now)
            style = f'<link rel="stylesheet" href="{self._base}/!preview/bar.css">\n</head>'
            body = body.replace(b"</head>", style.encode(), 1)
            body = _BODY.sub(lambda start: start[0] + bar.encode(), body, count=1)
        return Response(body, document.status, content_type=document.media_type)

    def _bar(self, proof: Proof, when: When, path: str, now: datetime) -> str:
        def told(instant: datetime) -> Moment:
            return moment(instant, now, proof.zone)

        local = (when.at or now).astimezone(proof.zone)
        return render_template(
            "preview.html",
            base=self._base,
            prefix=f"{self._base}/@{when.name}" if when.name else self._base,
            path=path,
            version=proof.version,
            when=when,
            picked=f"{local:%Y-%m-%dT%H:%M}" if when.at else "",
            moment=told,
            here=_mark(proof, path),
            marks=proof.marks,
            stops=_stops(proof),
            passed=len({i.instant for i in proof.coming if i.instant <= (when.at or now)}),
            problems=proof.problems,
        )

    def notice(self, **shown: Any) -> str:
        """A page that says why there is none; it too looks for edits."""
        version = self._preview.source(self._clock()).version
        return render_template("preview_notice.html", base=self._base, version=version, **shown)


def _mark(proof: Proof, path: str) -> Mark | None:
    """What keeps the entry of this page from being public."""
    return next((mark for mark in proof.marks if mark.path == path), None)


def _stops(proof: Proof) -> list[tuple[str, datetime, list[str]]]:
    """The instants at which something changes by itself: as in an address, and what happens."""
    stops: dict[datetime, list[str]] = {}
    for item in proof.coming:
        stops.setdefault(item.instant, []).append(f"{item.title} {_HAPPENS[item.what]}")
    return [(_named(instant, proof), instant, what) for instant, what in stops.items()]


_HAPPENS: Final = {
    "appears": "appears",
    "expires": "leaves the feeds",
    "withdrawn": "is withdrawn",
}


def _named(instant: datetime, proof: Proof) -> str:
    """The first whole minute, in the site's zone, at which it has happened."""
    up = instant + timedelta(seconds=59, microseconds=999999)
    return f"{up.astimezone(proof.zone):%Y-%m-%dT%H:%M}"


def _split(path: str, now: datetime, preview: Preview) -> tuple[When, str]:
    """The instant that an address begins with, and the rest of it."""
    if not path.startswith("/@"):
        return When("", None), path
    name, _, below = path[2:].partition("/")
    if name == "now":
        return When(name, now.replace(second=0, microsecond=0)), f"/{below}"
    try:
        at = datetime.fromisoformat(name)
    except ValueError:
        raise _NoInstantError(name) from None
    return When(name, at if at.tzinfo else at.replace(tzinfo=preview.zone(now))), f"/{below}"


def _refuse_strangers() -> tuple[str, int] | None:
    """Drafts are for the person at this computer.

    Also a page of somebody else's, whose name means this computer for a moment (DNS rebinding),
    would be a stranger: so the Host field must name this computer.
    """
    host = urlsplit(f"//{request.host}").hostname or ""
    if _is_here(request.remote_addr or "") and (host == "localhost" or _is_here(host)):
        return None
    return "The preview is for the computer that it runs on: http://127.0.0.1\n", 403


def _is_here(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _protect(response: Response) -> Response:
    response.headers.update(_FIELDS)
    return response


def application() -> WSGIApplication:
    """The application that a server process loads; the environment names site and address."""
    logs.configure()
    die_with_parent()
    return Gate(from_environment().wsgi_app)


def from_environment() -> Flask:
    """The application for the site and the address that the environment names."""
    return create_app(
        Preview(Path(os.environ["FEEDSVC_ROOT"])),
        lambda: datetime.now(UTC),  # noqa: TID251 - a process begins here
        os.environ["FEEDSVC_PREVIEW"],
    )
