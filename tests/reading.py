"""Entry files in a few words, for the tests of ``source``."""

from collections.abc import Iterable, Mapping

from feedsvc.errors import Problem
from feedsvc.model import Entry, Site
from feedsvc.source import collect, entries
from feedsvc.source.tree import SourceFile, Tree
from tests.factory import site

FILE = "feeds/news/a.yaml"
SITE = site()
GOOD = "published: 2024-07-19, title: T"


def lines(problems: Iterable[Problem]) -> list[str]:
    """Problems as commands print them, without the name of the only file."""
    return [str(problem).removeprefix(f"{FILE}:") for problem in problems]


def parse(text: str | bytes, on: Site = SITE) -> entries.Parsed:
    data = text if isinstance(text, bytes) else text.encode()
    return entries.parse(FILE, "news", data, on)


def entry(keys: str, on: Site = SITE) -> Entry:
    """The one good entry of a file with an id, a date, a title and the further keys."""
    parsed = parse(f"id: x\npublished: 2024-07-19\ntitle: T\n{keys}", on)
    assert [p for p in parsed.problems if p.severity == "error"] == []
    return parsed.entries[0]


def complaints(keys: str, on: Site = SITE) -> list[str]:
    """What is said of an entry that begins, in lines 1 to 3, with an id, a date and a title."""
    return lines(parse(f"id: x\npublished: 2024-07-19\ntitle: T\n{keys}", on).problems)


class Source:
    """Files in memory, and the memory of what they gave: edits and gathers in turn."""

    def __init__(self, on: Site = SITE) -> None:
        self.site = on
        self.files: dict[str, bytes | Exception] = {}
        self.records: Mapping[str, collect.FileRecord] = {}
        self.blocked: tuple[str, ...] = ()
        self.reads: list[str] = []
        self.edits = 0
        self.stamps: dict[str, int] = {}

    def write(self, path: str, text: str | bytes | Exception) -> None:
        self.edits += 1
        self.stamps[path] = self.edits
        self.files[path] = text.encode() if isinstance(text, str) else text

    def remove(self, path: str) -> None:
        del self.files[path]

    def read(self, file: SourceFile) -> bytes:
        self.reads.append(file.path)
        data = self.files[file.path]
        if isinstance(data, Exception):
            raise data
        return data

    def tree(self) -> Tree:
        files = (
            SourceFile(path, path.split("/")[1], path, (0, self.stamps[path], 0, 0))
            for path in sorted(self.files)
        )
        return Tree(tuple(files), blocked=self.blocked)

    def gather(self) -> collect.Gathered:
        self.reads = []
        gathered = collect.gather(self.site, self.tree(), self.records, self.read)
        self.records = gathered.records
        return gathered


def shown(gathered: collect.Gathered) -> dict[str, str]:
    """The titles of all entries by id."""
    return {found.id: found.title for found in gathered.entries}
