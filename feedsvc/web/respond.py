"""One request against one view, decided at length: documents, deltas, what moved, what is missing.

In: a view, a WSGI environ. Out: a ``Reply``. Whatever ``hits`` answers by itself it answers as this
module would. Raises StoreError where the store does. Knows no Flask; the clock is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from feedsvc.errors import StoreError
from feedsvc.snapshot import NOT_FOUND, REST, Coding
from feedsvc.web import delta, replies
from feedsvc.web.conditional import Asked, Base, decide
from feedsvc.web.delta import Deltas, Pair
from feedsvc.web.pages import Page, asked
from feedsvc.web.replies import Reply
from feedsvc.web.subscribers import Subscribers
from feedsvc.web.view import View

_OK: Final = 200
_MOVED: Final = 301
#: A listing asked for without its last slash: for an hour, the section may be retired.
_MOVED_CACHING: Final = "public, max-age=3600"


class Responder:
    """Answers requests. Remembers nothing but the deltas it has cut."""

    def __init__(
        self, clock: Callable[[], datetime], deltas: Deltas, subscribers: Subscribers
    ) -> None:
        self._clock = clock
        self._deltas = deltas
        self._subscribers = subscribers

    def answer(self, view: View, environ: Mapping[str, str]) -> Reply:
        """The answer to a GET or HEAD. Raises StoreError."""
        path_info = environ["PATH_INFO"]
        page = view.page(path_info)
        if page is None:
            return self._elsewhere(view, environ) or missing(view, environ)
        self._subscribers.note(environ.get("HTTP_USER_AGENT", ""), page.document.path)
        return self._document(view, page, asked(environ))

    def _document(self, view: View, page: Page, wanted: Asked) -> Reply:
        if page.document.status != _OK:
            return page.regardless(wanted.accept_encoding)
        decision = decide(wanted, page.current, self._clock())
        if decision.coding is None:
            return replies.not_acceptable(page.kind)
        variant = page.variant(decision.coding)
        if decision.status == 304:  # noqa: PLR2004
            return variant.unmodified
        if decision.status == 412:  # noqa: PLR2004
            return replies.precondition_failed(page.kind)
        cuts = (self._delta(view, page, decision.coding, base) for base in decision.bases)
        return next((cut for cut in cuts if cut), variant.full)

    def _delta(self, view: View, page: Page, coding: Coding, base: Base) -> Reply | None:
        """The 226 against one instance that the client holds; None where the full answer is due."""
        path, current = page.document.path, page.document.digest
        full = len(page.kept.bodies[coding])

        def make() -> bytes | None:
            old, new = view.spans(path, base.digest), view.spans(path, current)
            # RFC 3229 §10.3: only against an instance that this feed is known to have had.
            if old is None or not new:
                return None
            return delta.make(page.kept.bodies["identity"], old, new, coding, full)

        try:
            content = self._deltas.get(Pair(path, base.digest, current, coding), make)
        except StoreError:
            return None
        return page.delta(coding, content, base) if content else None

    def _elsewhere(self, view: View, environ: Mapping[str, str]) -> Reply | None:
        """Where a path without a document of its own leads to, if anywhere."""
        path_info = environ["PATH_INFO"]
        listing = view.page(f"{path_info}/")
        if listing is not None and listing.document.status == _OK:
            return replies.moved(view.info.base_path + listing.document.path, _MOVED_CACHING)
        _, _, below = (view.path(path_info) or "").partition("/")
        section, slash, rest = below.partition("/")
        page = view.named(f"/{section}/{REST}") if slash else None
        if page is None:
            return None
        if page.document.status != _MOVED:
            return page.regardless(environ.get("HTTP_ACCEPT_ENCODING"))
        location = dict(page.document.headers)["Location"]
        if location.endswith(REST):
            location = location.removesuffix(REST) + rest
        return replies.moved(location, page.caching)


def missing(view: View, environ: Mapping[str, str]) -> Reply:
    """The 404: a page for those who read HTML, a line for the others."""
    page = view.named(NOT_FOUND)
    if page is None:
        return replies.not_found()
    if "text/html" not in environ.get("HTTP_ACCEPT", ""):
        return replies.not_found(page.caching)
    return page.regardless(environ.get("HTTP_ACCEPT_ENCODING"))
