"""Sites and entries for tests: valid, small, and different only in what a test names."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from feedsvc.model import Caching, Entry, Person, Section, Site
from feedsvc.register import Register
from feedsvc.render.urls import page_path
from feedsvc.sections import Selection
from feedsvc.snapshot import Difference, Document, prepare
from feedsvc.store.publication import Publication

TAG = "news.example.org,2024"
OFFICE = Person("Press office", "press@example.org", "https://news.example.org/about")


def instant(text: str) -> datetime:
    """An instant in UTC, such as ``2024-07-19 14:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def section(name: str = "news", **facts: Any) -> Section:
    defaults: dict[str, Any] = {
        "name": name,
        "title": name.capitalize(),
        "description": f"{name.capitalize()} of the office",
        "language": "en",
        "author": OFFICE,
        "entries": 50,
        "content": "full",
        "caching": Caching(),
    }
    return Section(**(defaults | facts))


def site(*sections: Section, **facts: Any) -> Site:
    defaults: dict[str, Any] = {
        "title": "Office of Tides",
        "base_url": "https://news.example.org",
        "tag": TAG,
        "sections": sections or (section("news"), section("speeches")),
        "everything": section("all", title="All news"),
        "author": OFFICE,
        "timezone": "Europe/Vienna",
    }
    return Site(**(defaults | facts))


def entry(
    name: str = "first", published: str | datetime = "2024-07-19 12:30", **facts: Any
) -> Entry:
    defaults: dict[str, Any] = {
        "id": name,
        "iri": f"tag:{TAG}:{name}",
        "section": "news",
        "slug": name,
        "published": published if isinstance(published, datetime) else instant(published),
        "title": name.capitalize(),
        "lead": f"What {name} is about.",
        "body": "A paragraph.",
    }
    facts = defaults | facts
    if isinstance(body := facts["body"], str):
        facts["body"] = body.encode("utf-8", "surrogatepass")
    return Entry(**facts)


def registered(on: Site, entries: Iterable[Entry], at: datetime, **how: bool) -> Register:
    """What a site shows of these entries."""
    register = Register(on, page_path, **how)
    register.update({"feeds/news/all.yaml": tuple(entries)}, at)
    return register


def select(on: Site, entries: Iterable[Entry], at: datetime) -> Selection:
    """What its lists and listings show."""
    return registered(on, entries, at).selection


def publication(
    base: int, *changed: Document, at: datetime, gone: tuple[str, ...] = (), **facts: Any
) -> Publication:
    """What a builder publishes upon snapshot ``base``."""
    defaults: dict[str, Any] = {
        "base": base,
        "instant": at,
        "why": "test",
        "base_path": "",
        "next_change": None,
        "total": len(changed),
        "difference": Difference(tuple(map(prepare, changed)), gone),
    }
    return Publication(**(defaults | facts))
