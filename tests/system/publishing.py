"""A served site with a tap before it, and the edits that the tests make to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.system.servers import SampleSite, Server, free_port, serving, wait_for
from tests.system.wire import Answer, Tap, tapped

FEED = "/news/atom.xml"
FILE = "news/2026.yaml"
OLD, NEW = "Shad are back in the Velm", "Shad return to the Velm"
FRESH = "id: quay-wall\npublished: 2026-11-01 12:00\ntitle: The quay wall stands\nlead: It does.\n"


@dataclass
class Published:
    """A served site and the address, behind the tap, to which readers subscribe."""

    server: Server
    tap: Tap

    @property
    def site(self) -> SampleSite:
        return self.server.site

    def url(self, path: str = FEED) -> str:
        return self.tap.url + path

    def statuses(self, path: str = FEED) -> list[int]:
        return [request.status for request in self.tap.asked(path)]

    def wait_until(self, text: str, path: str = FEED) -> Answer:
        """Wait until the document says so; readers are not involved."""

        def look() -> Answer | None:
            answer = self.server.get(path)
            return answer if text in answer.body.decode() else None

        return wait_for(f"{text!r} in {path}", look)

    def edit(self, path: str = FEED) -> None:
        """Change the words of one title, and wait until that is public."""
        self.site.edit(FILE, OLD, NEW)
        self.wait_until(NEW, path)

    def add(self, path: str = FEED) -> None:
        """Publish one more entry, and wait until it is public."""
        self.site.write("news/quay.yaml", FRESH)
        self.wait_until("quay wall", path)


@contextmanager
def publishing(site: SampleSite) -> Iterator[Published]:
    port, behind = free_port(), free_port()
    base_url = f"http://127.0.0.1:{port}"
    with serving(site, base_url=base_url, port=behind) as server, tapped(port, behind) as tap:
        yield Published(server, tap)
