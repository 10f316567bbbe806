"""What makes an RSS feed a podcast: Apple's podcast elements, which other directories read too.

In: a section that is a podcast and its entries. Out: feedgen's channel with more said, and what
items say besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from feedgen.ext.podcast import PodcastExtension
from feedgen.feed import FeedGenerator

from feedsvc.model import Enclosure, Entry, Podcast, Section
from feedsvc.render.feeds.common import Facts
from feedsvc.render.feeds.markup import element, leaf
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
        root = super().extend_rss(feed)
        for explicit in root[0].iterfind(_EXPLICIT):
            explicit.text = _SAY[explicit.text]
        return root


def show(feed: FeedGenerator, section: Section) -> None:
    """Apple: category, image and explicit are required of a channel."""
    podcast = section.podcast
    if podcast is None:
        return
    feed.register_extension("podcast", _Show, atom=False)
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


def episode(facts: Facts, source: Entry, podcast: Podcast) -> Iterator[str]:
    """What is said of an item that can be listened to; of others nothing."""
    recording = played(source)
    if recording is None:
        return
    yield leaf("itunes:author", ", ".join(author.name for author in facts.authors))
    if source.image and source.image.url.endswith(PICTURES):
        yield element("itunes:image", {"href": source.image.url})
    if recording.duration:
        yield leaf("itunes:duration", str(recording.duration))  # in seconds, as Apple recommends
    yield leaf("itunes:explicit", _SAY[_explicit(podcast)])
    if said := shorten(facts.summary, _LONGEST):
        yield leaf("itunes:summary", said)


def played(source: Entry) -> Enclosure | None:
    """The enclosure that is the episode: the first with sound."""
    return next((e for e in source.enclosures if e.type.startswith(("audio/", "video/"))), None)


def _explicit(podcast: Podcast) -> str:
    return "yes" if podcast.explicit else "no"
