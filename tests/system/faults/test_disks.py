"""A disk that is full, read-only or out of reach: serving goes on, says so, and recovers."""

from __future__ import annotations

import os
import shutil
import time
from datetime import timedelta

import pytest

from feedsvc.build import Builder
from feedsvc.store import Store
from tests.factory import instant
from tests.system.faults.disks import disk
from tests.system.faults.newsroom import CONFIG, FEEDS, FILE, PAGES, generation, reading, small_site
from tests.system.servers import SampleSite, answers, serving, wait_for
from tests.system.test_processes import alive, children

pytestmark = pytest.mark.system


@pytest.fixture
def small_disk(tmp_path):
    with disk(tmp_path / "disk", 24) as made:
        yield made


def test_a_full_disk_stops_no_serving_and_is_survived(small_disk, tmp_path):
    """The source may be elsewhere: it is the store that finds no room, again and again."""
    site = small_site(tmp_path / "site")
    url = f"sqlite:///{small_disk.root}/feedsvc.db"
    with serving(site, FEEDSVC_STORE=url) as server, reading(server.url) as reader:
        for number in (1, 2):
            with small_disk.full():
                site.write("a/large.yaml", large(number))
                site.write(FILE, generation(number))
                wait_for("word of it", lambda: "disk is full" in server.program.output())
                wait_for("the truth", lambda: "disk is full" in server.status())
                assert reader.newest == number - 1
                assert server.get(PAGES[0]).status == 200
                # A listener that starts meanwhile finds what there is.
                listener = named(server, "feedsvc.web.server public")
                os.kill(listener, 9)
                wait_for("another", lambda: not alive(listener))  # noqa: B023
                wait_for("it to answer", lambda: answers(f"{server.url}/readyz"))
                assert server.get(FEEDS[0]).status == 200
            wait_for("recovery", lambda: reader.newest == number)  # noqa: B023
        wait_for("all well", lambda: "disk is full" not in page(server))


def test_a_full_disk_of_a_replica_keeps_the_last_copy_and_is_survived(
    small_disk, tmp_path, postgres
):
    """Its copy lies there; the shared store goes on elsewhere."""
    site, now = small_site(tmp_path / "site"), instant("2024-08-01 12:00")
    store = Store(postgres.schema())
    store.create()
    builder = Builder(site.root, store)
    builder.build(now, "start")
    replica = SampleSite(small_disk.root / "replica")
    replica.root.mkdir()
    place = store._engine.url.render_as_string(hide_password=False)
    with (
        serving(replica, "--no-build", FEEDSVC_STORE=place) as server,
        reading(server.url) as reader,
    ):
        with small_disk.full():
            site.write("a/large.yaml", large(1))
            site.write(FILE, generation(1))
            builder.build(now + timedelta(minutes=1), "edit")
            wait_for("word of it", lambda: "disk is full" in server.program.output())
            assert (reader.newest, reader.missed) == (0, 0)
            assert server.get(PAGES[0]).status == 200
        wait_for("recovery", lambda: reader.newest == 1)
        assert "Traceback" not in server.program.output()
    store.close()


def large(number):
    """More than what a full disk still takes within its last page: 200 entries of text."""
    return "".join(
        f"- {{id: l{one}, published: 2023-01-01, title: G{number}. large, lead: {'x' * 500}}}\n"
        for one in range(200)
    )


def page(server):
    """The part of the status page that says how it is now, not what happened before."""
    return server.status().partition("Last build")[2][:400]


def named(server, word):
    below = children(server.program.process.pid)
    return next(pid for pid, command in below.items() if word in command)


def test_a_server_starts_and_serves_from_a_read_only_disk(small_disk, tmp_path):
    site = small_site(tmp_path / "site")
    env = {"FEEDSVC_STORE": f"sqlite:///{small_disk.root}/feedsvc.db"}
    with serving(site, **env):
        pass
    small_disk.read_only()
    with serving(site, **env) as server, reading(server.url) as reader:
        site.write(FILE, generation(1))
        wait_for("word of it", lambda: "readonly" in server.program.output())
        wait_for("the truth", lambda: "cannot be written" in server.status())
        assert reader.newest == 0
        wait_for("counting all the same", lambda: "feedsvc_requests_total" in server.metrics())
        small_disk.writable()
        wait_for("recovery", lambda: reader.newest == 1)
        wait_for("all well", lambda: "cannot be written" not in server.status())
        assert "Traceback" not in server.program.output()


def test_a_source_that_is_gone_or_empty_takes_nothing_down(tmp_path):
    """As when its disk is not mounted, or an empty one is: said, and waited for. Config as well."""
    site = small_site(tmp_path / "site", config=CONFIG.replace("refresh: 1h", "refresh: 2s"))
    feeds, aside = site.root / "feeds", tmp_path / "aside"
    with serving(site) as server, reading(server.url) as reader:
        for number, replace in enumerate((_nothing, _empty, _empty_section), start=1):
            feeds.rename(aside)
            replace(feeds)
            wait_for("word of it", lambda: "stay public meanwhile" in server.status())
            time.sleep(0.5)
            assert server.get(PAGES[0]).status == 200
            shutil.rmtree(feeds, ignore_errors=True)
            aside.rename(feeds)
            site.write(FILE, generation(number))
            wait_for("the source again", lambda: reader.newest == number)  # noqa: B023
            wait_for("all well", lambda: "stay public meanwhile" not in server.status())
        config = site.root / "config"
        config.rename(aside)
        wait_for("word of it", lambda: "site.yaml" in failed(server))
        assert server.get(PAGES[0]).status == 200
        aside.rename(config)
        site.write(FILE, generation(9))
        wait_for("the config again", lambda: reader.newest == 9)
        assert "Traceback" not in server.program.output()


def failed(server):
    status = server.status()
    return status if "failed" in status else ""


def _nothing(_feeds):
    """As if it had never been there."""


def _empty(feeds):
    feeds.mkdir()


def _empty_section(feeds):
    (feeds / "a").mkdir(parents=True)
