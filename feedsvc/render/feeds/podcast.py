"""What makes an RSS feed a podcast: Apple's podcast elements, which other directories read too.

In: a section that is a podcast and its entries. Out: feedgen's channel and items, with more said.
"""

from __future__ import annotations

from typing import Any

from feedgen.entry import FeedEntry
from feedgen.ext.podcast import PodcastExtension
from feedgen.ext.podcast_entry import PodcastEntryExtension
from feedgen.feed import FeedGenerator

from feedsvc.model import Enclosure, Entry, Podcast, Section, Site
from feedsvc.render.content import authors, summary
from feedsvc.render.markdown import shorten

#: Apple, podcast RSS feed requirements: an image's address ends so.
PICTURES = (".jpg", ".png")
_EXPLICIT = "{http://www.itunes.com/dtds/podcast-1.0.dtd}explicit"
_SAY = {"yes": "true", "no": "false"}
#: Apple: a summary has at most 4000 characters.
_LONGEST = 4000


class _Show(PodcastExtension):  # type: ignore[misc]
    """feedgen's extension, with the two values that explicit has today."""

    def extend_rss(self, feed: Any) -> Any:
        element = super().extend_rss(feed)
        _modernise(element[0])
        return element


class _Episode(PodcastEntryExtension):  # type: ignore[misc]
    """The same for an item."""

    def extend_rss(self, item: Any) -> Any:
        element = super().extend_rss(item)
        _modernise(element)
        return element


def show(feed: FeedGenerator, section: Section) -> None:
    """Apple: category, image and explicit are required of a channel."""
    podcast = section.podcast
    if podcast is None:
        return
    feed.register_extension("podcast", _Show, _Episode, atom=False)
    said = feed.podcast
    said.itunes_author(section.author.name)
    said.itunes_category({"cat": podcast.category, "sub": podcast.subcategory})
    said.itunes_image(podcast.image)
    said.itunes_explicit(_explicit(podcast))
    said.itunes_summary(section.description)
    said.itunes_type(podcast.type)
    owner = podcast.owner or section.author
    if owner.email:
        said.itunes_owner(name=owner.name, email=owner.email)


def episode(item: FeedEntry, site: Site, source: Entry, podcast: Podcast) -> None:
    """What is said of an item that can be listened to; of others nothing."""
    recording = played(source)
    if recording is None:
        return
    item.register_extension("podcast", _Episode, atom=False)
    said = item.podcast
    said.itunes_author(", ".join(author.name for author in authors(site, source)))
    said.itunes_explicit(_explicit(podcast))
    said.itunes_summary(shorten(summary(source, site.base_url), _LONGEST))
    if recording.duration:
        said.itunes_duration(recording.duration)  # in seconds, as Apple recommends
    if source.image and source.image.url.endswith(PICTURES):
        said.itunes_image(source.image.url)


def played(source: Entry) -> Enclosure | None:
    """The enclosure that is the episode: the first with sound."""
    return next((e for e in source.enclosures if e.type.startswith(("audio/", "video/"))), None)


def _explicit(podcast: Podcast) -> str:
    return "yes" if podcast.explicit else "no"


def _modernise(element: Any) -> None:
    for explicit in element.iterfind(_EXPLICIT):
        explicit.text = _SAY[explicit.text]
