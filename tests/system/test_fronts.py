"""The caching fronts of config/, as nginx and Varnish really behave before a real server.

Between front and server stands a tap that changes nothing: it tells what the server was asked.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.system.fronts import (
    BRIEF,
    CODINGS,
    EDITED,
    FRONTS,
    LASTING,
    STALE,
    STANDING_IN,
    Front,
    fronted,
    lifetimes,
    until_expired,
)
from tests.system.servers import Server, copy_sample_site, free_port, serving, wait_for
from tests.system.wire import Tap, ask

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def front_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def origin(tmp_path_factory, front_port):
    """The server behind the fronts; its base_url is the front's address, as it should be."""
    site = copy_sample_site(tmp_path_factory.mktemp("fronts") / "site")
    site.configure(lifetimes)
    with serving(site, base_url=f"http://127.0.0.1:{front_port}") as server:
        yield server


@pytest.fixture(params=FRONTS)
def empty_front(request, tmp_path, front_port, origin):
    """A front that has just been started; its base_url is that of the lasting one."""
    with fronted(request.param, tmp_path / "front", free_port(), origin) as front:
        yield front


@pytest.fixture(scope="module", params=FRONTS)
def lasting_front(request, tmp_path_factory, front_port, origin):
    directory = tmp_path_factory.mktemp(request.param) / "front"
    with fronted(request.param, directory, front_port, origin) as front:
        yield front


@pytest.fixture
def front(lasting_front):
    """A front that other tests may have used before; its tap has forgotten them."""
    lasting_front.tap.seen.clear()
    return lasting_front


def test_first_a_miss_then_hits(empty_front):
    first, second = empty_front.get(LASTING), empty_front.get(LASTING)

    assert (first.status, first.cache) == (200, "MISS")
    assert (second.status, second.cache) == (200, "HIT")
    assert first.body == second.body == empty_front.origin.get(LASTING).body
    assert len(empty_front.tap.asked(LASTING)) == 1


def test_expired_is_revalidated_by_304__rfc9111_4_3(front):
    first = front.get(BRIEF)
    until_expired(first)
    front.tap.seen.clear()
    second = front.get(BRIEF)

    (asked,) = front.tap.asked(BRIEF)
    assert (asked.status, asked.headers["If-None-Match"]) == (304, first.etag)
    assert (second.status, second.body, second.etag) == (200, first.body, first.etag)


def test_stale_while_revalidating__rfc5861_3(front):
    first = front.fresh(STANDING_IN)
    until_expired(first)
    front.tap.seen.clear()
    with front.tap.hold():
        started = time.monotonic()
        meanwhile = [front.get(STANDING_IN) for _ in range(5)]
        took = time.monotonic() - started
        wait_for("the refresh in the background", lambda: front.tap.asked(STANDING_IN))

    assert {answer.cache for answer in meanwhile} <= STALE
    assert {answer.body for answer in meanwhile} == {first.body}
    assert took < 2, "a client waited for the refresh"
    wait_for("the refreshed answer", lambda: front.get(STANDING_IN).cache == "HIT")


def test_too_old_to_stand_in_waits_for_the_origin__rfc5861_3(front):
    until_expired(front.get(BRIEF))
    front.tap.seen.clear()
    with front.tap.hold(), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(front.get, BRIEF)
        wait_for("the front to ask", lambda: front.tap.asked(BRIEF))
        assert not waiting.done()
        front.tap.release()
        assert waiting.result().cache not in STALE


def test_stale_when_the_origin_fails__rfc5861_4(front):
    first = front.get(BRIEF)
    until_expired(first)
    front.tap.broken = True
    failing = [front.get(BRIEF) for _ in range(3)]
    front.tap.broken = False

    assert {answer.status for answer in failing} == {200}
    assert {answer.body for answer in failing} == {first.body}
    assert {answer.cache for answer in failing} <= STALE
    wait_for("recovery", lambda: front.get(BRIEF).cache not in STALE)


@pytest.mark.parametrize("name", FRONTS)
def test_stale_on_a_dead_origin__rfc5861_4(name, site, tmp_path):
    site.configure(lifetimes)
    port = free_port()
    with (
        serving(site, base_url=f"http://127.0.0.1:{port}") as origin,
        FRONTS[name](tmp_path / "front", port, origin.port),
    ):
        front = Front(port, Tap(0, 0), origin)
        before = {path: front.get(path) for path in (BRIEF, STANDING_IN)}
        assert origin.program.stop() == 0
        until_expired(before[BRIEF])
        for path, alive in before.items():
            for _ in range(3):
                dead = front.get(path)
                assert (dead.status, dead.etag, dead.body) == (200, alive.etag, alive.body)
                assert dead.cache in STALE


@pytest.mark.parametrize("coding", CODINGS)
def test_etags_and_bytes_survive__rfc9110_8_8_3(front, coding):
    direct = front.origin.get(LASTING, Accept_Encoding=coding)
    through = [front.get(LASTING, Accept_Encoding=coding) for _ in range(2)]

    for answer in through:
        assert answer.etag == direct.etag
        assert answer.body == direct.body
        assert answer.headers.get("content-encoding", "identity") == coding
        assert CODINGS[coding](answer.body) == front.origin.get(LASTING).body
    assert direct.etag.startswith('"'), "a strong one"


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}'], ids=["same", "weakened", "list"])
def test_304_through_the_front__rfc9110_13_1_2(front, coding, form):
    full = front.get(LASTING, Accept_Encoding=coding)
    known = form.format(full.etag)
    again = front.get(LASTING, Accept_Encoding=coding, If_None_Match=known)

    assert (again.status, again.body, again.cache) == (304, b"", "HIT")
    for name in ("etag", "cache-control", "vary"):  # RFC 9110 §15.4.5
        assert again.headers[name] == full.headers[name]
    assert len(front.tap.asked(LASTING)) <= 1


def test_304_by_date_through_the_front__rfc9110_13_1_3(front):
    full = front.get(LASTING)
    assert front.get(LASTING, If_Modified_Since=full.headers["last-modified"]).status == 304
    assert front.get(LASTING, If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT").status == 200
    assert front.get(LASTING, If_Modified_Since="yesterday").status == 200


@pytest.mark.parametrize("form", ["W/{}", '"other", W/{}', "*"])
def test_weakened_etags_are_known_to_the_origin__rfc9110_8_8_3_2(origin, form):
    etag = origin.get(LASTING, Accept_Encoding="gzip").etag
    known = form.format(etag)
    assert origin.get(LASTING, Accept_Encoding="gzip", If_None_Match=known).status == 304


@pytest.mark.parametrize("suffix", ["-gzip", "--gzip", ";gzip"])
def test_suffixed_etags_are_known_to_the_origin(origin, suffix):
    etag = origin.get(LASTING).etag
    known = f'{etag[:-1]}{suffix}"'
    assert origin.get(LASTING, Accept_Encoding="gzip", If_None_Match=known).status == 304


def test_spellings_of_accept_encoding_are_three_variants__rfc9110_12_5_3(empty_front):
    spellings = [
        "gzip",
        "gzip, deflate",
        "GZIP;q=1.0",
        "br;q=0, gzip",
        "x-gzip",
        "deflate,gzip;q=.5",
    ]
    spellings += ["gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip, br, zstd"]
    spellings += ["identity", "", "deflate", "gzip;q=0", "br;q=0.000"]
    got = {said: empty_front.get(LASTING, Accept_Encoding=said) for said in spellings}

    coded = [answer.headers.get("content-encoding", "identity") for answer in got.values()]
    assert coded == ["gzip"] * 6 + ["br"] * 3 + ["identity"] * 5
    assert {answer.headers["vary"] for answer in got.values()} == {"Accept-Encoding"}
    assert len(empty_front.tap.asked(LASTING)) == 3


def test_query_strings_change_nothing(front):
    plain = front.get(LASTING)
    decorated = front.get(LASTING + "?_=1732&utm_source=x&x=%0d%0aSet-Cookie:%20a=b")

    assert (decorated.cache, decorated.body) == ("HIT", plain.body)
    assert not [request for request in front.tap.seen if "?" in request.target]


def test_a_thousand_polls_cost_a_handful_of_requests(front):
    known = {coding: front.fresh(STANDING_IN, Accept_Encoding=coding).etag for coding in CODINGS}
    front.tap.seen.clear()

    def poll(n: int) -> int:
        coding = list(CODINGS)[n % 3]
        headers = {"Accept_Encoding": coding}
        if n % 2:
            headers["If_None_Match"] = known[coding]
        answer = front.get(f"{STANDING_IN}?_={n}", **headers)
        assert answer.etag == known[coding]
        return answer.status

    started = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(poll, range(1000)))
    lifetimes_passed = int(time.monotonic() - started) + 1

    assert statuses == [200, 304] * 500
    cost = front.tap.asked(STANDING_IN)
    assert len(cost) <= 3 * lifetimes_passed  # each of three variants, once a second at most
    assert len(cost) < 50
    assert {request.status for request in cost} <= {304}


def test_a_crowd_that_misses_at_once_is_one_request(empty_front):
    with empty_front.tap.hold(), ThreadPoolExecutor(20) as pool:
        crowd = [pool.submit(empty_front.get, LASTING) for _ in range(20)]
        wait_for("the first of the crowd", lambda: empty_front.tap.asked(LASTING))
        empty_front.tap.release()
        assert {answer.result().status for answer in crowd} == {200}
    assert len(empty_front.tap.asked(LASTING)) == 1


def test_head_is_answered_from_the_same_copy__rfc9110_9_3_2(front):
    head, get, again = (front.get(LASTING, method) for method in ("HEAD", "GET", "HEAD"))

    assert (head.status, head.body) == (200, b"")
    assert get.body == front.origin.get(LASTING).body
    for name in ("etag", "content-type", "content-length", "cache-control", "last-modified"):
        assert head.headers[name] == get.headers[name] == again.headers[name]
    assert again.cache == "HIT"
    assert len(front.tap.asked(LASTING)) <= 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PURGE", "BAN"])
def test_other_methods_are_refused_and_spoil_nothing__rfc9110_15_5_6(front, method):
    before = front.get(LASTING)
    refused = front.get(LASTING, method)
    after = front.get(LASTING)

    assert refused.status == 405
    assert {"GET", "HEAD", "OPTIONS"} <= set(refused.headers["allow"].replace(" ", "").split(","))
    assert (after.cache, after.body) == ("HIT", before.body)


def test_options_pass__rfc9110_9_3_7(front):
    asked = {"Origin": "https://reader.example.org", "Access-Control-Request-Method": "GET"}
    answer = front.get(LASTING, "OPTIONS", **asked)
    assert answer.status in {200, 204}
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "if-none-match" in answer.headers["access-control-allow-headers"].lower()


POISON = {
    "Host": "evil.example",
    "Forwarded": "host=evil.example;proto=https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "evil.example",
    "X-Forwarded-Prefix": "/evil.example",
    "X-Forwarded-For": "evil.example",
    "X-Host": "evil.example",
    "X-Original-URL": "/evil.example",
    "X-Rewrite-URL": "/evil.example",
    "X-HTTP-Method-Override": "evil.example",
    "Cookie": "evil.example=1",
    "Authorization": "Basic evil.example",
    "Range": "bytes=0-9",
}


def test_poison_reaches_no_document_and_no_other_client(empty_front):
    for path in (LASTING, "/", "/news/", "/no/such/evil.html"):
        url = f"http://127.0.0.1:{empty_front.port}{path}?evil.example"
        poisoned, clean = ask(url, headers=POISON), empty_front.get(path)

        assert (poisoned.status, poisoned.body) == (clean.status, clean.body)
        assert clean.body == empty_front.origin.get(path).body
        for answer in (poisoned, clean):
            assert b"evil.example" not in answer.body
            assert "evil.example" not in str(answer.headers)
    assert len(empty_front.tap.seen) >= 4
    assert "evil.example" not in str(empty_front.tap.seen)


def add_an_entry(origin: Server, name: str) -> None:
    """One more entry in the edited section, public at once."""
    text = f"id: {name}\npublished: 2026-11-01 12:00\nlead: Added while somebody watches, {name}.\n"
    origin.site.write(f"media/{name}.yaml", text)
    wait_for("the edit", lambda: name in origin.get(EDITED).body.decode())


def test_deltas_pass_and_are_not_stored__rfc3229_10_5_4(front):
    old = front.get(EDITED)
    name = f"seen-after-{old.etag[1:9].lower()}".strip("-_")
    add_an_entry(front.origin, name)
    wait_for("the edit at the front", lambda: name in front.get(EDITED).body.decode())
    new = front.get(EDITED)
    deltas = [front.get(EDITED, A_IM="feed", If_None_Match=old.etag) for _ in range(2)]
    after = front.get(EDITED)

    for delta in deltas:
        assert (delta.status, delta.headers["im"]) == (226, "feed")
        assert delta.etag == new.etag
        assert "no-store" in delta.headers["cache-control"]
        assert name in delta.body.decode()
        assert len(delta.body) < len(new.body)
    assert (after.status, after.body) == (200, new.body)


def test_a_delta_client_that_is_up_to_date_gets_304__rfc3229_10_5_3(front):
    etag = front.get(LASTING).etag
    assert front.get(LASTING, A_IM="feed", If_None_Match=etag).status == 304


def test_a_im_without_an_etag_is_a_plain_request__rfc3229_10_5_3(front):
    front.get(LASTING)
    answer = front.get(LASTING, A_IM="feed")
    assert (answer.status, answer.cache) == (200, "HIT")


@pytest.mark.parametrize("lasting_front", ["varnish"], indirect=True)
def test_varnish_answers_delta_clients_that_are_up_to_date(front):
    etag = front.get(LASTING).etag
    front.tap.seen.clear()
    polls = [front.get(LASTING, A_IM="feed", If_None_Match=etag).status for _ in range(50)]
    assert polls == [304] * 50
    assert not front.tap.seen


@pytest.mark.parametrize("lasting_front", ["varnish"], indirect=True)
def test_varnish_says_how_old_its_copy_is__rfc9111_5_1(front):
    front.get(LASTING)
    assert int(front.get(LASTING).headers["age"]) >= 0


def test_a_redirect_and_a_gone_section_pass(front):
    moved, gone = front.get("/press-releases/"), front.get("/tenders/")
    assert moved.status == 301
    assert moved.headers["location"] == f"http://127.0.0.1:{front.port}/news/"
    assert gone.status == 410
