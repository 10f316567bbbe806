"""Processes: what dies is started again, nothing half is ever served, a stop is clean and quick."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import feedparser
import pytest

from feedsvc.store import Store
from tests.sitedir import SiteDir
from tests.system.servers import answers, clean_environment, serving, wait_for

pytestmark = pytest.mark.system

FEED = "/news/atom.xml"


def children(pid):
    """Every process below, by id, with its command line."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    below, found = {pid}, {}
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    for _ in range(4):
        for ident, parent, command in rows:
            if int(parent) in below:
                below.add(int(ident))
                found[int(ident)] = command
    return found


def alive(pid):
    return Path(f"/proc/{pid}").exists()


def edited(server, title):
    return title.encode() in server.get(FEED).body


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["sigterm", "ctrl-c"])
def test_a_stop_is_clean_and_leaves_nothing_behind(site, how):
    with serving(site) as server:
        below = children(server.program.process.pid)
        assert len(below) >= 4  # builder, public and its worker, admin and its worker
        started = time.monotonic()
        server.program.process.send_signal(how)
        assert server.program.process.wait(10) == 0
        assert time.monotonic() - started < 5
        wait_for("the last process to be gone", lambda: not any(map(alive, below)))


def test_the_builder_gives_way_to_the_listeners(site):
    with serving(site) as server:
        supervisor = server.program.process.pid
        ours = os.getpriority(os.PRIO_PROCESS, supervisor)
        below = children(supervisor)
        nice = sorted(os.getpriority(os.PRIO_PROCESS, pid) - ours for pid in below)
        assert nice == [0] * (len(below) - 1) + [5]
        # Linux may share processors among sessions, whatever is nice in each: sched(7), autogroup.
        assert {os.getsid(pid) for pid in below} == {os.getsid(supervisor)}


def test_whatever_is_killed_is_started_again_and_serving_goes_on(site):
    with serving(site) as server:
        supervisor = server.program.process.pid
        for victim in children(supervisor):
            if alive(victim):
                os.kill(victim, signal.SIGKILL)
                wait_for("the feed", lambda: answers(server.url + FEED))
        wait_for("all processes", lambda: len(children(supervisor)) >= 4)
        site.edit("news/2026.yaml", "title: ", "title: After the kill, ")
        wait_for("the edit", lambda: edited(server, "After the kill, "))


def test_no_process_outlives_a_killed_supervisor(site):
    with serving(site) as server:
        below = children(server.program.process.pid)
        server.program.process.kill()
        wait_for("the last process to be gone", lambda: not any(map(alive, below)))


def test_kill_9_of_the_builder_in_mid_publish_leaves_a_whole_snapshot(tmp_path):
    """Whatever the moment, each feed shows one generation of entries, all of them."""
    made = SiteDir(tmp_path)
    url = f"sqlite:///{tmp_path}/var/feedsvc.db"
    command = [sys.executable, "-m", "feedsvc", "build", "--site", str(tmp_path)]
    rolls = random.Random(7)
    killed = 0
    for generation in range(12):
        titles = [f"id: e{n}, published: 2024-07-01, title: G{generation} E{n}" for n in range(400)]
        made.entries("feeds/news/all.yaml", *titles)
        builder = subprocess.Popen(
            command, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            builder.wait(timeout=rolls.uniform(0.3, 1.6))
        except subprocess.TimeoutExpired:
            builder.kill()
            builder.wait()
            killed += 1
        _assert_whole(url)
    assert killed >= 3
    subprocess.run(command, env=clean_environment(), capture_output=True, check=True)
    assert _assert_whole(url) == {"G11"}


def _assert_whole(url):
    store = Store(url)
    current = store.current()
    if current is None:
        store.close()
        return set()
    found = {
        path: store.document(path, current.id) for path in ("/news/rss.xml", FEED, "/all/rss.xml")
    }
    bodies = [store.body(document.digest, "identity") for document in found.values()]
    store.close()
    generations = [{e.title.split()[0] for e in feedparser.parse(body).entries} for body in bodies]
    assert generations[0] == generations[1] == generations[2]
    assert len(generations[0]) == 1
    return generations[0]
