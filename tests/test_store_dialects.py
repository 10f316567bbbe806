"""SQLite and PostgreSQL say the same, and neither says what is secret."""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from subprocess import run

import pytest
import sqlalchemy as sa

from feedsvc.errors import Problem, PublishConflict, StoreDamaged, StoreError
from feedsvc.store import Store, is_shared, locate, shown
from feedsvc.store import tables as t
from feedsvc.store.bell import Bell
from feedsvc.store.engine import writing
from feedsvc.store.journal import Attempt, Bulletin, Server
from feedsvc.store.notices import Letter
from feedsvc.store.publication import Announcement
from tests.sitedir import SiteDir
from tests.system.servers import clean_environment
from tests.test_store import NOW, document, publication

HUB, TOPIC = "https://hub.example/", "https://news.example.org/a"
HOSTILE = "caf\u00e9 \U0001f600 e\u0301 \u202e 'quoted' \"twice\" 100% \\n ; -- \ud7ff \uffff"


def every_act(store):
    """A bit of everything that builders, servers and operators do with a store."""
    problem = Problem("feeds/\u00e4.yaml", 3, 5, HOSTILE, "nothing", "a title", "write one")
    second = Problem("feeds/Z.yaml", 1, 1, "f", "f", "e", "f", "warning")
    linked = (("Link", f'<{TOPIC}>; rel="self", <{HUB}>; rel="hub"'), ("X", HOSTILE))
    for number in range(4):
        store.publish(
            publication(
                number,
                document("/a", b"body %d" % number * 99, headers=linked),
                *(document(path, b"%d" % number) for path in ("/B", "/b", "/-", "/\u00e4")),
                at=NOW + timedelta(seconds=number),
                next_change=NOW + timedelta(days=number),
                records={f"f{number}": bytes(range(256)), "f0": None},
                recipes={"/a": "r"},
                problems=(second, problem),
                announce=Announcement({"/a": TOPIC}, (HUB,)),
                bulletin=Bulletin({"title": HOSTILE, "n": str(number)}, ()),
                source=f"s{number}",
            )
        )
    with pytest.raises(PublishConflict):
        store.publish(publication(9, document("/c")))
    store.prune(3)
    store.past.rollback(store.past.previous().id, NOW + timedelta(hours=1))
    store.outbox.admit(NOW, NOW)
    (ping,) = store.outbox.waiting()
    assert store.outbox.claim(ping, NOW + timedelta(minutes=1))
    assert not store.outbox.claim(ping, NOW)
    store.outbox.postpone(ping, HOSTILE, NOW, NOW + timedelta(minutes=2))
    for number in range(3):
        attempt = Attempt(
            instant=NOW, why="edit", builder="b", result="failed", reason=HOSTILE, seconds=0.25
        )
        store.journal.note(attempt)
        store.journal.heard(Server(name="s", role="r", version="1", snapshot=number, seen=NOW))
        store.journal.keep("s", 60, NOW, {"sent": 1.5, "by": {HOSTILE: number}}, NOW)
    store.notices.report({f"k{n}": HOSTILE for n in range(7000)}, NOW)
    store.notices.report({"k1": "x"}, NOW)
    letter = Letter(channel="c", subject=HOSTILE, text="t", facts={"n": [1]}, since=NOW, due=NOW)
    store.notices.tell(store.notices.all(), [], [letter, letter], NOW)


def answers(store):
    """What the store says to every question."""
    number = store.current().id
    paths = sorted(store.paths())
    return [
        store.history(9),
        store.documents(number),
        [store.document(path, number) for path in sorted(paths)],
        [store.body(d.digest, c) for d in store.documents(number) for c in d.codings],
        paths,
        store.changed_paths(2, number),
        store.records(),
        store.problems(),
        store.past.hold(),
        store.past.changes(number),
        store.past.difference(2),
        store.journal.attempts(),
        store.journal.facts(),
        store.journal.servers(),
        store.journal.samples(60),
        store.outbox.waiting(),
        store.outbox.hubs(),
        store.notices.all(),
        store.notices.letters(),
    ]


@pytest.mark.system
def test_every_question_has_the_same_answer_in_both(postgres, tmp_path):
    stores = [Store(f"sqlite:///{tmp_path}/x.db"), Store(postgres.schema())]
    for store in stores:
        store.create()
        every_act(store)
    for one, other in zip(*map(answers, stores), strict=True):
        assert one == other
    for table in t.metadata.sorted_tables:
        rows = []
        for store in stores:
            with store._engine.connect() as connection:
                found = connection.execute(sa.select(table)).mappings()
                rows.append(sorted(repr(dict(row)) for row in found))
        assert rows[0] == rows[1], table
    for store in stores:
        store.close()


def test_text_that_no_database_keeps_publishes_all_the_same(store_url):
    store = Store(store_url)
    store.create()
    store.notices.report({"k": "a\0b"}, NOW)
    assert store.notices.all()[0].text in {"a\0b", "a\ufffdb"}
    store.close()


def test_a_new_builder_on_an_empty_machine_moves_no_validator(store_url, tmp_path):
    """RFC 9110 §8.8.1: the same bytes, entity-tags and Last-Modified, whoever builds."""
    first = SiteDir(tmp_path / "one", store=store_url)
    entries = [f"id: n{n}, published: 2024-07-{n + 1:02}, title: T{n}" for n in range(20)]
    first.entries("feeds/news/a.yaml", *entries)
    first.build("2024-08-01 12:00")
    first.entries("feeds/news/a.yaml", *entries[:-1], entries[-1].replace("T19", "New"))
    first.build("2024-08-01 12:10")
    before = first.all()
    second = SiteDir(tmp_path / "two", store=store_url)
    second.entries("feeds/news/a.yaml", *entries[:-1], entries[-1].replace("T19", "New"))
    assert second.build("2024-08-01 13:00").snapshot is None
    assert second.all() == before
    second.entries("feeds/news/b.yaml", "id: late, published: 2024-08-01 13:30, title: Late")
    assert second.build("2024-08-01 14:00").snapshot.id == 3
    kept = [path for path, facts in second.all().items() if before.get(path) == facts]
    assert "/news/n3" in kept
    first.store.close()
    second.store.close()


# --- writers ---


@pytest.mark.parametrize("store_count", [4])
def test_writers_take_turns_and_each_sees_what_the_one_before_wrote(store_url, store_count):
    stores = [Store(store_url) for _ in range(store_count)]
    stores[0].create()

    def add(store):
        for _ in range(5):
            with writing(store._engine) as connection:
                last = connection.execute(sa.select(sa.func.max(t.snapshots.c.id))).scalar() or 0
                facts = {"instant": NOW, "why": "", "base_path": "", "documents": 0}
                connection.execute(
                    sa.insert(t.snapshots).values(id=last + 1, changed=0, duration=0, **facts)
                )

    with ThreadPoolExecutor(store_count) as pool:
        list(pool.map(add, stores))
    assert stores[0].current().id == 5 * store_count
    for store in stores:
        store.close()


@pytest.mark.system
def test_a_writer_that_stops_in_mid_transaction_is_cut_off(postgres):
    """A builder that is stopped while it publishes must not keep the next one from it for ever."""
    url = postgres.schema()
    stuck, free = Store(url), Store(url)
    stuck.create()
    with pytest.raises(StoreError):
        stop_while_writing(stuck, lambda: free.publish(publication(0, document())))
    assert free.current().id == 1
    stuck.close()
    free.close()


def stop_while_writing(store, meanwhile):
    with writing(store._engine) as connection:
        connection.exec_driver_sql("SET idle_in_transaction_session_timeout = '200ms'")
        meanwhile()
        connection.exec_driver_sql("SELECT 1")


@pytest.mark.system
def test_every_session_has_a_limit_to_its_silence(postgres):
    store = Store(postgres.schema())
    with store._engine.connect() as connection:
        found = [
            connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("idle_in_transaction_session_timeout", "lock_timeout")
        ]
    assert found == ["30s", "15s"]
    store.close()


@pytest.mark.system
def test_a_publish_rings_when_it_commits_and_a_lost_bell_is_found_again(postgres):
    url = postgres.schema()
    store, slept = Store(url), []
    store.create()
    bell = Bell(url, slept.append)
    assert bell.listen()
    assert not bell.listen()
    store.publish(publication(0, document()))
    bell.wait(20)
    assert slept == []
    postgres.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
    )
    bell.wait(20)
    assert not bell.is_heard
    assert bell.error
    bell.wait(7)
    assert slept == [7]
    bell._due = 0
    assert bell.listen()
    bell.close()
    store.close()


# --- what is said ---

SECRET = "hunter2"
NOBODY = 1  # a port on which nobody listens, the same in each process


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://feedsvc:{SECRET}@127.0.0.1:{NOBODY}/feedsvc",
        f"postgresql://feedsvc:{SECRET}@no.such.host.invalid/feedsvc",
        f"postgresql://feedsvc:{SECRET}@127.0.0.1:{NOBODY}/feedsvc?sslmode=nonsense",
        f"postgresql://feedsvc:{SECRET}@127.0.0.1:{NOBODY}/feedsvc?nonsense={SECRET}",
        f"postgresql://feedsvc@127.0.0.1:{NOBODY}/x?password={SECRET}",
        f"postgresql://feedsvc:{SECRET}@127.0.0.1:port/feedsvc",
        f"mysql://feedsvc:{SECRET}@127.0.0.1/feedsvc",
        f"nonsense://feedsvc:{SECRET}@127.0.0.1/feedsvc",
        f"feedsvc:{SECRET}",
        SECRET,
        "",
    ],
)
def test_no_error_holds_a_password(url):
    with pytest.raises(StoreError) as failed:
        Store(url).current()
    assert SECRET not in str(failed.value)
    assert "\n" not in str(failed.value)
    assert str(failed.value).startswith("store: ")


@pytest.mark.system
def test_a_wrong_password_is_said_without_it(postgres, tmp_path):
    """Trusted by the test's server, so a role that does not exist stands for it."""
    url = f"postgresql://nobody:{SECRET}@127.0.0.1:{postgres.port}/postgres"
    with pytest.raises(StoreError, match='role "nobody" does not exist') as failed:
        Store(url).current()
    assert SECRET not in str(failed.value)
    done = run(
        [sys.executable, "-m", "feedsvc", "build", "--site", str(tmp_path)],
        env=clean_environment() | {"FEEDSVC_STORE": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert 'role "nobody" does not exist' in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_store_is_named_without_its_secrets():
    url = f"postgresql://feedsvc:{SECRET}@db.example:5433/news?password={SECRET}"
    assert shown(url) == "news on db.example:5433"
    assert is_shared(url)
    assert not is_shared("sqlite:///var/x.db")


# --- SQLite's file ---


def test_a_damaged_file_is_told_from_a_store_that_fails(tmp_path):
    (tmp_path / "bad.db").write_bytes(b"this is no database" * 100)
    store = Store(locate("sqlite:///bad.db", tmp_path))
    with pytest.raises(StoreDamaged):
        store.current()
    store.close()


def test_a_file_that_was_replaced_is_opened_again(tmp_path):
    files = [tmp_path / "one.db", tmp_path / "two.db"]
    for number, file in enumerate(files):
        made = Store(f"sqlite:///{file}")
        made.create()
        made.publish(publication(0, document(body=b"%d" % number)))
        made.close()
    store = Store(f"sqlite:///{files[0]}")
    before = store.document("/a", 1)
    files[1].replace(files[0])
    assert store.document("/a", 1) != before
    store.close()
