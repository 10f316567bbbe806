"""The outbox: what is written with a publish, what becomes of it, what survives."""

from datetime import timedelta

import pytest

from feedsvc.errors import StoreError
from feedsvc.snapshot import Document
from feedsvc.store import Store, locate
from feedsvc.store.outbox import HubState, Ping
from feedsvc.store.publication import Announcement
from tests.factory import instant, publication
from tests.sitedir import CONFIG, SiteDir

NOW = instant("2024-08-01 12:00")
LATER = NOW + timedelta(seconds=10)
HUB, OTHER = "https://hub.example/", "https://other.example/push"
SITE = "https://news.example.org"
FORMATS = ("rss.xml", "atom.xml", "feed.json")
A = "id: a, published: 2024-07-01, title: Alpha"


@pytest.fixture
def store(tmp_path):
    made = Store(locate("sqlite:///var/feedsvc.db", tmp_path))
    made.create()
    yield made
    made.close()


@pytest.fixture
def site(tmp_path):
    made = SiteDir(tmp_path, f"{CONFIG}hubs: [{HUB}, {OTHER}]\n")
    made.entries("feeds/news/2024.yaml", A)
    made.entries("feeds/speeches/2024.yaml", "id: s, published: 2024-07-01, title: Speech")
    yield made
    made.store.close()


def publish(store, body, hubs=(HUB,), **facts):
    """Publish one feed; its topic is ``https://news.example.org/f``."""
    current = store.current()
    return store.publish(
        publication(
            current.id if current else 0,
            Document(path="/f", media_type="text/xml", body=body, **facts),
            at=NOW,
            announce=Announcement({"/f": f"{SITE}/f"}, hubs),
        )
    )


def admitted(store):
    """The one ping that waits, planned for now."""
    store.outbox.admit(NOW, NOW)
    (ping,) = store.outbox.waiting()
    return ping


def urls(*sections):
    return {f"{SITE}/{section}/{name}" for section in sections for name in FORMATS}


def topics(made, hub=HUB):
    return {ping.topic for ping in made.store.outbox.waiting() if ping.hub == hub}


def clear(made):
    made.store.outbox.admit(NOW, NOW)
    for ping in made.store.outbox.waiting():
        made.store.outbox.taken(ping, NOW)


# --- what is written ---


def test_websub_6_every_feed_of_the_first_publish_is_a_topic_of_every_hub(site):
    site.build()
    assert topics(site, HUB) == topics(site, OTHER) == urls("all", "news", "speeches")
    assert {ping.snapshot for ping in site.store.outbox.waiting()} == {1}


def test_only_topics_whose_bytes_changed_are_written(site):
    site.build()
    clear(site)
    site.entries("feeds/news/2024.yaml", A.replace("Alpha", "Beta"))
    site.build("2024-08-01 12:01")
    assert topics(site) == urls("all", "news")


def test_a_build_that_changes_nothing_writes_nothing(site):
    site.build()
    clear(site)
    site.restart()
    site.build("2024-08-01 12:01")
    assert topics(site) == set()


def test_other_header_fields_alone_are_no_news(site):
    site.build()
    clear(site)
    site.config(site.root.joinpath("config/site.yaml").read_text() + "caching: {max_age: 60}\n")
    site.build("2024-08-01 12:01")
    changed = site.store.changed_paths(1, 2)
    atom = {topic for topic in topics(site) if topic.endswith("atom.xml")}
    assert "/news/atom.xml" in changed
    assert atom == set()


def test_topics_follow_base_url_as_the_environment_overrides_it(site):
    site.builder._base_url = "http://127.0.0.1:8000/prefix"
    site.build()
    assert "http://127.0.0.1:8000/prefix/news/atom.xml" in topics(site)


def test_without_hubs_nothing_is_written(site):
    site.config(CONFIG)
    site.build()
    assert site.store.outbox.waiting() == site.store.outbox.hubs() == []


def test_a_hub_that_the_config_no_longer_names_is_forgotten_with_its_pings(site):
    site.build()
    site.config(f"{CONFIG}hubs: [{OTHER}]\n")
    site.build("2024-08-01 12:01")
    assert topics(site, HUB) == set()
    assert topics(site, OTHER) == urls("all", "news", "speeches")
    assert [hub.url for hub in site.store.outbox.hubs()] == [OTHER]


def test_what_says_nothing_of_hubs_leaves_them_as_they_are(store):
    publish(store, b"one")
    store.publish(publication(1, at=NOW, next_change=NOW))
    assert [ping.topic for ping in store.outbox.waiting()] == [f"{SITE}/f"]


def test_a_publish_that_fails_leaves_no_ping(store):
    document = Document(path="/f", media_type="text/xml", body=b"x")
    announce = Announcement({"/f": f"{SITE}/f"}, (HUB,))
    twice = publication(0, document, document, at=NOW, announce=announce)
    with pytest.raises(StoreError):
        store.publish(twice)
    assert store.outbox.waiting() == []


def test_a_second_change_replaces_the_ping_that_waits(store):
    publish(store, b"one")
    store.outbox.postpone(admitted(store), "answered 500", NOW, LATER)
    publish(store, b"two")
    assert store.outbox.waiting() == [Ping(topic=f"{SITE}/f", hub=HUB, snapshot=2)]


def test_the_same_hub_named_twice_is_one(store):
    publish(store, b"one", hubs=(HUB, HUB))
    assert len(store.outbox.waiting()) == len(store.outbox.hubs()) == 1


# --- what becomes of it ---


def test_a_ping_is_planned_once(store):
    publish(store, b"one")
    store.outbox.admit(NOW, LATER)
    store.outbox.admit(LATER, LATER + timedelta(days=1))
    (ping,) = store.outbox.waiting()
    assert (ping.since, ping.due, ping.attempts) == (NOW, LATER, 0)


def test_a_ping_is_claimed_by_one_alone(store, tmp_path):
    publish(store, b"one")
    ping = admitted(store)
    other = Store(locate("sqlite:///var/feedsvc.db", tmp_path))
    assert store.outbox.claim(ping, LATER)
    assert not other.outbox.claim(ping, LATER)
    other.close()
    assert [p.due for p in store.outbox.waiting()] == [LATER]


def test_a_ping_that_a_publish_has_replaced_cannot_be_claimed(store):
    publish(store, b"one")
    ping = admitted(store)
    publish(store, b"two")
    assert not store.outbox.claim(ping, LATER)


def test_what_is_taken_is_forgotten_and_the_success_remembered(store):
    publish(store, b"one")
    store.outbox.taken(admitted(store), LATER)
    assert store.outbox.waiting() == []
    (hub,) = store.outbox.hubs()
    assert hub == HubState(
        url=HUB,
        waiting=0,
        next_try=None,
        last_success=LATER,
        last_failure=None,
        last_error=None,
    )
    assert not hub.failing


def test_a_change_while_a_ping_is_on_its_way_is_pinged_again(store):
    publish(store, b"one")
    ping = admitted(store)
    assert store.outbox.claim(ping, LATER)
    publish(store, b"two")
    store.outbox.taken(ping, LATER)
    assert [p.snapshot for p in store.outbox.waiting()] == [2]
    store.outbox.postpone(ping, "too late", LATER, LATER)
    store.outbox.give_up(ping, "too late", LATER)
    assert [(p.snapshot, p.attempts) for p in store.outbox.waiting()] == [(2, 0)]


def test_a_failure_is_counted_and_survives_a_restart(store, tmp_path):
    publish(store, b"one")
    store.outbox.postpone(admitted(store), "answered 500", NOW, LATER)
    again = Store(locate("sqlite:///var/feedsvc.db", tmp_path))
    (ping,) = again.outbox.waiting()
    assert (ping.attempts, ping.due, ping.since) == (1, LATER, NOW)
    assert ping.last_error == "answered 500"
    (hub,) = again.outbox.hubs()
    again.close()
    assert (hub.waiting, hub.next_try, hub.last_failure) == (1, LATER, NOW)
    assert hub.last_error == "answered 500"
    assert hub.failing


def test_what_is_given_up_is_forgotten_but_not_why(store):
    publish(store, b"one")
    store.outbox.give_up(admitted(store), "answered 500", LATER)
    assert store.outbox.waiting() == []
    (hub,) = store.outbox.hubs()
    assert (hub.waiting, hub.last_failure, hub.last_error) == (0, LATER, "answered 500")


def test_a_hub_that_took_the_last_ping_does_not_fail(store):
    publish(store, b"one")
    store.outbox.postpone(admitted(store), "answered 500", NOW, NOW)
    store.outbox.taken(admitted(store), LATER)
    (hub,) = store.outbox.hubs()
    assert not hub.failing
    assert hub.last_error == "answered 500"


def test_what_is_due_first_stands_first(store):
    publish(store, b"one", hubs=(HUB, OTHER))
    store.outbox.admit(NOW, LATER)
    late = next(ping for ping in store.outbox.waiting() if ping.hub == OTHER)
    store.outbox.postpone(late, "answered 500", NOW, NOW)
    assert [ping.hub for ping in store.outbox.waiting()] == [OTHER, HUB]
    publish(store, b"two", hubs=(HUB, OTHER))
    assert [ping.due for ping in store.outbox.waiting()] == [None, None]


def test_a_database_that_is_none_is_a_store_error(tmp_path):
    (tmp_path / "bad.db").write_bytes(b"this is no database" * 100)
    broken = Store(locate("sqlite:///bad.db", tmp_path))
    with pytest.raises(StoreError, match="not a database"):
        broken.outbox.waiting()
    broken.close()
