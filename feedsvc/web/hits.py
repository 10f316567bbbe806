"""The front of the public listener: a plain hit is a few look-ups, all else goes to Flask behind.

In: WSGI requests. Out: answers that were prepared before. What ``plain_hit`` will not decide, and
what was not asked for since the last snapshot, is left to the application behind, which says the
same at more length. Knows no store, no clock and no rule of caching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from feedsvc.web import replies
from feedsvc.web.pages import plain_hit
from feedsvc.web.replies import Reply
from feedsvc.web.subscribers import Subscribers
from feedsvc.web.view import View

#: Where the application behind finds the view that the request began with.
VIEW: Final = "feedsvc.view"
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

#: RFC 3986 §3.2.2, but no comma: granian joins two Host lines with one.
_HOST = re.compile(
    r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})+)(?::[0-9]*)?\Z"
)
_SAFE: Final = frozenset({"GET", "HEAD"})
_LONGEST_HOST: Final = 300
_MOST_HOSTS: Final = 256
#: RFC 9110 §4.1: at least 8000 octets is what all recipients are recommended to support.
_LONGEST_PATH: Final = 8000


class Views(Protocol):
    """Where the view of the moment is found."""

    view: View | None
    cut_off: str

    def after(self, view: View) -> View | None:
        """The view to go on with where this one's snapshot is no more."""


class Hits:
    """The WSGI application of a worker."""

    def __init__(self, views: Views, behind: Application, subscribers: Subscribers) -> None:
        self._views = views
        self._behind = behind
        self._subscribers = subscribers
        self._hosts: set[str] = set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request. The common one passes through here alone, so every line counts."""
        view = self._views.view
        if view is not None and environ.get("HTTP_HOST") in self._hosts:
            page = view.pages.get(environ["PATH_INFO"])
            reply = page and plain_hit(page, environ)
            if page and reply:
                page.kept.used = True
                agent = environ.get("HTTP_USER_AGENT")
                if agent is not None and "ubscriber" in agent:
                    self._subscribers.note(agent, page.document.path)
                method = environ["REQUEST_METHOD"]
                if method == "GET":
                    reply.tally.add(reply.sent, reply.saved)
                    start_response(reply.status, reply.headers)
                    return reply.body
                # RFC 9110 §9.3.2: HEAD has the header fields of GET, and no content.
                if method == "HEAD":
                    return send(reply, method, start_response)
        environ[VIEW] = view
        return self._at_length(environ, start_response)

    def _at_length(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        refused = self._refused(environ)
        if refused is None:
            return self._behind(environ, start_response)
        return send(refused, environ["REQUEST_METHOD"], start_response)

    def _refused(self, environ: Environ) -> Reply | None:
        """What no application need see."""
        if not self._knows_host(environ):
            return replies.text(400, "The request needs one valid Host field.")
        # RFC 9112 §3.2: what is neither a path nor an absolute URL is no target of a GET.
        if not environ["PATH_INFO"].startswith("/") and environ["REQUEST_METHOD"] in _SAFE:
            return replies.text(400, "The request needs an address that begins with a slash.")
        # RFC 9110 §15.5.15.
        if len(environ["PATH_INFO"]) > _LONGEST_PATH:
            return replies.text(414, "The address is too long.")
        return None

    def _knows_host(self, environ: Environ) -> bool:
        # Nothing here depends on the host; a request without one is refused all the same.
        host = environ.get("HTTP_HOST", "")
        if not host:
            # RFC 9112 §3.2: HTTP/1.1 must have one; granian calls HTTP/1.0 "HTTP/1".
            return environ.get("SERVER_PROTOCOL") != "HTTP/1.1"
        if len(host) > _LONGEST_HOST or not _HOST.match(host):
            return False
        if len(self._hosts) >= _MOST_HOSTS:
            self._hosts.clear()
        self._hosts.add(host)
        return True


def send(reply: Reply, method: str, start_response: StartResponse) -> list[bytes]:
    """Give a reply to the server, without content where it was HEAD, and count it."""
    head = method == "HEAD"
    reply.tally.add(0 if head else reply.sent, 0 if head else reply.saved)
    start_response(reply.status, reply.headers)
    return [] if head else reply.body
