"""Orders: documents of which there are very many, each with all that it is made from.

In: entries, what stands beside them, sealed pages. Out: structs that travel between processes.
Knows no markup.
"""

from __future__ import annotations

import msgspec

from feedsvc.archives import Page
from feedsvc.model import Entry
from feedsvc.render.urls import FORMATS, archive_path, feed_path, page_path
from feedsvc.render.views import Beside


class Article(msgspec.Struct, frozen=True, tag=True):
    """An order for an entry's own page: it names the entries before and after it."""

    entry: Entry
    older: Beside | None
    newer: Beside | None

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the documents stand that are ordered."""
        return (page_path(self.entry),)


class Withdrawn(msgspec.Struct, frozen=True, tag=True):
    """An order for what stands at the address of an entry that was taken back."""

    entry: Entry

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the document stands that is ordered."""
        return (page_path(self.entry),)


class Left(msgspec.Struct, frozen=True, tag=True):
    """An order for what stands where an entry's page once was; ``now`` is its page's path."""

    path: str
    now: str | None

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the document stands that is ordered."""
        return (self.path,)


class Sealed(msgspec.Struct, frozen=True, tag=True):
    """An order for a sealed page of a section, in every format."""

    section: str
    page: Page

    @property
    def paths(self) -> tuple[str, ...]:
        """Where the documents stand that are ordered."""
        number = self.page.number
        feeds = (feed_path(self.section, kind, number) for kind in FORMATS)
        return archive_path(self.section, number), *feeds


Order = Article | Withdrawn | Left | Sealed
"""Documents of which there are very many: made for what changed, and by several processes."""
