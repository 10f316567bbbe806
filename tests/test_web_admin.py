"""The admin listener: the status page and the metrics."""

import json
import re
from datetime import timedelta

import pytest

from feedsvc.web import admin, counts, samples
from feedsvc.web.sampler import Sampler
from feedsvc.web.samples import LONG, SHORT, Counted, Sample
from tests.journal_sample import NOW, attempt, server
from tests.sitedir import SiteDir
from tests.web_samples import Clock

# --- the page ---

ENTRIES = (
    "id: a, published: 2024-07-01, title: Alpha",
    "id: b, published: 2024-08-05 09:00, title: 'Beta <script>'",
    "id: c, published: 2024-13-01, title: Gamma",
)


@pytest.fixture
def site(tmp_path):
    made = SiteDir(tmp_path)
    made.entries("feeds/news/2024.yaml", *ENTRIES)
    made.build()
    yield made
    made.store.close()


NOTHING = Sample()


def client_of(site, sample=NOTHING):
    clock = Clock(NOW)
    read = iter([Counted(Sample(), 1)] + [Counted(sample, 1)] * 9)
    sampler = Sampler(site.store.journal, clock, lambda: next(read), name="here:8000", role="x")
    return admin.create_app(site.store, clock, sampler).test_client()


def page_of(site, query="", **facts):
    answer = client_of(site, **facts).get(f"/{query}")
    assert answer.status_code == 200
    return answer, re.sub(r"\s+", " ", answer.text.partition("</style>")[2])


def test_the_page_shows_problems_what_is_coming_and_what_changed(site):
    site.store.journal.note(attempt(result="failed", reason="the disk is full"))
    _, shown = page_of(site)
    assert "Something needs a person" in shown
    assert "<code>feeds/news/2024.yaml:3:22</code>" in shown
    assert "To mend it: month 13 does not exist" in shown
    assert "05 Aug 2024, 09:00" in shown
    assert "Beta &lt;script&gt;" in shown
    assert '<ul class="paths"><li><code>/news/a</code></li>' in shown
    assert "the disk is full" in shown
    assert "<code>here:8000</code>" in shown
    assert "<script" not in shown


def test_the_page_plots_what_was_counted(site):
    sample = Sample(
        requests={"200": 12, "304": 30, "226": 4, "404": 2, "500": 1, "301": 5},
        sent=5000,
        saved={"304": 9000, "226": 100, "br": 700, "gzip": 1},
        subscribers={"news/atom": {"Feedly": 120, "NewsBlur": 3}},
    )
    _, shown = page_of(site, sample=sample)
    alternatives = re.findall(r'aria-label="([^"]*)"', shown)
    assert (
        "Requests by status, last 24 hours. 304 not modified 30, 200 whole 12, other 2xx and 3xx 5,"
        " 226 only what is new 4, 4xx refused 2, 5xx failed 1 in all. Most at 14:00: 54."
    ) in alternatives
    assert (
        "Bytes sent and spared, last 24 hours. saved by 304 9 kB, sent 5 kB, saved by Brotli 700 B,"
        " saved by 226 100 B, saved by gzip 1 B in all. Most at 14:00: 14.8 kB."
    ) in alternatives
    assert "Subscribers by aggregator. At the end: Feedly 120, NewsBlur 3." in alternatives
    assert "Subscribers by section. At the end: news 123." in alternatives


def test_subscribers_over_time_are_plotted_by_the_day(site):
    for days in range(5):
        start = samples.beginning(NOW - timedelta(days=days), LONG)
        claims = {"news/atom": {"Feedly": 100 - days}} if days != 2 else {}
        site.store.journal.keep("x", LONG, start, {"subscribers": claims}, start - timedelta(400))
    _, shown = page_of(site)
    rows = re.findall(r'<th scope="row">(\d\d \w+)</th><td class="n">(\d+)</td>', shown)
    assert rows[:5] == [  # the day without a word has what was known the day before
        ("28 Jul", "96"),
        ("29 Jul", "97"),
        ("30 Jul", "97"),
        ("31 Jul", "99"),
        ("01 Aug", "100"),
    ]


def test_the_page_before_anything_was_published(tmp_path):
    made = SiteDir(tmp_path)
    _, shown = page_of(made)
    assert "nothing yet" in shown
    assert shown.count('<p class="empty">Nothing yet.</p>') == 6
    made.store.close()


def test_the_page_is_strict_and_never_stored(site):
    answer, _ = page_of(site)
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"\sstyle=|\son\w+=", answer.text)


def test_the_page_loads_itself_again_only_when_asked(site):
    assert "http-equiv" not in page_of(site)[0].text
    assert '<meta http-equiv="refresh" content="60">' in page_of(site, "?refresh=1")[0].text


# --- metrics ---


def scraped(site):
    counts.STARTS.labels("public").inc()
    return client_of(site).get("/metrics").text


def test_metrics_of_builder_hubs_and_servers(site):
    site.store.journal.note(attempt(result="failed", reason="x", seconds=0.5))
    site.store.journal.heard(server(snapshot=1))
    told = scraped(site)
    for line in (
        'feedsvc_problems{severity="error"} 1.0',
        "feedsvc_published 1.0",
        "feedsvc_published_snapshot 1.0",
        "feedsvc_builder_silent 0.0",
        "feedsvc_build_failures 1.0",
        "feedsvc_builds_total 1.0",
        "feedsvc_build_seconds 0.5",
        "feedsvc_coming 1.0",
        "feedsvc_store_up 1.0",
        'feedsvc_server_snapshot{server="press-1:8000"} 1.0',
    ):
        assert f"\n{line}\n" in told
    assert 'feedsvc_process_starts_total{process="public"}' in told


def test_a_store_that_does_not_answer_is_a_metric_and_the_page_says_so(site):
    client = client_of(site)
    site.store.close()
    (site.root / "var" / "feedsvc.db").write_bytes(b"no database at all, but long enough" * 99)
    for left in ("feedsvc.db-wal", "feedsvc.db-shm"):
        (site.root / "var" / left).unlink(missing_ok=True)
    assert "\nfeedsvc_store_up 0.0\n" in client.get("/metrics").text
    answer = client.get("/")
    assert answer.status_code == 503
    assert answer.text.startswith("The store does not answer: store: ")


def test_kept_samples_are_plain_json(site):
    page_of(site, sample=Sample(requests={"200": 1}))
    (_, _, counted) = site.store.journal.samples(SHORT)[0]
    assert json.loads(json.dumps(counted))["requests"] == {"200": 1.0}
