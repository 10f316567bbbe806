"""Readers that subscribed see an edit once and pay for nothing else.

A tap stands between readers and server and remembers what passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import feedparser
import pytest
from reader import make_reader

from tests.system.newsreaders import Newsboat, Rss2email
from tests.system.servers import SampleSite, Server, free_port, serving, wait_for
from tests.system.wire import Answer, Tap, tapped

pytestmark = pytest.mark.system

FEED = "/news/atom.xml"
FILE = "news/2026.yaml"
OLD, NEW = "Shad are back in the Velm", "Shad return to the Velm"
AGENT = "Example/1.0 (feedparser)"
FRESH = "id: quay-wall\npublished: 2026-11-01 12:00\ntitle: The quay wall stands\nlead: It does.\n"


@dataclass
class Published:
    """A served site and the address, behind the tap, to which readers subscribe."""

    server: Server
    tap: Tap

    @property
    def site(self) -> SampleSite:
        return self.server.site

    def url(self, path: str = FEED) -> str:
        return self.tap.url + path

    def statuses(self, path: str = FEED) -> list[int]:
        return [request.status for request in self.tap.asked(path)]

    def wait_until(self, text: str, path: str = FEED) -> Answer:
        """Wait until the document says so; readers are not involved."""

        def look() -> Answer | None:
            answer = self.server.get(path)
            return answer if text in answer.body.decode() else None

        return wait_for(f"{text!r} in {path}", look)

    def edit(self, path: str = FEED) -> None:
        """Change the words of one title, and wait until that is public."""
        self.site.edit(FILE, OLD, NEW)
        self.wait_until(NEW, path)

    def add(self, path: str = FEED) -> None:
        """Publish one more entry, and wait until it is public."""
        self.site.write("news/quay.yaml", FRESH)
        self.wait_until("quay wall", path)


@contextmanager
def publishing(site: SampleSite) -> Iterator[Published]:
    port, behind = free_port(), free_port()
    base_url = f"http://127.0.0.1:{port}"
    with serving(site, base_url=base_url, port=behind) as server, tapped(port, behind) as tap:
        yield Published(server, tap)


@pytest.fixture
def published(site):
    with publishing(site) as result:
        yield result


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


# What an admin relies on


def test_an_embargo_ends_by_itself__contract_2(published):
    answer = published.server.get(FEED)
    now = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    ends = now + timedelta(seconds=6)
    published.site.write(
        "news/embargo.yaml",
        f"id: embargoed\npublished: {ends.isoformat()}\ntitle: Now you may know\nlead: At last.\n",
    )
    seen: list[Answer] = []

    def public() -> bool:
        seen.append(published.server.get(FEED))
        return b"Now you may know" in seen[-1].body

    wait_for("the embargo's end", public)
    *before, after = seen
    assert when(after) >= ends
    assert when(before[-1]) <= ends + timedelta(seconds=3)
    assert before[0].etag == answer.etag
    assert published.server.get("/news/embargoed").status == 200
    # RFC 9111: once the server knows of the embargo, nobody may keep a copy beyond its end.
    bounded = [one for one in before if one.max_age < answer.max_age]
    assert bounded
    for one in bounded:
        assert when(one) + timedelta(seconds=one.max_age) <= ends + timedelta(seconds=1)


def when(answer: Answer):
    return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)


def test_a_broken_edit_leaves_what_was_served__contract_2(published):
    good = published.site.read(FILE)
    before = published.server.get(FEED)
    published.site.write(FILE, good.replace("  title: Shad", "\ttitle: [Shad"))
    published.site.write("news/quay.yaml", FRESH)  # the rest publishes
    meanwhile = published.wait_until("quay wall")

    for text in (OLD, "Fuel spill at Saltmere contained"):
        assert text in before.body.decode()
        assert text in meanwhile.body.decode()
    assert published.server.get("/news/shad-count-2026").status == 200

    published.site.write(FILE, good.replace(OLD, NEW))
    assert OLD not in published.wait_until(NEW).body.decode()


def test_a_bad_entry_is_held_back_alone__contract_2(published):
    good = published.site.read(FILE)
    bad = good.replace("published: 2026-10-30 10:30", "published: 31.13.2026")
    published.site.write(FILE, bad.replace("Fuel spill at Saltmere", "Oil spill at Saltmere"))
    body = published.wait_until("Oil spill at Saltmere").body.decode()
    assert OLD in body, "what was public disappeared by a mistake"


def documents(server: Server) -> dict[str, Answer]:
    paths = ["/", "/all/", "/news/", "/news/shad-count-2026"]
    for section in ("all", "news", "speeches", "interviews", "publications", "media"):
        paths += [f"/{section}/rss.xml", f"/{section}/atom.xml"]
    return {
        f"{path} {coding}": server.get(path, Accept_Encoding=coding)
        for path in paths
        for coding in ("identity", "gzip", "br")
    }


def validators(answers: dict[str, Answer]) -> dict[str, tuple[str, str, bytes]]:
    return {
        name: (answer.etag, answer.headers["last-modified"], answer.body)
        for name, answer in answers.items()
    }


def test_restart_without_change_changes_nothing__contract_5(site):
    port = free_port()
    with serving(site, port=port) as first:
        before = documents(first)
    touch_every_file(site.root / "feeds")
    with serving(site, port=port) as second:
        after = documents(second)
    assert validators(before) == validators(after)


def test_another_store_gives_the_same_etags__contract_5(site, tmp_path):
    port = free_port()
    with serving(site, port=port) as first:
        before = {name: answer.etag for name, answer in documents(first).items()}
    (site.root / "var").rename(tmp_path / "elsewhere")
    with serving(site, port=port) as second:
        after = {name: answer.etag for name, answer in documents(second).items()}
    assert before == after


def touch_every_file(folder: Path) -> None:
    for file in folder.rglob("*.yaml"):
        file.touch()


def test_an_entry_that_is_taken_out_moves_the_validators(published):
    before = published.server.get(FEED)
    text = published.site.read(FILE)
    published.site.write(
        FILE, text.replace("- id: ice-notice-2026", "- id: ice-notice-2026\n  draft: true")
    )

    def gone() -> Answer | None:
        answer = published.server.get(FEED)
        return None if b"ice-notice-2026" in answer.body else answer

    after = wait_for("the entry to leave", gone)
    assert after.etag != before.etag
    moved = [parsedate_to_datetime(one.headers["last-modified"]) for one in (before, after)]
    assert moved[0] < moved[1]
    assert published.server.get("/news/ice-notice-2026").status in {404, 410}
