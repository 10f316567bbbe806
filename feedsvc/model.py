"""The things a newsroom publishes: frozen, typed, without behaviour to speak of.

In: values that ``source`` and ``config`` have validated. Out: the same values, named. Instants are
aware datetimes in UTC, durations whole seconds, sizes bytes. Knows no file, no clock and no format.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

import msgspec

Content = Literal["full", "summary"]
#: The embedded store, relative to the site.
DEFAULT_STORE = "sqlite:///var/feedsvc.db"


class Person(msgspec.Struct, frozen=True, gc=False):
    """An author: RFC 4287 §3.2."""

    name: str
    email: str | None = None
    uri: str | None = None


class Image(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A picture for an entry; ``width`` and ``height`` in pixels, ``length`` in bytes."""

    url: str
    alt: str = ""
    type: str | None = None
    width: int | None = None
    height: int | None = None
    length: int | None = None


class Enclosure(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file that belongs to an entry; ``length`` in bytes, ``duration`` in seconds."""

    url: str
    type: str
    length: int
    title: str | None = None
    duration: int | None = None


class Withdrawal(msgspec.Struct, frozen=True, gc=False):
    """When and why an entry was taken back: becomes a tombstone, RFC 6721."""

    at: datetime
    reason: str | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One piece of news, complete: what was left out in the file is filled in.

    ``iri`` is its identity for ever (``tag:<site.tag>:<id>``, or the id where that is an IRI).
    ``title`` is always there; ``title_derived`` says that it was cut from the lead.
    ``section`` is the home section, ``also`` the others that show it. ``slug`` names its page.
    ``body`` is Markdown as UTF-8: in memory, as text, it would be two to four times as long.
    """

    id: str
    iri: str
    section: str
    slug: str
    published: datetime
    title: str
    title_derived: bool = False
    updated: datetime | None = None
    lead: str | None = None
    body: bytes | None = None
    event_date: date | None = None
    link: str | None = None
    authors: tuple[Person, ...] = ()
    tags: tuple[str, ...] = ()
    language: str | None = None
    also: tuple[str, ...] = ()
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    draft: bool = False
    expires: datetime | None = None
    withdrawn: Withdrawal | None = None

    @property
    def markdown(self) -> str:
        """The body as text, half surrogate pairs that YAML's escapes may give included."""
        return self.body.decode("utf-8", "surrogatepass") if self.body else ""

    def spelled(self, **changes: Any) -> Entry:
        """A copy with its body as text: what names that stores hold have always been made of."""
        return msgspec.structs.replace(self, body=self.body and self.markdown, **changes)

    @property
    def modified(self) -> datetime:
        """The last significant revision: RFC 4287 §4.2.15."""
        return max(self.published, self.updated) if self.updated else self.published


class Podcast(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a section a podcast: the words of Apple's directory, which others read too.

    ``image`` is square and ends in .jpg or .png; ``owner`` has an address, or there is none.
    """

    category: str
    image: str
    subcategory: str | None = None
    explicit: bool = False
    type: Literal["episodic", "serial"] = "episodic"
    owner: Person | None = None


class Caching(msgspec.Struct, frozen=True):
    """Freshness in seconds: RFC 9111 §5.2.2.1, RFC 5861 §3 and §4."""

    max_age: int = 300
    stale_while_revalidate: int = 3600
    stale_if_error: int = 86400


MailSecurity = Literal["starttls", "tls", "none"]


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail account that tells people; its password is none of the config's business."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    security: MailSecurity = "starttls"
    user: str | None = None


class Notify(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to tell when something needs a person; ``webhook`` is as secret as a password.

    ``allow_private``: the webhook may lead to an address within this network.
    """

    webhook: str | None = None
    mail: Mail | None = None
    allow_private: bool = False


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A section with every default of the site already applied. ``all`` is one too."""

    name: str
    title: str
    description: str
    language: str
    author: Person
    entries: int
    content: Content
    caching: Caching
    podcast: Podcast | None = None


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """``config/site.yaml``: ``base_url`` without trailing slash, ``refresh`` in seconds."""

    title: str
    base_url: str
    tag: str
    sections: tuple[Section, ...]
    everything: Section
    author: Person
    subtitle: str | None = None
    language: str = "en"
    timezone: str = "UTC"
    rights: str | None = None
    icon: str | None = None
    logo: str | None = None
    refresh: int = 300
    max_bytes: int = 512 * 1024
    caching: Caching = Caching()
    hubs: tuple[str, ...] = ()
    store: str = DEFAULT_STORE
    redirects: dict[str, str] = {}
    gone: tuple[str, ...] = ()
    notify: Notify | None = None

    def section(self, name: str) -> Section | None:
        """The section of that name, ``all`` included, or None."""
        for section in self.sections:
            if section.name == name:
                return section
        return self.everything if name == self.everything.name else None
