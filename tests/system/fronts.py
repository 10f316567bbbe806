"""The caching fronts of config/, started between a tap and the test that asks them."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import brotli

from tests.system import servers
from tests.system.servers import Server, free_port, wait_for
from tests.system.wire import Answer, Tap, ask, tapped

# Each section of the test's site has a life of its own.
LASTING = "/interviews/rss.xml"  # fresh for the whole test
STANDING_IN = "/news/atom.xml"  # fresh for a second, then may stand in for an hour
BRIEF = "/speeches/atom.xml"  # fresh for a second, then must be asked for
EDITED = "/media/atom.xml"  # like BRIEF; tests write into this section

FRONTS = {"nginx": servers.nginx, "varnish": servers.varnish}
STALE = {"STALE", "UPDATING"}
CODINGS = {"identity": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


def lifetimes(config: dict) -> None:
    """Lives short enough to be watched."""
    sections = config["sections"]
    day = {"stale_if_error": "1d"}
    sections["interviews"]["caching"] = {"max_age": "1h", **day}
    sections["news"]["caching"] = {"max_age": "1s", "stale_while_revalidate": "1h", **day}
    for name in ("speeches", "media"):
        sections[name]["caching"] = {"max_age": "1s", "stale_while_revalidate": "0s", **day}


@dataclass
class Front:
    """A front, and the tap through which it reaches the server."""

    port: int
    tap: Tap
    origin: Server

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(f"http://127.0.0.1:{self.port}{path}", method, named)

    def fresh(self, path: str, **headers: str) -> Answer:
        """An answer that does not stand in for another."""
        return wait_for("a fresh answer", lambda: self._unless_stale(self.get(path, **headers)))

    @staticmethod
    def _unless_stale(answer: Answer) -> Answer | None:
        return None if answer.cache in STALE else answer


@contextmanager
def fronted(name: str, directory: Path, port: int, origin: Server) -> Iterator[Front]:
    with tapped(free_port(), origin.port) as tap, FRONTS[name](directory, port, tap.port):
        yield Front(port, tap, origin)


def until_expired(answer: Answer) -> None:
    """Wait out a freshness lifetime, the one thing that polling would disturb.

    nginx counts in whole seconds: its answers live for up to one second more.
    """
    time.sleep(answer.max_age + 1.1)
