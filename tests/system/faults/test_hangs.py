"""What hangs is ended and started again; whatever stands still, readers are answered."""

from __future__ import annotations

import os
import signal
import time

import pytest

from tests.system.faults.newsroom import FILE, generation, reading, small_site
from tests.system.servers import answers, serving, wait_for
from tests.system.test_processes import alive, children

pytestmark = pytest.mark.system

#: Seconds without a sign of life, as short as a test needs it.
SILENCE = {"FEEDSVC_SERVE_SILENCE": "3"}


def named(server, word):
    """The process with this word in its command, and those that it started."""
    below = children(server.program.process.pid)
    return next(pid for pid, command in below.items() if word in command)


def test_a_builder_that_is_stopped_is_replaced(tmp_path):
    site = small_site(tmp_path / "site")
    with serving(site, **SILENCE) as server, reading(server.url) as reader:
        builder = named(server, "build --watch")
        os.kill(builder, signal.SIGSTOP)
        site.write(FILE, generation(1))
        wait_for("another builder", lambda: reader.newest == 1)
        assert not alive(builder)
        assert reader.missed == 0
        assert "process hangs; ending it" in server.program.output()


def test_listeners_and_workers_that_are_stopped_are_replaced(tmp_path):
    """The one worker there is: nobody is answered until it is replaced, in seconds."""
    site = small_site(tmp_path / "site")
    with serving(site, **SILENCE) as server:
        public = named(server, "feedsvc.web.server public")
        worker = next(iter(children(public)))
        os.kill(worker, signal.SIGSTOP)
        began = time.monotonic()
        wait_for("its end", lambda: not alive(worker))
        assert time.monotonic() - began < 10
        wait_for("another worker", lambda: answers(f"{server.url}/readyz"))
        assert alive(public)
        admin = named(server, "feedsvc.web.server admin")
        for pid in (admin, *children(admin)):
            os.kill(pid, signal.SIGSTOP)
        wait_for("its end", lambda: not alive(admin))
        wait_for("the status page", lambda: told(server))


def told(server):
    try:
        return "Snapshot" in server.status()
    except OSError:
        return False


def test_a_supervisor_that_was_stopped_ends_nobody(tmp_path):
    """What it did not hear meanwhile was said all the same."""
    site = small_site(tmp_path / "site")
    with serving(site, **SILENCE) as server, reading(server.url) as reader:
        supervisor = server.program.process.pid
        before = set(children(supervisor))
        os.kill(supervisor, signal.SIGSTOP)
        time.sleep(5)
        os.kill(supervisor, signal.SIGCONT)
        time.sleep(2)
        assert before <= set(children(supervisor))
        assert reader.missed == 0


def test_a_build_that_waits_for_ever_is_replaced(tmp_path):
    """Its watchdog ends it: what it waits for is a process that renders, stopped for ever."""
    site = small_site(tmp_path / "site")
    env = {"FEEDSVC_BUILD_PATIENCE": "6"}
    with serving(site, **env) as server, reading(server.url) as reader:
        builder = named(server, "build --watch")
        for number in range(80):  # enough for other processes to help
            site.write(f"a/more{number}.yaml", more(number))
        helper = wait_for("a helper", lambda: next(iter(children(builder)), None))
        for pid in children(builder):
            os.kill(pid, signal.SIGSTOP)
        site.write(FILE, generation(1))
        wait_for("another builder", lambda: reader.newest == 1)
        assert not alive(builder)
        assert not alive(helper)
        assert "the build hung" in server.status()
        assert reader.missed == 0


def more(number):
    """Of no generation: the builder may have published them before its helper was stopped."""
    return "".join(
        f"- {{id: m{number}-{one}, published: 2023-01-01, title: More, lead: More.}}\n"
        for one in range(20)
    )
