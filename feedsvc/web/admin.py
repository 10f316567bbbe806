"""The admin listener: the status page, the metrics and, below /preview/, the preview.

In: requests of the operator and of Prometheus that ``gate`` lets in. Out: what ``status`` and
``metrics`` make of the store. An edge: it reads the clock and the environment, and starts the
thread that samples. Knows nothing of the public listener but the metrics that it leaves behind.
"""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import msgspec
from flask import Flask, Response, render_template, request
from markupsafe import Markup
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from feedsvc import log as logs
from feedsvc.errors import StoreError
from feedsvc.store import Store
from feedsvc.store.journal import Journal
from feedsvc.web import charts, counts, gate, metrics, samples, status, telling
from feedsvc.web.fleet import Fleet
from feedsvc.web.health import State
from feedsvc.web.lifeline import die_with_parent
from feedsvc.web.pulse import start_pulse
from feedsvc.web.sampler import Sampler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: Seconds between two loads of a page that was asked to load itself again.
_REFRESH: Final = 60
_STYLE: Final = files("feedsvc.web").joinpath("templates", "status.css").read_text("utf-8")
_HASH: Final = base64.b64encode(sha256(_STYLE.encode()).digest()).decode()
#: CSP Level 3: one stylesheet, known by its digest, and an icon within the page; nothing else.
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def create_app(
    store: Store, clock: Callable[[], datetime], sampler: Sampler, *, workers: int = 1
) -> Flask:
    """The admin listener's application; ``workers`` are those that the public one should have."""
    app = Flask(__name__, static_folder=None)
    app.after_request(_protect)
    tools = {name: getattr(charts, name) for name in ("columns", "lines")}
    app.jinja_env.globals.update(tools, length=telling.length, style=Markup(_STYLE))  # noqa: S704

    @app.get("/")
    def page() -> str:
        shown = status.view(_known(store, clock(), _unkept(sampler)))
        refresh = _REFRESH if request.args.get("refresh") else None
        return render_template("status.html", refresh=refresh, **shown)

    @app.get("/metrics")
    def scrape() -> Response:
        told = b"".join(generate_latest(part) for part in metrics.registries(store, clock, workers))
        return Response(told, content_type=CONTENT_TYPE_LATEST)

    @app.errorhandler(StoreError)
    def unavailable(error: StoreError) -> tuple[str, int, dict[str, str]]:
        return f"The store does not answer: {error}\n", 503, {"Content-Type": "text/plain"}

    return app


def _unkept(sampler: Sampler) -> str:
    """Why what was counted cannot be written; the page is there all the same. "" where it can."""
    try:
        sampler.look()
    except StoreError as error:
        return str(error)
    return ""


def _known(store: Store, now: datetime, unwritten: str = "") -> status.Known:
    """All that the page is about, read of the store. Raises StoreError."""
    journal, history = store.journal, store.history(status.BUILDS)
    facts = journal.facts()
    state = State(
        now=now,
        zone=status.zone(facts),
        snapshot=history[0] if history else None,
        attempts=journal.attempts(),
        problems=store.problems(),
        servers=journal.servers(),
        hubs=store.outbox.hubs(),
        hold=store.past.hold(),
        letters=store.notices.letters(),
        unwritten=unwritten,
        fleet=Fleet(store.links.link(), store.lease.term()),
    )
    return status.Known(
        state=state,
        facts=facts,
        history=history,
        changes={
            info.id: tuple(store.changed_paths(info.id - 1, info.id))
            for info in history[: status.PATHS]
        },
        agenda=journal.agenda(),
        samples={span: _samples(journal, span) for span in samples.SPANS},
    )


def _samples(journal: Journal, span: int) -> list[tuple[datetime, samples.Sample]]:
    rows = journal.samples(span)
    return [(start, msgspec.convert(counted, samples.Sample)) for _, start, counted in rows]


def _protect(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    return response


@cache
def _preview() -> WSGIApplication:
    """The preview, loaded when it is first asked for: all that renders comes with it."""
    from feedsvc.web import preview  # noqa: PLC0415

    return preview.from_environment()


def with_preview(app: Flask, preview: Callable[[], WSGIApplication]) -> WSGIApplication:
    """The same application, with the preview below /preview/."""
    later: WSGIApplication = lambda environ, start: preview()(environ, start)  # noqa: E731, PLW0108
    return DispatcherMiddleware(app, {"/preview": later})


def application() -> WSGIApplication:
    """The application that a server process loads; the environment names the store."""
    logs.configure()
    die_with_parent()
    start_pulse()
    counts.STARTS.labels("admin").inc()
    store = Store(os.environ["FEEDSVC_STORE"])
    clock = lambda: datetime.now(UTC)  # noqa: E731, TID251 - a process begins here
    sampler = Sampler(
        store.journal,
        clock,
        lambda: samples.read(metrics.counted().collect()),
        name=os.environ.get("FEEDSVC_SERVER", "this server"),
        role=os.environ.get("FEEDSVC_ROLE", "builder"),
    )
    sampler.start(threading.Event())
    workers = int(os.environ.get("FEEDSVC_WORKERS", "1"))
    inside = with_preview(create_app(store, clock, sampler, workers=workers), _preview)
    names = os.environ.get(gate.NAMES, "").split()
    return gate.Gate(inside, os.environ.get(gate.VARIABLE, ""), names)
