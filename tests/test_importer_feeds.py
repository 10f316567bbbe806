"""Feeds of others as they are met: every format, archives, further pages, WordPress exports."""

from pathlib import Path

import pytest

from feedsvc.errors import ImportProblem
from feedsvc.model import Enclosure, Image, Person
from feedsvc.source.fetch import Fetched
from feedsvc.source.foreign import parse
from feedsvc.source.walk import whole
from feedsvc.source.wxr import autop
from tests.factory import instant

DATA = Path(__file__).parent / "data" / "import"


def read(name):
    return parse((DATA / name).read_bytes())


def rss(*items, head=""):
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0"><channel><title>t</title>{head}{body}</channel></rss>'.encode()


def one(item, **facts):
    (found,) = parse(rss(item), **facts).items
    return found


@pytest.mark.parametrize("end", ["org", "press", "agency", "museum", "example"])
@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("desk@harbour.{} (Ann B)", "Ann B"),
        ("Ann B <desk@harbour.{}>", "Ann B"),
        ("desk@harbour.{}", "desk"),
    ],
    ids=["rss", "mail", "bare"],
)
def test_an_rss_authors_address_comes_whole(end, form, name):
    text = form.format(end).replace("<", "&lt;")
    assert one(f"<author>{text}</author>").authors == (Person(name, f"desk@harbour.{end}"),)


class TestFormats:
    def test_rss(self):
        first, second, third, _ = read("old.rss.xml").items
        assert first.guid == "https://old.example.org/?p=12"
        assert first.title.value == "Tides &amp; harbours: the &lt;new&gt; tables"
        assert first.published == instant("2024-07-19 12:30")
        assert first.updated is None
        assert first.authors == (Person("Ann Lee"),)
        assert first.tags == ("Tides", "Charts & tables")
        assert "<strong>free</strong>" in first.content.value
        assert second.authors == (Person("Press office", "press@example.org"),)
        (sound,) = second.enclosures
        assert sound == Enclosure(
            url="https://old.example.org/sea.mp3", type="audio/mpeg", length=123456
        )
        assert (third.guid, third.link) == ("", "https://old.example.org/2023/12/no-title")

    def test_atom(self):
        feed = read("old.atom.xml")
        assert feed.language == "de"
        first, second = feed.items
        assert first.link == "https://old.example.org/blog/2024/gezeiten"
        assert first.content.base == "https://old.example.org/blog/"
        assert first.published == instant("2024-07-18 22:00")
        assert first.updated == instant("2024-07-21 10:00")
        assert first.tags == ("Gezeiten",)
        assert first.authors == (Person("Presseamt", "presse@example.org"),)  # RFC 4287 §4.2.1
        assert second.authors == (Person("Bo <b>", uri="https://bo.example.org/"),)
        assert second.language == "en"
        assert not second.content.html
        assert second.published is None

    def test_json_feed(self):
        first, second = read("old.feed.json").items
        assert first.published == instant("2024-07-02 07:00")
        assert first.image == Image(url="https://old.example.org/two.jpg")
        assert first.authors == (Person("Ann Lee", uri="https://ann.example.org/"),)
        assert first.enclosures == (
            Enclosure(
                url="https://old.example.org/two.m4a",
                type="audio/mp4",
                length=42,
                title="Sound",
                duration=61,
            ),
        )
        assert (second.guid, second.content.html, second.language) == ("1", False, "fr")

    @pytest.mark.parametrize(
        "version", ['version="0.91"', 'version="0.92"', 'version="2.0"', ""], ids=str
    )
    def test_old_rss(self, version):
        item = "<item><title>T</title><link>https://x.example/1</link></item>"
        text = f"<rss {version}><channel><title>t</title>{item}</channel></rss>"
        (found,) = parse(text.encode()).items
        assert (found.link, found.published) == ("https://x.example/1", None)

    def test_rss_1_0(self):
        text = (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            '<channel rdf:about="https://x.example/"><title>t</title></channel>'
            '<item rdf:about="https://x.example/1"><title>T</title><link>https://x.example/1</link>'
            "<dc:date>2004-05-06T07:08:09Z</dc:date></item></rdf:RDF>"
        )
        (found,) = parse(text.encode()).items
        assert (found.guid, found.updated) == (
            "https://x.example/1",
            instant("2004-05-06 07:08:09"),
        )

    @pytest.mark.parametrize(
        "data", [b"", b"<html><p>Hello</p></html>", b"words", b"{}", b'{"version": 1, "items": []}']
    )
    def test_what_is_no_feed(self, data):
        with pytest.raises(ImportProblem, match=r"no (feed|JSON Feed)"):
            parse(data)

    def test_broken_json(self):
        with pytest.raises(ImportProblem, match="no JSON: "):
            parse(b'{"version": ')

    def test_broken_xml_is_read_as_far_as_it_goes(self):
        data = rss("<title>T</title><guid>https://x.example/1</guid>").replace(b"</rss>", b"<p>")
        feed = parse(data)
        assert [item.guid for item in feed.items] == ["https://x.example/1"]
        assert feed.notes[0].startswith("the XML is broken, read as far as it goes:")

    def test_another_encoding(self):
        text = '<?xml version="1.0" encoding="iso-8859-1"?>' + rss("<title>Häfen</title>").decode()
        assert parse(text.encode("latin-1")).items[0].title.value == "Häfen"

    def test_a_file_that_says_no_more_than_it_must(self):
        found = one("<enclosure url='/a.mp3'/>", url="https://x.example/feed")
        assert found.enclosures[0] == Enclosure(
            url="https://x.example/a.mp3", type="audio/mpeg", length=0
        )

    def test_itunes_duration_and_media_pictures(self):
        head = (
            '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
            'xmlns:media="http://search.yahoo.com/mrss/">'
        )
        item = (
            '<enclosure url="https://x.example/a.mp3" length="x" type="audio/mpeg"/>'
            "<itunes:duration>1:02:03</itunes:duration>"
            '<media:content url="https://x.example/p.jpg" medium="image"/>'
        )
        data = rss(item).replace(b'<rss version="2.0">', head.encode())
        (found,) = parse(data).items
        assert (found.enclosures[0].duration, found.enclosures[0].length) == (3723, 0)
        assert found.image == Image(url="https://x.example/p.jpg")


class TestWordPress:
    def test_posts_alone_and_drafts_as_drafts(self):
        first, second, third = read("export.wxr.xml").items
        assert first.authors == (Person("Ann Lee"),)
        assert second.authors == (Person("Bo & Co"),)
        assert first.tags == ("Tides",)
        assert (first.name, first.draft) == ("tide-tables", False)
        assert first.published == instant("2024-07-19 12:30")
        assert second.summary.value == "Written by hand."
        assert third.draft
        assert third.published == instant("2024-07-21 09:00")

    def test_what_was_typed_becomes_what_wordpress_shows(self):
        text = "One\ntwo\n\nThree\n<ul>\n<li>a</li>\n</ul>\nFour\n\n<pre>x\n\ny</pre>"
        assert autop(text) == (
            "<p>One<br>two</p><p>Three</p><ul><li>a</li></ul><p>Four</p><pre>x\n\ny</pre>"
        )

    def test_blocks_are_html_already(self):
        text = "<!-- wp:paragraph -->\n<p>a\nb</p>\n<!-- /wp:paragraph -->"
        assert autop(text).strip() == "<p>a\nb</p>"

    @pytest.mark.parametrize(
        ("text", "html"),
        [
            (
                '[caption id="a" width="3"]<img src="x.jpg"> Words[/caption]',
                '<figure><img src="x.jpg"><figcaption>Words</figcaption></figure>',
            ),
            (
                '[caption]<a href="y"><img src="x.jpg"></a>[/caption]',
                '<figure><a href="y"><img src="x.jpg"></a></figure>',
            ),
            ("[caption]words[/caption]", "<p>words</p>"),
            (
                "[embed]https://x.example/?a=1&b[/embed]",
                '<p><a href="https://x.example/?a=1&amp;b">https://x.example/?a=1&amp;b</a></p>',
            ),
            (
                '[audio mp3="https://x.example/a.mp3"][/audio]',
                '<p><a href="https://x.example/a.mp3">https://x.example/a.mp3</a></p>',
            ),
            ('a [gallery ids="1,2"] b', "<p>a  b</p>"),
            ("[unknown]stays[/unknown]", "<p>[unknown]stays[/unknown]</p>"),
        ],
    )
    def test_shortcodes_that_everybody_has(self, text, html):
        assert autop(text) == html


class Site:
    """Documents by address, and which were asked for."""

    def __init__(self, **documents):
        self.documents = {f"https://x.example/{name}": data for name, data in documents.items()}
        self.asked = []

    def find(self, url):
        self.asked.append(url)
        data = self.documents.get(url)
        if isinstance(data, Exception):
            raise data
        return None if data is None else Fetched(data, url)

    def walk(self, start="a", limit=100):
        url = f"https://x.example/{start}"
        return whole(Fetched(self.documents[url], url), self.find, limit)


def atom(name, *links):
    refs = "".join(f'<link rel="{rel}" href="{url}"/>' for rel, url in links)
    entry = f"<entry><id>https://x.example/{name}</id><title>{name}</title></entry>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{refs}{entry}</feed>'.encode()


def guids(found):
    return [item.guid.rpartition("/")[2] for item in found.items]


class TestWalk:
    @pytest.mark.parametrize("rel", ["prev-archive", "next"])
    def test_archives_and_pages_are_followed__rfc5005(self, rel):
        site = Site(a=atom("1", (rel, "b")), b=atom("2", (rel, "/c")), c=atom("3"))
        found = site.walk()
        assert guids(found) == ["1", "2", "3"]
        assert found.documents == 3
        assert site.asked == ["https://x.example/b", "https://x.example/c"]

    def test_json_feed_s_next_url(self):
        text = '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "%s"}], %s}'
        site = Site(a=(text % (1, '"next_url": "/b"')).encode(), b=(text % (2, '"x": 1')).encode())
        assert guids(site.walk()) == ["1", "2"]

    def test_a_circle_ends(self):
        site = Site(a=atom("1", ("next", "b")), b=atom("2", ("next", "a")))
        assert guids(site.walk()) == ["1", "2"]

    def test_wordpress_has_further_pages_and_does_not_say_so(self):
        head = "<generator>https://wordpress.org/?v=6.4</generator>"
        page = [rss(f"<guid>https://x.example/{n}</guid>", head=head) for n in range(3)]
        site = Site(**{"a?x=1": page[0], "a?x=1&paged=2": page[1], "a?x=1&paged=3": page[2]})
        assert guids(site.walk("a?x=1")) == ["0", "1", "2"]
        assert site.asked[-1] == "https://x.example/a?x=1&paged=4"

    def test_wordpress_that_shows_its_first_page_again_and_again(self):
        head = "<generator>https://wordpress.org/?v=6.4</generator>"
        site = Site(a=rss("<guid>https://x.example/1</guid>", head=head))
        site.find = lambda url: Fetched(site.documents["https://x.example/a"], url)
        assert guids(site.walk()) == ["1"]

    def test_an_entry_that_comes_twice_counts_once_as_it_was_first(self):
        site = Site(a=atom("1", ("next", "b")), b=atom("1"))
        assert len(site.walk().items) == 1

    def test_a_limit(self):
        site = Site(a=atom("1", ("next", "b")), b=atom("2", ("next", "c")), c=atom("3"))
        found = site.walk(limit=2)
        assert guids(found) == ["1", "2"]
        assert found.notes == ("stopped after 2 documents: there may be more; see --pages",)

    @pytest.mark.parametrize("broken", [ImportProblem("no answer in time"), b"<html>", None])
    def test_what_is_older_cannot_be_had(self, broken):
        found = Site(a=atom("1", ("next", "b")), b=broken).walk()
        assert guids(found) == ["1"]
        assert bool(found.notes) == (broken is not None)
