"""Subscriber counts from User-Agent: what aggregators send, and what others might."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.web.subscribers import Claim, Feed, Subscribers, feed, read


@pytest.mark.parametrize(
    ("agent", "claim"),
    [
        (
            "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher)",
            Claim("Feedly", 16),
        ),
        ("Feedbin feed-id:1234 - 3 subscribers", Claim("Feedbin", 3)),
        ("NewsBlur Feed Fetcher - 1 subscriber - https://newsblur.com/", Claim("NewsBlur", 1)),
        ("Mozilla/5.0 (compatible; inoreader.com; 12 subscribers)", Claim("Inoreader", 12)),
        ("Mozilla/5.0 (compatible; theoldreader.com; 5 Subscribers)", Claim("The Old Reader", 5)),
        ("BazQux/2.4 (+https://bazqux.com/fetcher; 7 subscribers)", Claim("BazQux", 7)),
        ("HomeMade/0.1 (2 subscribers)", Claim("other", 2)),
        ("Feedly 999999999999 subscribers", Claim("Feedly", 10_000_000)),
        ("Feedly 0 subscribers", Claim("Feedly", 0)),
        ("Feedly 9999999999999999999 subscribers", None),
        ("Feedly -5 subscribers", None),
        ("Feedly 1.5 subscribers", None),
        ("Feedly 1,234 subscribers", None),
        ("Feedly subscribers: 5", None),
        ("Feedly x5 subscribers", None),
        ("Feedly ٥ subscribers", None),
        ("Miniflux/2.2.1", None),
        ("", None),
        ("5 subscribers " + "x" * 1000, None),
    ],
)
def test_what_a_user_agent_claims(agent, claim):
    assert read(agent) == claim


@given(st.text() | st.from_regex(r".*[0-9]+ subscribers.*"))
def test_no_text_upsets_it(agent):
    claim = read(agent)
    assert claim is None or 0 <= claim.subscribers <= 10_000_000


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("/news/rss.xml", Feed("news", "rss")),
        ("/all/atom.xml", Feed("all", "atom")),
        ("/news/feed.json", Feed("news", "json")),
        ("/news/archive/3/atom.xml", None),
        ("/news/", None),
        ("/", None),
        ("/feeds.opml", None),
        ("", None),
    ],
)
def test_what_a_claim_is_about(path, about):
    assert feed(path) == about


def test_the_latest_claim_per_aggregator_and_feed():
    claims = Subscribers()
    for number in (5, 9, 7):
        claims.note(f"Feedly {number} subscribers", "/news/rss.xml")
    claims.note("Feedly 2 subscribers", "/news/atom.xml")
    claims.note("Feedly 2 subscribers", "/news/")
    claims.note("curl", "/news/atom.xml")
    assert list(claims) == [
        ("Feedly", Feed("news", "rss"), 7),
        ("Feedly", Feed("news", "atom"), 2),
    ]


def test_hostile_texts_make_no_new_labels():
    claims = Subscribers()
    for number in range(500):
        claims.note(f"bot-{number} with {number} subscribers", "/news/rss.xml")
    assert len(list(claims)) == 1
    for number in range(20_000):
        claims.note("Feedly 1 subscriber", f"/s{number}/rss.xml")
    assert len(list(claims)) <= 10_000
