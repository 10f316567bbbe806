"""A shared store that another one takes the place of, as when a backup is restored: nobody notices.

Real processes; what no worker has in memory is asked for while the copy changes.
"""

from __future__ import annotations

import time
from collections import Counter

import pytest

from tests.system.faults.newsroom import say
from tests.system.servers import SampleSite, serving, wait_for
from tests.system.wire import ask
from tests.test_web_resync import PATHS, history, named

pytestmark = pytest.mark.system

#: In each, our snapshot's number is one at which the pages are not there, or said to be gone.
HISTORIES = {
    "old": {"first": 1, "last": 3},
    "late": {"first": 5, "last": 5},
    "again": {"first": 7, "last": 7, "gone": 1},
}
#: A replica looks every second: so long at least there is always a page left to ask for.
PAUSE = 1.2 / len(PATHS)


@pytest.fixture
def place(postgres):
    """The URL of a store that is not there yet; those that take its place wait by name."""
    url = postgres.schema()
    for name, facts in HISTORIES.items():
        history(url, name, **facts).close()
        postgres.ask(f"ALTER SCHEMA {schema(url)} RENAME TO {name}")
        postgres.ask(f"CREATE SCHEMA {schema(url)}")
    postgres.ask(f"DROP SCHEMA {schema(url)}")
    return url


def schema(url):
    return url.rpartition("%3D")[2]


def test_a_replica_answers_without_a_pause_while_its_shared_store_is_replaced(
    postgres, place, tmp_path
):
    site = SampleSite(tmp_path / "replica")
    site.root.mkdir()
    postgres.ask(f"ALTER SCHEMA old RENAME TO {schema(place)}")
    seen, current = Counter(), "old"
    with serving(site, "--no-build", FEEDSVC_STORE=place) as server:
        for name in ("late", "again"):
            postgres.ask(
                f"ALTER SCHEMA {schema(place)} RENAME TO {current};"
                f"ALTER SCHEMA {name} RENAME TO {schema(place)}"
            )
            for path in PATHS:
                seen[ask(server.url + path).status] += 1
                time.sleep(PAUSE)
            wait_for(name, lambda: named(server.get(PATHS[0]).body) == name)  # noqa: B023
            current = name
    say(f"answers while twice another history came: {dict(seen)}")
    assert set(seen) == {200}
