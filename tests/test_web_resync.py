"""A store that another history takes the place of: what both have is there at every moment."""

import sys
import threading
from collections import Counter
from datetime import timedelta
from itertools import cycle

import pytest

from feedsvc.errors import NoSnapshot
from feedsvc.store import Store
from feedsvc.web.follow import Follower
from feedsvc.web.public import wsgi
from tests.farend import until
from tests.web_samples import HOUR_LATER, NOW, Clock, ask, asset, page, publish

PATHS = tuple(f"/news/{number}" for number in range(150))
MEMORY = 10**6


def history(url, name, *, first, last, gone=0):
    """A store whose snapshot ``first`` has the pages, and ``last`` is the newest.

    From snapshot ``gone`` on, until then, the pages are said to be gone.
    """
    store = Store(url)
    store.create()
    for number in range(1, last + 1):
        changed = [asset(f"/assets/{name}{number}.css")]
        if number in {first, gone}:
            status = 200 if number == first else 410
            changed += [page(path, f"{name} {path}", status=status) for path in PATHS]
        publish(
            store, *changed, at=NOW + timedelta(minutes=number, milliseconds=sum(name.encode()))
        )
    return store


@pytest.fixture
def histories(tmp_path):
    """One that has had the pages for long, and others in which they are newer than our snapshot."""
    made = {
        "old": history(f"sqlite:///{tmp_path}/old.db", "old", first=1, last=3),
        "late": history(f"sqlite:///{tmp_path}/late.db", "late", first=5, last=5),
        "again": history(f"sqlite:///{tmp_path}/again.db", "again", first=4, last=4, gone=1),
        "far": history(f"sqlite:///{tmp_path}/far.db", "far", first=30, last=40),
        "short": history(f"sqlite:///{tmp_path}/short.db", "short", first=1, last=1),
    }
    made["far"].prune(5)
    yield made
    for store in made.values():
        store.close()


def pull(copy, shared):
    copy.copy_of(shared).pull()


def named(body):
    """Which history an answer is of."""
    return body.decode().rpartition("<p>")[2].partition(" ")[0]


def names(worker):
    return {named(ask(worker, path).content) for path in PATHS[::9]}


def test_a_worker_answers_without_a_pause_while_histories_change(histories, copy):
    """Again and again, in every order; somebody asks for every page all the time."""
    pull(copy, histories["old"])
    stop, seen, shown = threading.Event(), Counter(), set()
    worker = wsgi(copy, Clock(HOUR_LATER), interval=0.02, stop=stop)

    def read():
        for path in cycle(PATHS):
            answer = ask(worker, path)
            seen[answer.code] += 1
            shown.add(named(answer.content))
            if stop.wait(0.0005):
                return

    reader = threading.Thread(target=read)
    reader.start()
    for name in ("late", "old", "again", "old", "far", "late", "again", "short", "far"):
        pull(copy, histories[name])
        until(lambda: names(worker) == {name})  # noqa: B023
    stop.set()
    reader.join()
    sys.stdout.write(f"\nanswers while 9 times another history came: {dict(seen)}\n")
    assert set(seen) == {200}
    assert shown == set(histories)


def test_a_history_that_is_a_little_longer_than_ours_does_not_continue_it(histories, copy):
    pull(copy, histories["old"])
    follower = Follower(copy, Clock(HOUR_LATER), memory=MEMORY)
    follower.poll()
    follower.view.page(PATHS[0])
    pull(copy, histories["again"])
    follower.poll()
    assert b"again" in follower.view.page(PATHS[0]).kept.bodies["identity"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("late", "it has our number, and the page came later"),
        ("again", "it has our number, and said then that the page is gone"),
        ("far", "it has forgotten our number"),
        ("short", "it has not come to our number yet"),
    ],
)
def test_a_view_says_nothing_of_another_history(histories, copy, name, why):
    pull(copy, histories["old"])
    follower = Follower(copy, Clock(HOUR_LATER), memory=MEMORY)
    follower.poll()
    view = follower.view
    known = view.page(PATHS[0])
    pull(copy, histories[name])
    with pytest.raises(NoSnapshot, match="snapshot 3 is not there any more"):
        view.page(PATHS[1])
    assert view.page(PATHS[0]) is known  # what is in memory is what it was
    after = follower.after(view)
    assert (after.info.id, after) == (copy.current().id, follower.view), why
    assert after.page(PATHS[1]).document.status == 200
    assert follower.after(view) is after  # whoever comes second finds it done


def test_a_body_that_is_gone_for_good_is_503(histories):
    store = histories["old"]
    worker = wsgi(store, Clock(HOUR_LATER), interval=None)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM bodies")
    assert ask(worker, PATHS[0]).code == 503
