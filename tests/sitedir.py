"""A real site in a folder, for tests that go the whole road from YAML to the store."""

from pathlib import Path

from feedsvc.build import Builder, Outcome
from feedsvc.store import Store, locate
from tests.factory import instant

NOW = "2024-08-01 12:00"
CONFIG = """\
title: Office of Tides
base_url: https://news.example.org
tag: news.example.org,2024
timezone: Europe/Vienna
sections:
  news: {title: News}
  speeches: {title: Speeches}
"""


class SiteDir:
    """A site, its store and a builder that can be replaced by a new one."""

    def __init__(self, root: Path, config: str = CONFIG, store: str = "") -> None:
        self.root = root
        self.config(config)
        (root / "feeds" / "news").mkdir(parents=True, exist_ok=True)
        self.store = Store(store or locate("sqlite:///var/feedsvc.db", root))
        self.store.create()
        self.restart()

    def config(self, text: str) -> None:
        self.write("config/site.yaml", text)

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def entries(self, path: str, *entries: str) -> Path:
        """Write entries given as flow mappings, e.g. ``id: a, published: 2024-07-01, title: A``."""
        return self.write(path, "".join(f"- {{{entry}}}\n" for entry in entries))

    def restart(self) -> None:
        """A new builder that knows only what the store knows."""
        self.pauses: list[float] = []
        self.builder = Builder(self.root, self.store, pause=self.pauses.append)

    def build(self, at: str = NOW) -> Outcome:
        return self.builder.build(instant(at), "test")

    def body(self, path: str) -> bytes:
        found = self.found(path)
        assert found, f"nothing at {path}"
        return self.store.body(found.digest, "identity")

    def found(self, path: str):
        current = self.store.current()
        return self.store.document(path, current.id) if current else None

    def ids(self, path: str = "/news/rss.xml") -> list[str]:
        """The ids in a feed, in order."""
        parts = self.body(path).decode().split('<guid isPermaLink="false">')[1:]
        return [part.partition("</guid>")[0].rpartition(":")[2] for part in parts]

    def all(self) -> dict[str, tuple]:
        """Everything public: path to all that a client can see, bodies included."""
        current = self.store.current()
        documents = {path: self.found(path) for path in self.store.paths()}
        assert current
        return {
            path: (found, self.store.body(found.digest, "identity"))
            for path, found in documents.items()
            if found
        }
