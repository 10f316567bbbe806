"""What a worker counts, and how it reaches Prometheus."""

import os
import subprocess
import sys

import pytest
from prometheus_client import REGISTRY

from feedsvc.web import counts
from feedsvc.web.public import _report, wsgi
from tests.web_samples import ENTRIES, NOW, SITE, Clock, ask, feed, publish, sample_store

FEED = next(document for document in SITE if document.path == "/news/atom.xml")


class Since:
    """How much each metric has grown."""

    def __init__(self):
        counts.flush()
        self._before = self._all()

    def _all(self):
        return {
            (sample.name, *sample.labels.values()): sample.value
            for metric in REGISTRY.collect()
            for sample in metric.samples
            if metric.name.startswith("feedsvc_") and not sample.name.endswith("_created")
        }

    def grown(self):
        counts.flush()
        grown = {key: value - self._before.get(key, 0) for key, value in self._all().items()}
        return {key: value for key, value in grown.items() if value}


@pytest.fixture
def app(tmp_path):
    store = sample_store(tmp_path / "store.db")
    publish(store, feed({"new": "Something new."} | ENTRIES))
    yield wsgi(store, Clock(NOW), interval=None)
    store.close()


def test_a_full_answer(app):
    since = Since()
    for _ in range(3):
        length = len(ask(app).content)
    assert since.grown() == {
        ("feedsvc_requests_total", "200", "feed"): 3,
        ("feedsvc_response_bytes_total",): 3 * length,
    }


def test_what_coding_saves(app):
    full, since = len(ask(app).content), Since()
    coded = len(ask(app, Accept_Encoding="gzip").content)
    assert since.grown() == {
        ("feedsvc_requests_total", "200", "feed"): 1,
        ("feedsvc_response_bytes_total",): coded,
        ("feedsvc_saved_bytes_total", "gzip"): full - coded,
    }


def test_what_a_304_saves(app):
    full, since = ask(app), Since()
    ask(app, If_None_Match=full["ETag"])
    assert since.grown() == {
        ("feedsvc_requests_total", "304", "feed"): 1,
        ("feedsvc_saved_bytes_total", "304"): len(full.content),
    }


def test_what_a_delta_saves(app):
    full, since = len(ask(app).content), Since()
    sent = len(ask(app, A_IM="feed", If_None_Match=f'"{FEED.digest}"').content)
    assert since.grown() == {
        ("feedsvc_requests_total", "226", "feed"): 1,
        ("feedsvc_response_bytes_total",): sent,
        ("feedsvc_saved_bytes_total", "226"): full - sent,
    }


def test_head_sends_nothing(app):
    for path in ("/news/atom.xml", "/nothing"):
        ask(app, path)
        since = Since()
        ask(app, path, "HEAD")
        assert [name for name, *_ in since.grown()] == ["feedsvc_requests_total"]


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/news/", "200", "page"),
        ("/assets/site.css", "200", "asset"),
        ("/all/rss.xml", "200", "feed"),
        ("/news/feed.json", "200", "feed"),
        ("/nothing", "404", "other"),
        ("/retired", "410", "page"),
        ("/healthz", "200", "other"),
        ("/" + "x" * 9000, "414", "other"),
    ],
)
def test_labels_are_few(app, path, status, kind):
    ask(app, path)
    since = Since()
    ask(app, path)
    assert since.grown()["feedsvc_requests_total", status, kind] == 1


def test_snapshot_and_subscribers_are_reported(app):
    ask(app, User_Agent="Feedly 12 subscribers")
    _report(app._views, app._subscribers)
    labels = {"aggregator": "Feedly", "section": "news", "format": "atom"}
    assert REGISTRY.get_sample_value("feedsvc_subscribers", labels) == 12
    assert REGISTRY.get_sample_value("feedsvc_snapshot_id") == 2


WORKER = """
from feedsvc.web import counts
counts.tally(200, "feed", "gzip").add(10, 90)
counts.SUBSCRIBERS.labels("Feedly", "news", "rss").set(7)
counts.SNAPSHOT.set(3)
counts.flush()
"""


def test_workers_are_summed(tmp_path):
    env = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", WORKER], env=env, check=True)
    scrape = """
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""
    told = subprocess.run(
        [sys.executable, "-c", scrape], env=env, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    assert 'feedsvc_requests_total{kind="feed",status="200"} 2.0' in told
    assert "feedsvc_response_bytes_total 20.0" in told
    assert 'feedsvc_saved_bytes_total{by="gzip"} 180.0' in told
    assert 'feedsvc_subscribers{aggregator="Feedly",format="rss",section="news"} 7.0' in told
    assert "feedsvc_snapshot_id 3.0" in told
