"""What an RSS item and an Atom entry have in common."""

from __future__ import annotations

from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.dc import DcEntryExtension
from feedgen.ext.media import MediaEntryExtension

from feedsvc.model import Entry


def fill(item: FeedEntry, entry: Entry) -> None:
    """Set identity, title, tags and image."""
    # Not load_extension: it asks the import system each time.
    item.register_extension("dc", DcEntryExtension)
    item.register_extension("media", MediaEntryExtension)
    item.id(entry.iri)
    item.title(entry.title)
    for tag in entry.tags:
        item.category(term=tag)
    if entry.image:
        item.media.content(_media(entry), group=None)


def _media(entry: Entry) -> dict[str, Any]:
    """Media RSS §media:content; ``fileSize`` in bytes."""
    image = entry.image
    assert image  # noqa: S101 - the caller asks for an entry's image
    facts = {
        "url": image.url,
        "medium": "image",
        "type": image.type,
        "fileSize": image.length,
        "width": image.width,
        "height": image.height,
    }
    return {key: str(value) for key, value in facts.items() if value}
