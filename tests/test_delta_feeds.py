"""RFC 3229 §10.5.3 on feeds as they are rendered: a delta and the old feed make the new one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from feedsvc.archives import Page, Tombstone
from feedsvc.render.feeds import Feeds
from feedsvc.render.urls import ATOM, RSS
from feedsvc.web.delta import cut
from tests.factory import TAG, entry, instant, section, site

SITE = site()
NEWS = section("news")
A = "{http://www.w3.org/2005/Atom}"
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
STATES = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["one", "two", "<&]]>"]))


def render(kind, state, gone=()):
    entries = tuple(entry(name, lead=text) for name, text in sorted(state.items(), reverse=True))
    stones = tuple(
        Tombstone(f"tag:{TAG}:{name}", instant("2025-01-01 00:00")) for name in sorted(gone)
    )
    return Feeds(SITE).render(kind, NEWS, Page(0, entries, stones, 0))


def held(body):
    """What a client holds of a feed: each entry, whole, by its id."""
    root = etree.fromstring(body)
    atom = {
        e.findtext(f"{A}id"): etree.tostring(e, with_tail=False) for e in root.iter(f"{A}entry")
    }
    return atom | {
        e.findtext("guid"): etree.tostring(e, with_tail=False) for e in root.iter("item")
    }


def deleted(body):
    return {stone.get("ref") for stone in etree.fromstring(body).iter(DELETED)}


@given(STATES, STATES)
def test_3229_10_5_3_atom_delta_applied_gives_the_new_feed_exactly(old, new):
    before = render(ATOM, old)
    after = render(ATOM, new, gone=old.keys() - new.keys())
    delta = cut(after.body, before.spans, after.spans)
    mine = held(before.body)
    if delta is not None:
        mine |= held(delta)
        # RFC 6721: entries that left are named, so that a client can drop them.
        mine = {name: data for name, data in mine.items() if name not in deleted(delta)}
    assert mine == held(after.body)


@given(STATES, STATES)
def test_3229_10_5_3_rss_delta_applied_gives_every_entry_of_the_new_feed(old, new):
    """RSS has no word for an entry that left: a client keeps it, as it does with whole feeds."""
    before, after = render(RSS, old), render(RSS, new)
    delta = cut(after.body, before.spans, after.spans)
    mine = held(before.body) | (held(delta) if delta is not None else {})
    assert held(after.body).items() <= mine.items()
    assert mine.keys() - held(after.body).keys() == {
        f"tag:{TAG}:{n}" for n in old.keys() - new.keys()
    }


@pytest.mark.parametrize("kind", [RSS, ATOM], ids=lambda kind: kind.name)
def test_a_delta_holds_nothing_that_the_client_has(kind):
    before = render(kind, {"a": "one", "b": "one"})
    after = render(kind, {"a": "one", "b": "two", "c": "one"})
    delta = cut(after.body, before.spans, after.spans)
    assert set(held(delta)) == {f"tag:{TAG}:b", f"tag:{TAG}:c"}
