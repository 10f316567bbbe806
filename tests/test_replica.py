"""The replicator: follows the shared store, says how that goes, and mends its own copy."""

import threading
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from feedsvc import replica
from feedsvc.replica import LAG, Replicator
from feedsvc.store import Store
from feedsvc.store.journal import Server
from feedsvc.store.lease import Term
from feedsvc.store.links import Link
from feedsvc.web.fleet import Fleet, told
from feedsvc.web.follow import Follower
from feedsvc.web.public import wsgi
from tests.system.servers import (
    SampleSite,
    free_port,
    listens,
    serving,
    wait_for,
)
from tests.test_store import NOW, document, publication
from tests.web_samples import Clock

NOBODY = f"postgresql://feedsvc:hunter2@127.0.0.1:{free_port()}/feedsvc"


@pytest.fixture
def copy_url(tmp_path):
    return f"sqlite:///{tmp_path}/replica.db"


@pytest.fixture
def copy(copy_url):
    """The copy as workers have it open."""
    replica.prepare(copy_url)
    made = Store(copy_url)
    yield made
    made.close()


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def shared(postgres):
    made = Store(postgres.schema())
    made.create()
    yield made
    made.close()


@pytest.fixture
def started(copy_url, clock):
    """Makes replicators of a store; each is stopped at the end."""
    stop, made = threading.Event(), []

    def start(shared):
        url = shared if isinstance(shared, str) else shared._engine.url.render_as_string(False)
        made.append(Replicator(url, copy_url, "here:8000", clock, stop))
        return made[-1]

    yield start
    stop.set()
    for one in made:
        one.run()  # closes what it has open


# --- a store that is gone ---


def test_a_store_that_is_gone_is_said_and_the_copy_stays(copy, started, clock, copy_url):
    copy.publish(publication(0, document()))
    follower = Follower(copy, clock, memory=10**6)
    following = started(NOBODY)
    assert not following.look()
    link = copy.links.link()
    assert "hunter2" not in link.error
    assert "refused" in link.why
    assert link.store.startswith("feedsvc on 127.0.0.1:")
    follower.poll()
    assert follower.view.info.id == 1
    assert follower.cut_off == "the shared store has not been heard of since the start"


def test_a_probe_tells_since_when_the_store_is_gone(copy, started, clock):
    copy.publish(publication(0, document()))
    following = started(NOBODY)
    following.look()
    answered = []
    app = wsgi(copy, clock, interval=None)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/readyz",
        "HTTP_HOST": "x",
        "SERVER_NAME": "x",
    }
    environ |= {"SERVER_PORT": "80", "wsgi.url_scheme": "http", "SERVER_PROTOCOL": "HTTP/1.1"}
    body = app(environ, lambda status, headers, *_: answered.append(status))
    assert answered[0].startswith("200")
    assert b"".join(body).strip().decode() == (
        "snapshot 1; the shared store has not been heard of since the start"
    )


@pytest.mark.system
def test_a_replicator_that_says_nothing_more_counts_as_cut_off(shared, copy, started, clock):
    shared.publish(publication(0, document()))
    assert started(shared).look()
    link = copy.links.link()
    assert link.cut_off(NOW + timedelta(seconds=19)) == ""
    assert link.cut_off(NOW + timedelta(seconds=21)).endswith("since 2024-08-01 12:00:00 UTC")
    assert link.why == "the replicator says nothing"


@pytest.mark.system
def test_a_store_that_neither_answers_nor_fails_is_not_waited_for(shared, copy, started):
    """As one that was stopped: its kernel acknowledges what it never reads."""
    hung, following = threading.Event(), started(shared)
    with shared._engine.connect() as connection:
        connection.exec_driver_sql("LOCK TABLE snapshots")
        looking = threading.Thread(target=following.look)
        looking.start()
        following.watch(hung.set, 0.3)
        assert hung.is_set()
    looking.join(20)


# --- a copy that is damaged ---


def damage(url):
    file = Path(url.removeprefix("sqlite:///"))
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    file.write_bytes(b"no database at all" * 1000)
    return file


@pytest.mark.system
def test_a_damaged_copy_is_put_aside_and_made_anew(shared, copy, started, copy_url):
    shared.publish(publication(0, document()))
    following = started(shared)
    assert following.look()
    assert copy.current().id == 1
    copy.close()
    following._copy.close()
    file = damage(copy_url)
    shared.publish(publication(1, document("/b")))
    assert following.look()
    assert file.with_name("replica.db.damaged").read_bytes().startswith(b"no database")
    assert following.look()
    assert copy.current().id == 2
    assert copy.document("/b", 2)


def test_a_copy_that_cannot_be_used_is_made_anew_at_the_start(copy_url):
    replica.prepare(copy_url)
    file = damage(copy_url)
    replica.prepare(copy_url)
    assert file.with_name("replica.db.damaged").exists()
    newer = Store(copy_url)
    newer.publish(publication(0, document()))
    with newer._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE schema SET version = 99, readers = 99")
    newer.close()
    replica.prepare(copy_url)
    made = Store(copy_url)
    assert made.current() is None
    made.close()


# --- following ---


@pytest.mark.system
def test_a_publish_arrives_at_once_and_by_looking_where_nobody_tells(
    postgres, shared, copy, copy_url
):
    stop = threading.Event()
    url = shared._engine.url.render_as_string(False)
    following = Replicator(url, copy_url, "here:1", lambda: NOW, stop)
    thread = threading.Thread(target=following.run)
    thread.start()
    try:
        for number in range(3):
            if number == 2:
                wait_for("the bell", lambda: following._bell.is_heard)
                postgres.ask(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE query LIKE 'LISTEN%'"
                )
            shared.publish(publication(number, document(body=b"%d" % number)))
            at_least = number + 1
            wait_for(
                "the snapshot",
                lambda: (found := copy.current()) and found.id >= at_least,  # noqa: B023
                LAG,
            )
    finally:
        stop.set()
        thread.join(10)


@pytest.mark.system
def test_a_replica_serves_again_after_a_restart_without_the_store(postgres, tmp_path):
    """Also what nobody had asked for before; and nothing that it says has the password."""
    url = postgres.schema().replace("postgres@", "postgres:hunter2@", 1)
    store = Store(url)
    store.create()
    store.publish(publication(0, document("/a"), document("/b")))
    site = SampleSite(tmp_path / "replica")
    site.root.mkdir()
    with serving(site, "--no-build", FEEDSVC_STORE=url) as server:
        before = server.get("/a")
        commands = Path("/proc").glob("[0-9]*/cmdline")
        assert "hunter2" not in "".join(_text(file) for file in commands)
        page = status(server)
        assert "Shared store" in page
        assert "hunter2" not in page + server.metrics() + server.program.output()
        assert "feedsvc_store_up 1.0" in server.metrics()
    store.close()
    with serving(site, "--no-build", FEEDSVC_STORE=NOBODY) as server:
        after = server.get("/a")
        assert (after.body, after.etag) == (before.body, before.etag)
        assert after.headers["last-modified"] == before.headers["last-modified"]
        assert server.get("/b").status == 200
        wait_for("the truth", lambda: b"not been heard of" in server.get("/readyz").body)
        wait_for("the status page", lambda: "cut off" in status(server))
        assert "feedsvc_store_up 0.0" in server.metrics()
        assert "hunter2" not in server.status() + server.program.output()


def status(server):
    """The status page, which may be up a little later than the public listener."""
    wait_for("the admin listener", lambda: listens(server.admin_port))
    return server.status()


def _text(file):
    try:
        return file.read_text()
    except OSError:
        return ""


# --- signs ---


def test_on_one_machine_nothing_is_said_of_a_fleet():
    assert list(told(Fleet(), (), NOW)) == []


LINK = Link(store="feedsvc on db", seen=NOW, since=NOW)
TERM = Term(
    owner="b1:7", process="p", fence=3, since=NOW, until=NOW + timedelta(seconds=9), seconds=15.0
)
STANDBY = Server(name="b2:/srv", role="standby", version="1", snapshot=1, seen=NOW)


def signs(now=NOW, link=LINK, term=TERM, servers=()):
    return [
        (name, level, detail) for name, level, _, detail in told(Fleet(link, term), servers, now)
    ]


def test_a_replica_says_who_builds_and_who_stands_by():
    followed = ("Shared store", "good", "This is a copy of feedsvc on db.")
    only = "Only this builder may publish. "
    assert signs() == [followed, ("Lease", "good", f"{only}No other one stands by.")]
    assert signs(servers=[STANDBY])[1] == ("Lease", "good", f"{only}Standing by: b2:/srv.")
    assert signs(term=None)[1][1] == "look"


def test_a_replica_says_that_it_is_cut_off_and_that_nobody_builds():
    cut = msgspec.structs.replace(LINK, error="connection refused")
    assert signs(link=cut)[0] == (
        "Shared store",
        "bad",
        (
            "The shared store has not been heard of since 2024-08-01 12:00:00 UTC: "
            "connection refused. The last copy is served."
        ),
    )
    later = NOW + timedelta(minutes=2)
    seen = msgspec.structs.replace(LINK, seen=later)
    lapsed = "It lapsed at 2024-08-01 12:00:09 UTC and nobody took it: nothing is published."
    assert signs(later, link=seen)[1] == ("Lease", "bad", lapsed)
