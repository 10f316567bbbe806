"""The public listener: Flask's routes for all that is no plain hit, and how a worker is assembled.

In: requests, a store, a clock. Out: answers. ``application`` is what a server process loads. An
edge: it reads the clock and the environment, and starts the thread that follows the store.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Final

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from feedsvc import log as logs
from feedsvc.errors import NoSnapshot, StoreDamaged, StoreError
from feedsvc.store import Store as SqlStore
from feedsvc.web import counts, replies
from feedsvc.web.delta import Deltas
from feedsvc.web.follow import Follower
from feedsvc.web.hits import VIEW, Hits, Views
from feedsvc.web.lifeline import die_with_parent
from feedsvc.web.pulse import start_pulse
from feedsvc.web.replies import Reply
from feedsvc.web.respond import Responder, missing
from feedsvc.web.scratch import VARIABLE as SCRATCH
from feedsvc.web.scratch import raise_alarm
from feedsvc.web.subscribers import Subscribers
from feedsvc.web.view import Store, View

log = structlog.get_logger(__name__)

#: Bytes of documents that a worker keeps in memory.
MEMORY: Final = 40 * 1024 * 1024
#: Seconds between two looks into the store: how late a worker notices a snapshot.
INTERVAL: Final = 0.05
#: What a worker still needs of its environment: granian copies all of it for each request.
_NEEDED: Final = frozenset(
    {"HOME", "LANG", "PATH", "PROMETHEUS_MULTIPROC_DIR", "TMPDIR", "TZ", SCRATCH}
)


class _Prepared(Response):
    """A reply as it was prepared: a 304 or 204 gets no Content-Type from Werkzeug."""

    default_mimetype = None


def _give(reply: Reply) -> Response:
    """A reply as Flask wants it, counted."""
    # RFC 9110 §9.3.2: HEAD has the header fields of GET, and no content; Werkzeug drops it.
    head = request.method == "HEAD"
    reply.tally.add(0 if head else reply.sent, 0 if head else reply.saved)
    return _Prepared(reply.body, reply.status, reply.headers)


def create_app(views: Views, responder: Responder) -> Flask:
    """The application behind ``Hits``: every route, every error."""
    app = Flask(__name__, static_folder=None)
    # A path is known or not: no redirect that Werkzeug would make up, with the request's Host.
    app.url_map.merge_slashes = app.url_map.strict_slashes = False

    @app.before_request
    def other_methods() -> Response | None:
        # RFC 9110 §9.1: methods are case-sensitive, which Werkzeug's are not.
        method = request.environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            asks_for_a_script = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.environ
            return _give(replies.options(preflight=asks_for_a_script))
        return None if method in {"GET", "HEAD"} else _give(replies.not_allowed())

    @app.get("/")
    @app.get("/<path:path>")
    def document(path: str = "") -> Response:  # noqa: ARG001 - PATH_INFO has it unaltered
        view, asked = _view(views), request.environ
        probe = _probe(asked["PATH_INFO"], view, views.cut_off)
        if view is None:
            return _give(probe or _NOTHING_YET)
        return _give(probe or _answer(views, view, responder))

    app.register_error_handler(StoreError, _store_failed)
    app.register_error_handler(HTTPException, lambda error: _refuse(views, error))
    return app


def _answer(views: Views, view: View, responder: Responder) -> Reply:
    """The answer to a request that began with that view."""
    try:
        return responder.answer(view, request.environ)
    except NoSnapshot:  # meanwhile another history has come into the store
        return responder.answer(views.after(view) or view, request.environ)


_NOTHING_YET = replies.unavailable("Nothing has been published yet.", retry_after=5)


def _probe(path_info: str, view: View | None, cut_off: str) -> Reply | None:
    """The answer to a probe, if it is one: at the root, and where a front keeps base_url's path.

    A replica that is cut off is ready all the same: what it has is better than nothing.
    """
    name = path_info.removeprefix(view.info.base_path) if view else path_info
    if "/healthz" in {path_info, name}:
        return replies.text(200, "ok")
    if "/readyz" in {path_info, name}:
        if view is None:
            return _NOTHING_YET
        # Why is for the status page: error texts name hosts.
        since = f"; {cut_off}" if cut_off else ""
        return replies.text(200, f"snapshot {view.info.id}{since}")
    return None


def _view(views: Views) -> View | None:
    return request.environ.get(VIEW) or views.view


def _store_failed(error: Exception) -> Response:
    log.error("a document could not be read", error=str(error))
    if isinstance(error, StoreDamaged):
        raise_alarm()
    return _give(replies.unavailable("The store does not answer.", retry_after=2))


def _refuse(views: Views, error: HTTPException) -> Response:
    """What Flask or Werkzeug would not route, and what went wrong inside."""
    view, status = _view(views), error.code or 500
    if status == 404 and view:  # noqa: PLR2004
        return _give(missing(view, request.environ))
    return _give(replies.text(status, error.name))


def wsgi(
    store: Store,
    clock: Callable[[], datetime],
    *,
    interval: float | None = INTERVAL,
    memory: int = MEMORY,
    stop: threading.Event | None = None,
) -> Hits:
    """A worker's WSGI application, following the store until ``stop`` is set.

    Without an ``interval`` it looks once only.
    """
    follower = Follower(store, clock, memory=memory)
    subscribers = Subscribers()
    app = create_app(follower, Responder(clock, Deltas(), subscribers))
    follower.poll()
    if interval is not None:
        todo = (follower, subscribers, interval, stop or threading.Event())
        threading.Thread(target=_beat, args=todo, name="follower", daemon=True).start()
    return Hits(follower, app.wsgi_app, subscribers)


def _beat(
    follower: Follower, subscribers: Subscribers, interval: float, stop: threading.Event
) -> None:
    """Follow the store, and hand over what was counted about once a second."""
    turns = max(1, round(1 / interval))
    for turn in count():
        try:
            follower.poll()
            if turn % turns == 0:
                _report(follower, subscribers)
        except Exception:
            log.exception("the follower stumbled; it goes on")
        if stop.wait(interval):
            return


def _report(follower: Follower, subscribers: Subscribers) -> None:
    counts.flush()
    if follower.view:
        counts.SNAPSHOT.set(follower.view.info.id)
    for aggregator, feed, number in subscribers:
        counts.SUBSCRIBERS.labels(aggregator, feed.section, feed.format).set(number)


def _forget_environment() -> None:
    for name in os.environ.keys() - _NEEDED:
        # libpq's own variables say how to reach PostgreSQL.
        if not name.startswith("PG"):
            del os.environ[name]


def application() -> Hits:
    """The application that a server process loads; the environment names the store."""
    logs.configure()
    die_with_parent()
    start_pulse()
    counts.STARTS.labels("public").inc()
    store = SqlStore(os.environ["FEEDSVC_STORE"])
    _forget_environment()
    return wsgi(store, lambda: datetime.now(UTC))  # noqa: TID251 - a process begins here
