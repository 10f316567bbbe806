"""A worker whose store fails, that follows its store, and that a process loads."""

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from feedsvc.web.public import wsgi
from tests.web_samples import HOUR_LATER, NEW, NOW, OLD, ask, publish

pytest_plugins = "tests.web_fixtures"


# --- a store that fails ---


@pytest.fixture
def broken(worker, site, tmp_path):
    """A worker that has answered two requests, and whose store is then no database any more."""
    ask(worker)
    ask(worker, Accept_Encoding="gzip")
    publish(site, NEW, at=NOW + timedelta(minutes=10))
    worker._views.poll()
    ask(worker, Accept_Encoding="identity")
    site.close()
    (tmp_path / "site.db").write_bytes(b"this is no database" * 500)
    worker._views.poll()
    return worker


def test_what_is_in_memory_is_served_on(broken):
    assert ask(broken).code == 200
    assert ask(broken, Accept_Encoding="gzip").code == 200
    assert ask(broken, If_None_Match=f'"{NEW.digest}"').code == 304


def test_without_the_store_there_are_no_deltas_but_the_feed(broken):
    assert ask(broken, A_IM="feed", If_None_Match=f'"{OLD.digest}"').code == 200


def test_what_cannot_be_read_is_503(broken):
    answer = ask(broken, "/news/")
    assert answer.code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["Cache-Control"] == "no-store"
    assert b"sqlite" not in answer.content.lower()


def test_a_fault_of_ours_tells_nothing(worker, monkeypatch, caplog):
    monkeypatch.setattr("feedsvc.web.respond.decide", lambda *_: 1 / 0)
    answer = ask(worker, If_None_Match='"a", "b"')
    assert answer.status == "500 Internal Server Error"
    assert answer.content == b"Internal Server Error\n"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "ZeroDivisionError" in caplog.text


# --- a worker as a process has it ---


def followers():
    return [thread for thread in threading.enumerate() if thread.name == "follower"]


def wait_until(look):
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_worker_follows_its_store(site, clock):
    stop = threading.Event()
    app = wsgi(site, clock, interval=0.01, stop=stop)
    assert ask(app)["ETag"] == f'"{OLD.digest}"'
    publish(site, NEW, at=NOW + timedelta(minutes=10))
    wait_until(lambda: ask(app)["ETag"] == f'"{NEW.digest}"')
    stop.set()
    wait_until(lambda: not followers())


def test_a_follower_that_stumbles_goes_on(site, said):
    stop, falls = threading.Event(), [RuntimeError("fell")]

    def clock():
        if falls and followers():
            raise falls.pop()
        return HOUR_LATER

    app = wsgi(site, clock, interval=0.01, stop=stop)
    wait_until(lambda: not falls)
    publish(site, NEW, at=NOW + timedelta(minutes=10))
    wait_until(lambda: ask(app)["ETag"] == f'"{NEW.digest}"')
    stop.set()
    wait_until(lambda: not followers())
    assert "the follower stumbled" in said()


PROCESS = """
import os
from tests.web_samples import ask
from feedsvc.web.public import application
app = application()
print(ask(app).status, ask(app).content == ask(app, Accept_Encoding="identity").content)
print(*sorted(os.environ))
"""


def test_what_a_process_loads_and_what_it_keeps_of_its_environment(site):
    env = {
        "FEEDSVC_STORE": str(site._engine.url),
        "FEEDSVC_SITE": "/nowhere",
        "HTTP_IF_NONE_MATCH": "*",
        "PATH": os.environ["PATH"],
        "PGSSLMODE": "prefer",
        "SECRET": "x",
        "TZ": "Asia/Tokyo",
    }
    command = [sys.executable, "-c", PROCESS]
    told = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    first, names = told.splitlines()
    assert first == "200 OK True"
    # granian copies the environment into each request: nothing in it may look like a field.
    assert set(names.split()) <= {"LC_CTYPE", "PATH", "PGSSLMODE", "TZ"}
