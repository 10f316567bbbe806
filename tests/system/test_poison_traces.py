"""What a stranger leaves behind: in logs nothing that a terminal obeys, in metrics no new label.

And what aggregators say of their subscribers is counted, without trusting the text.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import string
import subprocess
import sys
import unicodedata
from typing import NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.system.raw import exchange, send
from tests.system.servers import copy_sample_site, serving, wait_for

pytestmark = pytest.mark.system

CANARY = "canary-7f3a"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    site = copy_sample_site(tmp_path_factory.mktemp("traces") / "site")
    with serving(site) as running_server:
        yield running_server


HOSTILE = {
    "newline": b'\r\n{"event": "forged"}',
    "ansi": b"\x1b[31m\x1b]0;title\x07",
    "c1-control": b"\xc2\x9b31m",
    "c1-octet": b"\x9b31m",
    "nul": b"\x00",
    "delete": b"\x7f",
    "line-separator": b"\xe2\x80\xa8",
    "bidi": b"\xe2\x80\xaegnp",
    "not-utf-8": b"\xff\xfe",
}


def test_logs_hold_nothing_that_a_terminal_would_obey(server):
    """In the path, in the query, in fields and in the request line: as octets and escaped."""
    for octets in HOSTILE.values():
        escaped = "".join(f"%{octet:02x}" for octet in octets).encode()
        for line in (b"GET /%b HTTP/1.1", b"GET /news/atom.xml?%b HTTP/1.1", b"%b / HTTP/1.1"):
            for hostile in (octets, escaped):
                request = line % (hostile + CANARY.encode())
                send(server.port, request + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        for name in (b"User-Agent", b"Host", b"Referer", b"X-%b" % octets):
            field = b"%b: %b 5 subscribers %b" % (name, octets, CANARY.encode())
            rest = b"" if name == b"Host" else b"Host: localhost\r\n"
            head = b"GET /news/atom.xml HTTP/1.1\r\nConnection: close\r\n"
            send(server.port, head + rest + field + b"\r\n\r\n")
    assert_harmless(server.program.log.read_bytes())
    assert CANARY.encode() not in exchange(server.port, "/news/atom.xml").received


def assert_harmless(log: bytes) -> None:
    text = log.decode("utf-8")
    control = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"}}
    assert control <= {"\n"}, sorted(map(hex, map(ord, control)))
    assert "Traceback" not in text
    for line in text.splitlines():
        if line.startswith("{"):
            assert json.loads(line)["event"] != "forged"
        else:
            assert line.startswith(("Serving http", "Status  http"))


SAYS = """
import sys
import structlog
from feedsvc import log
log.configure(stream_is_terminal=False)
for said in sys.stdin.buffer.read().split(b"|"):
    text = said.decode("utf-8", "surrogateescape")
    structlog.get_logger("test").warning("something " + text, path=text, error=text)
"""


def test_a_log_line_is_one_line_whatever_it_is_about():
    """What went wrong may hold the text of a file, a path, another server's answer."""
    done = subprocess.run(
        [sys.executable, "-c", SAYS],
        input=b"|".join(HOSTILE.values()),
        capture_output=True,
        check=True,
        timeout=30,
    )
    assert_harmless(done.stderr)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    said = [octets.decode("utf-8", "surrogateescape") for octets in HOSTILE.values()]
    assert [line["path"] for line in lines] == said, "escaped, and nothing lost"


class Sample(NamedTuple):
    """One line of the metrics."""

    name: str
    labels: tuple[tuple[str, str], ...]


def metrics(server) -> dict[Sample, float]:
    return {
        Sample(sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(server.metrics())
        for sample in family.samples
    }


def answered(server) -> float:
    found = metrics(server)
    return sum(value for name, value in found.items() if name.name == "feedsvc_requests_total")


def subscribers(server) -> dict[tuple[str, str, str], float]:
    return {
        tuple(dict(sample.labels)[name] for name in ("aggregator", "section", "format")): value
        for sample, value in metrics(server).items()
        if sample.name == "feedsvc_subscribers"
    }


def test_a_thousand_strangers_make_no_new_label(server):
    """Any path, any User-Agent, any method: as many lines in the metrics as before."""
    rolls = random.Random(20261124)

    def word() -> str:
        return CANARY + "".join(rolls.choices(string.ascii_letters, k=rolls.randint(3, 30)))

    def request(number: int) -> tuple[str, str, str]:
        path = ("/news/rss.xml", f"/{word()}/rss.xml", f"/news/{word()}", f"/?{word()}")[number % 4]
        agent = (f"{word()}/1 ({number} subscribers)", f"Feedly-{word()} {number} subscribers")
        return rolls.choice(("GET", "HEAD", "OPTIONS", word())), path, rolls.choice(agent)

    def ask(asked: list[tuple[str, str, str]]) -> None:
        already = answered(server)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        for method, path, agent in asked:
            connection.request(method, path, headers={"User-Agent": agent})
            connection.getresponse().read()
        connection.close()
        # They are handed over once a second.
        wait_for("the count", lambda: answered(server) >= already + 0.99 * len(asked))

    ask([request(number) for number in range(100)])
    # What aggregators say is handed over a moment later than the count.
    wait_for("the claims", lambda: set(counted(server, "news", "rss")) >= {"Feedly", "other"})
    before = set(metrics(server))
    ask([request(number) for number in range(1000)])
    # Other metrics may begin meanwhile, but none that was there has grown a label.
    known = {sample.name for sample in before}
    assert {sample for sample in metrics(server) if sample.name in known} == before
    assert CANARY not in server.metrics().lower()
    assert {claim[0] for claim in subscribers(server)} <= {*AGGREGATORS, "other"}


#: As their operators document them, or as they stand in other people's logs.
AGGREGATORS = {
    "BazQux": "Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 11 subscribers)",
    "Bloglovin": "Bloglovin/1.0 (http://www.bloglovin.com; 12 subscribers)",
    "Feedbin": "Feedbin feed-id:1373711 - 13 subscribers",
    "Feedly": "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 14 subscribers; like FeedFetcher)",
    "FeedHQ": "FeedHQ/1.0 (+https://feedhq.org; 15 subscribers; https://github.com/feedhq/feedhq)",
    "Inoreader": "Mozilla/5.0 (compatible; Inoreader/1.0; +http://inoreader.com; 16 subscribers)",
    "Netvibes": "Netvibes (http://www.netvibes.com/; 17 subscribers; feedId: 9077135)",
    "NewsBlur": "NewsBlur Feed Fetcher - 18 subscribers - http://www.newsblur.com/site/1/x (Mac)",
    "The Old Reader": "Mozilla/5.0 (compatible; theoldreader.com; 19 subscribers; feed-id=53a9)",
    "G2Reader": "g2reader-bot/1.0 (+http://www.g2reader.com/; 20 subscribers)",
    "other": "HomeMade/0.1 (21 subscribers)",
}
#: These say nothing of subscribers: they are asked for by one person, or do not tell.
SILENT = (
    "Miniflux/2.2.1 (https://miniflux.app)",
    "FreshRSS/1.26.0 (Linux; https://freshrss.org)",
    "Tiny Tiny RSS/24.11 (https://tt-rss.org/)",
    "newsboat/2.36 (Linux 6.8.0; x86_64)",
    "NetNewsWire (RSS Reader; https://netnewswire.com/)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "",
)


def poll(server, path: str, *agents: str) -> None:
    for agent in agents:
        assert exchange(server.port, path, fields=(("User-Agent", agent),)).status == 200


def counted(server, section: str, form: str) -> dict[str, float]:
    found = subscribers(server)
    return {name: number for (name, *about), number in found.items() if about == [section, form]}


def test_what_aggregators_say_of_their_subscribers_is_counted(server):
    claims = {name: int(re.search(r"(\d+) sub", agent)[1]) for name, agent in AGGREGATORS.items()}
    poll(server, "/speeches/atom.xml", *AGGREGATORS.values(), *SILENT)
    wait_for("the claims", lambda: counted(server, "speeches", "atom") == claims)
    # The latest counts; another format and another section are other subscribers.
    poll(server, "/speeches/atom.xml", AGGREGATORS["Feedly"].replace("14", "22"))
    for path in ("/speeches/rss.xml", "/speeches/feed.json", "/speeches/"):
        poll(server, path, AGGREGATORS["Feedly"])
    wait_for("the claim", lambda: counted(server, "speeches", "json") == {"Feedly": 14})
    assert counted(server, "speeches", "atom") == claims | {"Feedly": 22}
    assert counted(server, "speeches", "rss") == {"Feedly": 14}
    assert {section for _, section, _ in subscribers(server)} <= {"news", "speeches", "media"}


BOASTS = (
    "Feedly/1.0 (999999999999999999999 subscribers)",
    f"Feedly/1.0 ({'9' * 200} subscribers)",
    "Feedly/1.0 (-5 subscribers)",
    "Feedly/1.0 (1.5 subscribers)",
    "Feedly/1.0 (1,234,567 subscribers)",
    "Feedly/1.0 (1e9 subscribers)",
    "Feedly/1.0 (0x7fffffff subscribers)",
    "Feedly/1.0 (inf subscribers)",
    "Feedly/1.0 (nan subscribers)",
    "Feedly/1.0 (٩٩٩ subscribers)",
    "Feedly/1.0 (９９９ subscribers)",
    "Feedly/1.0 (²³ subscribers)",
    "Feedly/1.0 (subscribers)",
    "Feedly/1.0 (many subscribers)",
    f"Feedly/1.0 {' ' * 3000}99 subscribers",
    f"Feedly/1.0 {'9 ' * 3000}99 subscribers",
)
HONEST = "BazQux/2.4 (3 subscribers)"


def test_boasts_about_subscribers_count_for_nothing(server):
    poll(server, "/media/atom.xml", "Feedly/1.0 (7 subscribers)", *BOASTS, HONEST)
    poll(server, "/media/rss.xml", "Feedly/1.0 (999999999999 subscribers)", HONEST)
    wait_for("the claims", lambda: "BazQux" in counted(server, "media", "rss"))
    assert counted(server, "media", "atom") == {"Feedly": 7, "BazQux": 3}
    # More than any feed has is counted as the most that one may claim.
    assert counted(server, "media", "rss") == {"Feedly": 10_000_000, "BazQux": 3}
