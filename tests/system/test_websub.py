"""WebSub with a hub and a subscriber that others wrote: from an admin's edit to the callback."""

import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask_websub.subscriber import (
    SQLite3SubscriberStorage,
    SQLite3TempSubscriberStorage,
    Subscriber,
    discover,
)
from werkzeug.serving import make_server

from tests.farend import far_end
from tests.system.servers import answers, free_port, running, serving, wait_for

pytestmark = pytest.mark.system

NEWS = "news/2026.yaml"
FEEDS = ("rss.xml", "atom.xml", "feed.json")


@contextmanager
def hub(folder, port):
    """Flask-WebSub's hub; its subscriptions outlive it."""
    folder.mkdir(exist_ok=True)
    program = Path(__file__).with_name("websubhub.py")
    with running([sys.executable, program, str(port), folder], folder / "log") as started:
        started.wait_until(lambda: answers(f"http://127.0.0.1:{port}/hub", 405))
        yield started


class Callback:
    """Flask-WebSub's subscriber, on an address of its own; remembers what hubs bring."""

    def __init__(self, folder):
        place = str(folder / "subscriber.db")
        self.brought = []
        self.confirmed = set()
        self._subscriber = Subscriber(
            SQLite3SubscriberStorage(place), SQLite3TempSubscriberStorage(place)
        )
        self._subscriber.add_listener(lambda topic, _id, body: self.brought.append((topic, body)))
        self._subscriber.add_success_handler(lambda topic, _id, _mode: self.confirmed.add(topic))
        self.app = Flask("subscriber")
        self.app.register_blueprint(self._subscriber.build_blueprint("/callback"))

    def subscribe(self, url):
        """Find hub and topic as every subscriber does, and have the hub verify us."""
        found = discover(url)
        with self.app.app_context():
            self._subscriber.subscribe(**found)
        wait_for(f"the hub to verify {url}", lambda: found["topic_url"] in self.confirmed)
        return found

    def got(self, text):
        """The topics of which new content with that text has come."""
        return {topic for topic, body in self.brought if text.encode() in body}


@pytest.fixture
def callback(tmp_path):
    made = Callback(tmp_path)
    server = make_server("127.0.0.1", 0, made.app, threaded=True)
    made.app.config["SERVER_NAME"] = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def with_hub(site, port):
    site.configure(lambda config: config.update(hubs=[f"http://127.0.0.1:{port}/hub"]))
    return site


def edit(site, words):
    site.edit(NEWS, "title: ", f"title: {words}, ")


def test_an_edit_reaches_a_subscriber_through_the_hub(site, callback, tmp_path):
    port = free_port()
    with hub(tmp_path / "hub", port), serving(with_hub(site, port)) as server:
        for feed in FEEDS:
            found = callback.subscribe(f"{server.url}/news/{feed}")
            link = server.get(f"/news/{feed}").headers["link"]
            # WebSub §4: exactly one self, which is the topic, and the hub, both in the header.
            assert f'<{found["hub_url"]}>; rel="hub"' in link
            assert f'<{found["topic_url"]}>; rel="self"' in link
            assert link.count('rel="self"') == 1
        callback.subscribe(f"{server.url}/speeches/atom.xml")
        edit(site, "Pushed")
        topics = {f"{server.url}/news/{feed}" for feed in FEEDS}
        wait_for("the callback to get all three", lambda: callback.got("Pushed, ") == topics)
        latest = dict(callback.brought)
        for topic in topics:
            assert latest[topic] == server.get(topic.removeprefix(server.url)).body


def test_what_a_hub_missed_it_is_told_after_both_were_restarted(site, callback, tmp_path):
    port, public = free_port(), free_port()
    with_hub(site, port)
    with hub(tmp_path / "hub", port), serving(site, port=public) as server:
        callback.subscribe(f"{server.url}/news/atom.xml")
    with serving(site, port=public) as server:
        edit(site, "Missed")
        wait_for("the failure", lambda: "hub cannot be reached" in server.program.output())
    with hub(tmp_path / "hub", port), serving(site, port=public) as server:
        topics = {f"{server.url}/news/atom.xml"}
        wait_for("the callback to get it", lambda: callback.got("Missed, ") == topics)


def test_a_single_build_tells_hubs_too(site, tmp_path):
    with far_end() as end:
        site.configure(lambda config: config.update(hubs=[end.url]))
        command = [sys.executable, "-m", "feedsvc", "build", "--site", site.root]
        with running(command, tmp_path / "log", FEEDSVC_ALLOW_PRIVATE_HUBS="1") as build:
            assert build.process.wait(30) == 0
        assert len(end.topics) == len(set(end.topics)) == 18  # six sections, `all` among them
        assert "hub pinged" in build.output()


def test_a_hub_that_hangs_delays_no_stop(site):
    with far_end() as end:
        end.answer = end.hang
        site.configure(lambda config: config.update(hubs=[end.url]))
        with serving(site) as server:
            wait_for("the ping", lambda: end.asked)
            edit(site, "Despite it")
            wait_for("the edit", lambda: b"Despite it, " in server.get("/news/atom.xml").body)
            server.program.process.terminate()
            assert server.program.process.wait(5) == 0
