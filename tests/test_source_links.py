"""Links within the site: found as they are written, and warned of where nothing answers."""

import pytest

from feedsvc.source import links
from feedsvc.source.answers import Answers
from feedsvc.source.links import Link, below, insecure, whole, within
from feedsvc.source.records import FileRecord
from tests.factory import entry, instant, section, site
from tests.reading import Source, parse

BASE = "https://news.example.org"
SITE = site(redirects={"press": "news", "/about": "/news/first"}, gone=("tenders", "/news/lost"))


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        (BASE, "/"),
        (f"{BASE}/news/a?x=1#y", "/news/a"),
        (f"{BASE}?x", "/"),
        ("/news/a", "/news/a"),
        ("news/a", "/news/a"),
        ("#part", None),
        ("//other.example/a", None),
        ("https://other.example/a", None),
        (f"{BASE}.evil.example/a", None),
        ("mailto:a@example.org", None),
        ("", None),
    ],
)
def test_a_link_leads_below_base_url_or_elsewhere(typed, path):
    assert below(typed, BASE) == path


@pytest.mark.parametrize(
    "text",
    [
        "[a](/news/x)",
        "[a]( </news/x> )",
        '[a](/news/x "title")',
        "[![alt](https://i.example/i.png)](/news/x)",
        "[a][1]\n\n[1]: /news/x",
        '<a class="b" href="/news/x">a</a>',
    ],
)
def test_every_way_to_write_a_link_in_markdown(text):
    assert within(text, BASE) == {"/news/x": "/news/x"}


def test_a_bare_address_ends_before_the_punctuation_of_its_sentence():
    found = {f"{BASE}/news/x": "/news/x"}
    assert whole(f"See {BASE}/news/x.", BASE) == found
    assert whole(f"(see {BASE}/news/x), or [a](/news/y)", BASE) == found
    assert whole("[a](/news/y)", BASE) == {}
    assert list(insecure("See http://a.example/b, or http://c.example!")) == [
        "http://a.example/b",
        "http://c.example",
    ]


def test_parentheses_in_an_address_belong_to_it():
    assert within("[a](/news/x_(y)) b", BASE) == {"/news/x_(y)": "/news/x_(y)"}


def problems(*paths, on=SITE, entries=()):
    found = (Link(3, 5, "body", path, path) for path in paths)
    file = FileRecord(
        path="feeds/news/a.yaml",
        section="news",
        stamp=(0, 0, 0, 0),
        digest="",
        entries=tuple(entries),
        links=tuple(found),
    )
    return [p.fix for p in Answers().missing(on, [file])]


FIRST = entry("first")
SPEECH = entry("speech", section="speeches")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/all/",
        "/news",
        "/news/",
        "/news/first",
        "/news/fir%73t",
        "/news/rss.xml",
        "/all/archive/3/atom.xml",
        "/press/anything",
        "/about",
        "/feeds.opml",
        "/files/of/others.pdf",
        "/speeches/speech",
    ],
)
def test_what_answers_is_no_problem(path):
    assert problems(path, entries=[FIRST, SPEECH]) == []


@pytest.mark.parametrize(
    ("path", "fix"),
    [
        ("/news/frist", "write /news/first"),
        ("/news/first/", "write /news/first"),
        ("/all/first", "write /news/first"),
        ("/news/speech", "write /speeches/speech"),
        ("/newz/first", "write /news/first"),
        ("/news/zzz", "write the address of a page that is there, or remove the link"),
        ("/tenders", "remove the link: config/site.yaml says that this is gone"),
        ("/tenders/12", "remove the link: config/site.yaml says that this is gone"),
        ("/news/lost", "remove the link: config/site.yaml says that this is gone"),
        ("/news/hidden", "remove the link until that entry is no draft any more"),
        ("/news/taken", "remove the link: that entry is withdrawn"),
    ],
)
def test_what_does_not_answer_is_a_warning_with_the_page_that_was_meant(path, fix):
    from feedsvc.model import Withdrawal

    hidden = entry("hidden", draft=True)
    taken = entry("taken", withdrawn=Withdrawal(instant("2024-07-20 10:00")))
    assert problems(path, entries=[FIRST, SPEECH, hidden, taken]) == [fix]


def test_an_embargoed_page_will_be_there_in_time():
    assert problems("/news/first", entries=[entry("first", "2199-01-01 10:00")]) == []


def test_among_very_many_pages_none_is_suggested(monkeypatch):
    monkeypatch.setattr(links, "_MOST", 0)
    assert problems("/news/frist", entries=[FIRST])[0].startswith("write the address of a page")


def test_a_link_is_placed_where_it_is_written():
    body = "body: |\n  One.\n\n  See [a](/news/x) and\n  [b](https://news.example.org/news/y).\n"
    parsed = parse(f"id: x\npublished: 2024-07-19\ntitle: T\nlead: '{BASE}/news/z'\n{body}")
    assert {(link.line, link.column, link.path) for link in parsed.links} == {
        (8, 11, "/news/x"),
        (9, 7, "/news/y"),
        (4, 8, "/news/z"),
    }


def test_a_gathered_site_warns_until_the_page_is_there():
    source = Source(site(section("news")))
    source.write(
        "feeds/news/a.yaml",
        "- id: a\n  published: 2024-07-01\n  title: A\n  body: See [b](/news/b).\n",
    )
    first = source.gather()
    assert [str(p) for p in first.problems] == [
        (
            "feeds/news/a.yaml:4:17: warning: body: found '/news/b'; expected a link to a "
            "page that is there; fix: write the address of a page that is there, or remove the link"
        )
    ]
    source.write("feeds/news/b.yaml", "- {id: b, published: 2024-07-01, title: B}\n")
    assert source.gather().problems == ()
    source.write("feeds/news/a.yaml", "- id: [\n")
    assert len(source.gather().problems) == 1  # that file's links have no place any more
