"""What a server counts, kept in spans of time and laid side by side."""

from datetime import timedelta

import prometheus_client
import pytest

from feedsvc.store import Store, locate
from feedsvc.web import samples
from feedsvc.web.sampler import Sampler
from feedsvc.web.samples import LONG, SHORT, Counted, Sample
from tests.journal_sample import NOW
from tests.web_samples import Clock


@pytest.fixture
def store(tmp_path):
    made = Store(locate("sqlite:///var/feedsvc.db", tmp_path))
    made.create()
    yield made
    made.close()


def test_samples_are_added_up_and_closed(store):
    clock, told = Clock(NOW), [Sample(requests={"200": 100}, sent=900)]
    made = Sampler(store.journal, clock, lambda: Counted(told[-1], 4), name="a", role="replica")
    for minute, (requests, sent) in enumerate([(105, 950), (107, 970), (3, 30)]):
        told.append(Sample(requests={"200": requests}, sent=sent, subscribers={"n/atom": {"F": 9}}))
        clock.now = NOW + timedelta(minutes=4 * minute)
        made.look()
        made.look()  # a page that is loaded twice counts nothing twice
    kept = [
        (start, counted["requests"]["200"]) for _, start, counted in store.journal.samples(SHORT)
    ]
    assert kept == [(NOW, 10)]  # five, two, and three after the counters began anew
    assert [c["requests"]["200"] for _, _, c in store.journal.samples(LONG)] == [10]
    assert store.journal.servers()[0].snapshot == 4


def test_a_new_process_goes_on_with_the_span_that_is_open(store):
    for requests in (5, 3):
        told = [Sample(), Sample(requests={"200": requests})]
        reading = iter(told)
        made = Sampler(
            store.journal, Clock(NOW), lambda r=reading: Counted(next(r), 1), name="a", role="x"
        )
        made.look()
    assert [c["requests"]["200"] for _, _, c in store.journal.samples(SHORT)] == [8]


def test_old_samples_are_forgotten(store):
    clock = Clock(NOW)
    made = Sampler(store.journal, clock, lambda: Counted(Sample(), 1), name="a", role="x")
    for _ in range(4):
        made.look()
        clock.now += timedelta(days=1)
    assert len(store.journal.samples(LONG)) == 4
    assert len(store.journal.samples(SHORT)) == 3
    clock.now += timedelta(days=500)
    made.look()
    assert len(store.journal.samples(LONG)) == len(store.journal.samples(SHORT)) == 1


def test_spans_stand_side_by_side_whoever_counted():
    kept = [
        (NOW - timedelta(minutes=40), Sample(requests={"200": 1})),
        (NOW - timedelta(minutes=30), Sample(requests={"200": 2})),
        (NOW - timedelta(minutes=10), Sample(requests={"304": 3})),
        (NOW - timedelta(minutes=10), Sample(requests={"304": 4})),
    ]
    row = samples.beside(kept, NOW, 1800, 3)
    assert [sample.requests for _, sample in row] == [{"200": 1}, {"200": 2, "304": 7}, {}]


def test_subscribers_are_summed_by_aggregator_and_by_section():
    sample = Sample(
        subscribers={"news/atom": {"F": 3, "N": 1}, "news/rss": {"F": 2}, "all/rss": {"N": 4}}
    )
    assert samples.by_aggregator(sample) == {"F": 5, "N": 5}
    assert samples.by_section(sample) == {"news": 6, "all": 4}
    rows = [{"a": 1, "b": 9}, {"a": 5, "b": 2, "c": 1, "d": 1}]
    assert samples.leading(rows, 2) == {"a": (1, 5), "b": (9, 2), "others": (0, 2)}


def test_metrics_of_workers_are_read():
    registry = prometheus_client.CollectorRegistry()
    requests = prometheus_client.Counter(
        "feedsvc_requests", "", ("status", "kind"), registry=registry
    )
    for kind in ("feed", "page"):
        requests.labels("200", kind).inc(2)
    prometheus_client.Gauge("feedsvc_snapshot_id", "", registry=registry).set(9)
    prometheus_client.Counter("feedsvc_response_bytes", "", registry=registry).inc(77)
    saved = prometheus_client.Counter("feedsvc_saved_bytes", "", ("by",), registry=registry)
    saved.labels("br").inc(5)
    found = samples.read(registry.collect())
    assert found == Counted(Sample(requests={"200": 4}, sent=77, saved={"br": 5}), 9)
