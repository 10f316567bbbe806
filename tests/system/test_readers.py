"""Readers that subscribed see an edit once and pay for nothing else.

A tap stands between readers and server and remembers what passed.
"""

from __future__ import annotations

from contextlib import closing

import feedparser
import pytest
from reader import make_reader

from tests.system.newsreaders import Newsboat, Rss2email
from tests.system.publishing import NEW

pytestmark = pytest.mark.system

AGENT = "Example/1.0 (feedparser)"


@pytest.fixture(params=["rss", "atom"])
def path(request) -> str:
    return f"/news/{request.param}.xml"


# The readers


@pytest.fixture
def library(tmp_path):
    with closing(make_reader(str(tmp_path / "reader.db"))) as reader:
        yield reader


def test_reader_gets_304_and_sees_an_edit_once(published, library, path):
    library.add_feed(published.url(path))
    first = library.update_feed(published.url(path))
    assert first.new == len(feedparser.parse(published.server.url + path).entries) > 10
    assert library.update_feed(published.url(path)) is None
    assert published.statuses(path) == [200, 304]

    published.edit(path)
    edited = library.update_feed(published.url(path))
    assert (edited.new, edited.modified) == (0, 1)
    assert library.update_feed(published.url(path)) is None
    assert published.statuses(path)[3:] == [304]
    titles = [entry.title for entry in library.get_entries()]
    assert len(titles) == first.new
    assert sum(NEW in title for title in titles) == 1


def test_reader_sees_a_new_entry_once(published, library, path):
    library.add_feed(published.url(path))
    library.update_feed(published.url(path))
    published.add(path)
    counts = [library.update_feed(published.url(path)) for _ in range(3)]
    assert [counts[0].new, counts[0].modified, *counts[1:]] == [1, 0, None, None]


def test_newsboat_gets_304_and_sees_an_edit_once(published, tmp_path, path):
    newsboat = Newsboat(tmp_path / "newsboat")
    newsboat.subscribe(published.url(path))
    unread = newsboat.reload()
    assert unread == len(newsboat.titles()) > 10
    assert published.statuses(path)[2:] == [304]

    published.edit(path)
    assert [newsboat.reload() for _ in range(2)] == [unread] * 2
    assert published.statuses(path)[4:] == [304]
    titles = newsboat.titles().values()
    assert len(titles) == unread
    assert sum(NEW in title for title in titles) == 1


def test_newsboat_sees_a_new_entry_once(published, tmp_path, path):
    newsboat = Newsboat(tmp_path / "newsboat")
    newsboat.subscribe(published.url(path))
    unread = newsboat.reload()
    published.add(path)
    assert [newsboat.reload() for _ in range(3)] == [unread + 1] * 3
    assert published.statuses(path)[4:] == [304, 304]


def test_rss2email_mails_a_new_entry_once(published, tmp_path, path):
    """It sends ``A-IM: feed`` in feedparser's name, but takes a 226 for an error, for ever.

    So a client that calls itself plainly feedparser must get the whole feed.
    """
    rss2email = Rss2email(tmp_path / "rss2email")
    rss2email.subscribe(published.url(path))
    rss2email.poll()
    before = len(rss2email.subjects())
    rss2email.poll()
    assert before > 10
    assert published.statuses(path) == [200, 304]

    published.add(path)
    for _ in range(3):
        rss2email.poll()
    assert len(rss2email.subjects()) == before + 1
    assert sum("quay wall" in subject for subject in rss2email.subjects()) == 1
    assert published.statuses(path)[3:] == [304, 304]


# Deltas: all of these send `A-IM: feed` by themselves


def test_feedparser_understands_a_delta__rfc3229_10_5_2(published, path):
    first = feedparser.parse(published.url(path), agent=AGENT)
    published.edit(path)
    full = published.server.get(path)
    delta = feedparser.parse(published.url(path), etag=first.etag, agent=AGENT)

    assert (delta.status, delta.bozo) == (226, False)
    assert [entry.title for entry in delta.entries] == [f"{NEW}, 14,000 of them"]
    assert delta.headers["im"] == "feed"
    assert delta.etag.removesuffix('.gz"') == full.etag.removesuffix('"')
    assert delta.feed.title == first.feed.title
    again = feedparser.parse(published.url(path), etag=delta.etag, agent=AGENT)
    assert (again.status, again.entries) == (304, [])


def test_newsboat_takes_a_delta_and_keeps_the_rest__rfc3229_10_5_2(published, tmp_path, path):
    newsboat = Newsboat(tmp_path / "newsboat")
    newsboat.subscribe(published.url(path))
    before = newsboat.titles()
    published.add(path)
    newsboat.reload()

    assert published.statuses(path)[2:] == [226]
    assert before.items() < newsboat.titles().items()
    assert len(newsboat.titles()) == len(before) + 1


def test_reader_takes_a_delta_and_keeps_the_rest__rfc3229_10_5_2(published, library, path):
    library.add_feed(published.url(path))
    library.update_feed(published.url(path))
    before = library.get_entry_counts().total
    published.add(path)
    library.update_feed(published.url(path))

    assert published.statuses(path) == [200, 226]
    assert library.get_entry_counts().total == before + 1
