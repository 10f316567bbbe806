"""A fleet: two builders, three replicas, PostgreSQL and a front; whatever dies, serving goes on."""

import os
import signal

import pytest

from feedsvc.replica import LAG
from tests.system.fleet import FEED, REPLICAS, fleet, reading
from tests.system.servers import copy_sample_site, wait_for

pytestmark = pytest.mark.system

PATHS = (FEED, "/news/rss.xml", "/all/feed.json", "/", "/all/", "/feeds.opml", "/nowhere")
VALIDATORS = ("etag", "last-modified", "vary", "content-type", "cache-control", "link")


def brief(config):
    """Nothing stays in the front for longer than a second."""
    life = {"max_age": "1s", "stale_while_revalidate": "0s", "stale_if_error": "1d"}
    config["caching"] = life
    config["refresh"] = "1h"
    for section in config["sections"].values():
        section.pop("caching", None)


@pytest.fixture
def running_fleet(tmp_path):
    site = copy_sample_site(tmp_path / "site")
    site.configure(brief)
    with fleet(site) as made:
        yield made


def test_a_fleet_goes_on_whatever_dies(running_fleet):
    made = running_fleet
    made.wait_until("<feed")
    assert_equal(made)
    with reading(made) as reader:
        an_edit_reaches_every_replica(made)
        a_killed_builder_is_replaced(made)
        a_hung_builder_is_replaced_and_cannot_publish_any_more(made)
        a_store_that_is_gone_stops_nothing(made)
        a_listener_that_is_cut_off_finds_out_by_looking(made)
    assert reader.seen > 100
    assert reader.set_back() <= LAG
    assert_equal(made)
    said = "".join(file.read_text() for file in made.state.glob("*.log"))
    for role in ("builder", "replica"):
        secret = (made.state / f"{role}.pgpass").read_text().strip().rpartition(":")[2]
        assert secret not in said


def assert_equal(made):
    """The same bytes and validators, whoever answers: RFC 9110 §8.8.1."""
    for path in PATHS:
        for coding in ("identity", "gzip", "br"):
            found = [made.get(path, n, Accept_Encoding=coding) for n in REPLICAS]
            assert found[0].body == found[1].body == found[2].body, path
            facts = [[one.headers.get(name) for name in VALIDATORS] for one in found]
            assert facts[0] == facts[1] == facts[2]


def an_edit_reaches_every_replica(made):
    before = made.get(FEED, 1)
    made.wait_until(made.edit())
    # RFC 3229 §10.4.1: every replica knows the older instance, and what is new since.
    deltas = [made.get(FEED, n, A_IM="feed", If_None_Match=before.etag) for n in REPLICAS]
    assert [delta.status for delta in deltas] == [226] * 3
    assert deltas[0].body == deltas[1].body == deltas[2].body
    assert len(deltas[0].body) < len(before.body)


def a_killed_builder_is_replaced(made):
    name, pid = made.leader()
    os.kill(pid, signal.SIGKILL)
    made.wait_until(made.edit())
    assert made.leader() != (name, pid)


def a_hung_builder_is_replaced_and_cannot_publish_any_more(made):
    wait_for("a second builder", lambda: "standing by" in made.log(other(made)))
    name, pid = made.leader()
    os.kill(pid, signal.SIGSTOP)
    made.wait_until(made.edit())
    assert made.leader()[0] != name
    edits = made.edit()
    os.kill(pid, signal.SIGCONT)
    made.wait_until(edits)
    wait_for("the old builder to see it", lambda: "lease lost" in made.log(name))
    wait_for(
        "it to stand by", lambda: made.log(name).rstrip().endswith("}") and standing(made, name)
    )
    assert made.leader()[0] != name
    owner = made.ask("SELECT owner FROM feedsvc.lease")
    wait_for("the status page to say who builds", lambda: owner in made.status(1))


def other(made):
    return next(name for name in ("builder-1", "builder-2") if name != made.leader()[0])


def standing(made, name):
    return "standing by" in made.log(name).rpartition("lease lost")[2]


def a_store_that_is_gone_stops_nothing(made):
    with made.unattended():
        postmaster = made.pid("postgres")
        os.kill(postmaster, signal.SIGKILL)
        for replica in REPLICAS:
            wait_for("the truth", lambda: "not been heard of" in made.ready(replica))  # noqa: B023
        assert made.get("/readyz", 1).status == 200
        assert "cut off" in made.status(2)
        assert_equal(made)
        edits = made.edit()
    made.wait_until(edits)
    for replica in REPLICAS:
        wait_for("the truth", lambda: "not been heard of" not in made.ready(replica))  # noqa: B023
    wait_for("the status page", lambda: "cut off" not in made.status(2))


def a_listener_that_is_cut_off_finds_out_by_looking(made):
    listening = "FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    wait_for("all to listen", lambda: made.ask(f"SELECT count(*) {listening}") == "3")
    made.ask(f"SELECT pg_terminate_backend(pid) {listening}")
    made.wait_until(made.edit())
