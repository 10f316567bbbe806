"""A small published site in a real store, a clock that stands still, and a client for the wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from werkzeug.test import EnvironBuilder, run_wsgi_app

from feedsvc.snapshot import Document, Span, digest
from feedsvc.store import Store
from tests.factory import instant, publication

NOW = instant("2024-08-01 12:00:00")
ATOM = "application/atom+xml; charset=utf-8"
HTML = "text/html; charset=utf-8"
STALE = "stale-while-revalidate=3600, stale-if-error=86400"
POLICY = ("Content-Security-Policy", "default-src 'none'")
WORDS = "Something was said about the harbour and everybody agreed to meet again. "


class Clock:
    """Says what the test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


HEAD = b'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
TAIL = b"</feed>\n"


def cut_entries(entries: Mapping[str, str], head: bytes = HEAD) -> tuple[bytes, tuple[Span, ...]]:
    """A feed of these entries, by id, and where each of them stands."""
    body, spans = head, []
    for name, text in entries.items():
        element = f"<entry><id>{name}</id><title>{text}</title></entry>\n".encode()
        spans.append(Span(name, len(body), len(element), digest(element)))
        body += element
    return body + TAIL, tuple(spans)


def feed(entries: Mapping[str, str], path: str = "/news/atom.xml", **facts) -> Document:
    body, spans = cut_entries(entries)
    defaults = {
        "path": path,
        "media_type": ATOM,
        "body": body,
        "spans": spans,
        "cache": STALE,
        "headers": (
            ("Link", f'<https://news.example.org{path}>; rel="self"'),
            ("Content-Language", "en"),
        ),
    }
    return Document(**(defaults | facts))


def page(path: str = "/news/", text: str = WORDS * 9, **facts) -> Document:
    defaults = {
        "path": path,
        "media_type": HTML,
        "body": f"<!doctype html><title>x</title><p>{text}".encode(),
        "cache": STALE,
        "headers": (POLICY, ("Content-Language", "en")),
    }
    return Document(**(defaults | facts))


def asset(path: str = "/assets/site.css") -> Document:
    return Document(
        path=path, media_type="text/css", body=b"p{}", max_age=31536000, cache="immutable"
    )


def moved(path: str, location: str) -> Document:
    return Document(
        path=path,
        media_type="text/plain; charset=utf-8",
        body=f"moved to {location}\n".encode(),
        status=301,
        max_age=86400,
        headers=(("Location", location),),
    )


ENTRIES = {f"entry-{n:02}": f"{WORDS * 3}{n * 7919}" for n in range(20)}
SITE = (
    page("/"),
    page("/news/"),
    page("/news/first"),
    page("/news/gr%C3%BC%C3%9Fe"),
    feed(ENTRIES),
    feed(ENTRIES, "/all/rss.xml", media_type="application/rss+xml; charset=utf-8"),
    feed({}, "/news/feed.json", media_type="application/feed+json", body=b"{}" * 200),
    asset(),
    page("/!404", "Nothing here. " * 30, status=404, max_age=86400),
    page("/news/withdrawn", status=410, max_age=86400),
    moved("/old", "https://news.example.org/news/"),
    moved("/old/*", "https://news.example.org/news/*"),
    moved("/single", "https://news.example.org/news/first"),
    page("/retired", "Gone. " * 50, status=410, max_age=86400),
    page("/retired/*", "Gone. " * 50, status=410, max_age=86400),
)

#: The feed of ``SITE``, and the same with one more entry.
OLD = next(document for document in SITE if document.path == "/news/atom.xml")
NEW = feed({"new": "Something new."} | ENTRIES)
HOUR_LATER = NOW + timedelta(hours=1)


@cache
def _published() -> bytes:
    with TemporaryDirectory() as directory:
        file = Path(directory) / "store.db"
        store = Store(f"sqlite:///{file}")
        store.create()
        publish(store, *SITE)
        store.close()
        return file.read_bytes()


def sample_store(file: Path) -> Store:
    """A store of its own in which ``SITE`` is the first snapshot: compressed once for all tests."""
    file.write_bytes(_published())
    return Store(f"sqlite:///{file}")


def publish(
    store: Store, *documents: Document, gone: tuple[str, ...] = (), at: datetime = NOW, **facts
) -> None:
    """Publish what changed, and what is gone, as the next snapshot."""
    current = store.current()
    base = current.id if current else 0
    assert store.publish(publication(base, *documents, gone=gone, at=at, **facts)) is not None


class Wire(NamedTuple):
    """An answer as a server would have been handed it."""

    status: str
    fields: list[tuple[str, str]]
    content: bytes

    @property
    def code(self) -> int:
        return int(self.status[:3])

    def __getitem__(self, name):
        """The value of a field, None without it; a field that comes twice fails the test."""
        values = [value for key, value in self.fields if key.lower() == name.lower()]
        assert len(values) < 2, (name, values)
        return values[0] if values else None


def environ(path: str = "/news/atom.xml", method: str = "GET", **fields: str) -> dict:
    """A WSGI environ; field names are written with underscores, the path as in a request line."""
    target, _, query = path.partition("?")
    headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
    made = EnvironBuilder(method=method, headers=headers, query_string=query).get_environ()
    # PEP 3333: percent-decoded bytes, dressed as Latin-1.
    return made | {"PATH_INFO": unquote_to_bytes(target).decode("latin-1")}


def ask(app, path: str = "/news/atom.xml", method: str = "GET", **fields: str) -> Wire:
    """One request, straight into the application."""
    return call(app, environ(path, method, **fields))


def call(app, asked: dict) -> Wire:
    content, status, fields = run_wsgi_app(app, asked)
    return Wire(status, list(fields), b"".join(content))
