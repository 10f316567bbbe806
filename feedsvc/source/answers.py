"""Which links within the site nobody answers, kept from one look to the next.

In: the records of all files. Out: a warning for each dead link, the same whatever was looked at
before. Only links of files that changed are looked at again, those that lead to pages which came,
went or changed, and those that are dead already. It must not know how texts are read, or the time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from feedsvc.errors import Problem
from feedsvc.model import Entry, Site
from feedsvc.source.links import Link, Pages, page_key
from feedsvc.source.moves import address
from feedsvc.source.records import FileRecord


class Answers:
    """The pages of a site, and who links to them."""

    def __init__(self) -> None:
        self._site: Site | None = None
        self._forget()

    def _forget(self) -> None:
        self._files: dict[str, FileRecord] = {}
        self._pages: dict[str, Entry] = {}
        self._linking: dict[str, set[str]] = defaultdict(set)
        self._dead: dict[str, list[Problem]] = {}

    def missing(self, site: Site, records: Sequence[FileRecord]) -> list[Problem]:
        """A warning for each link that nothing answers."""
        if site != self._site:  # other sections, other redirects
            self._site = site
            self._forget()
        paths = {record.path for record in records}
        return self._told(site, self._look(records, self._files.keys() - paths))

    def missing_now(self, site: Site, records: Sequence[FileRecord]) -> list[Problem]:
        """The same, where all other files are as they were for this site."""
        return self._told(site, self._look(records, ()))

    def _told(self, site: Site, due: set[str]) -> list[Problem]:
        pages = Pages(site, self._pages)
        for path in due & self._files.keys():
            problems = list(_dead(self._files[path], pages))
            self._dead.pop(path, None)
            if problems:
                self._dead[path] = problems
        return [problem for problems in self._dead.values() for problem in problems]

    def _look(self, records: Iterable[FileRecord], lost: Iterable[str]) -> set[str]:
        """Take in what changed; the files whose links must be looked at again."""
        gone = [self._files.pop(path) for path in lost]
        new = [record for record in records if self._files.get(record.path) is not record]
        before = [
            *gone,
            *(self._files[record.path] for record in new if record.path in self._files),
        ]
        touched = self._move(before, new)
        for record in before:
            self._dead.pop(record.path, None)
            for place in _places(record.links):
                self._linking[place].discard(record.path)
        for record in new:
            self._files[record.path] = record
            for place in _places(record.links):
                self._linking[place].add(record.path)
        due = {record.path for record in new}
        if touched:
            due |= self._dead.keys()
        return due.union(*(self._linking.get(place, ()) for place in touched))

    def _move(self, before: Iterable[FileRecord], after: Iterable[FileRecord]) -> set[str]:
        """Replace entries; the places at which something else stands now."""
        new = dict(_standing(after))
        if not self._pages:
            self._pages = new
            return set()  # every file is new: all links are looked at
        old = dict(_standing(before))
        for place in old.keys() - new.keys():
            # Another file may have it by now.
            if self._pages.get(place) is old[place]:
                del self._pages[place]
        self._pages |= new
        return {
            place
            for place in {**old, **new}
            if _answers(old.get(place)) != _answers(self._pages.get(place))
        }


def _standing(records: Iterable[FileRecord]) -> Iterator[tuple[str, Entry]]:
    return ((page_key(e.section, e.slug), e) for record in records for e in record.entries)


def _answers(entry: Entry | None) -> tuple[bool, bool, bool]:
    """What a link to it depends on."""
    return (entry is not None, bool(entry and entry.draft), bool(entry and entry.withdrawn))


def _places(links: Iterable[Link]) -> Iterator[str]:
    """Every place that a link may mean."""
    for link in links:
        for path in dict.fromkeys((link.path, address(unquote(link.path)))):
            yield path[1:]


def _dead(record: FileRecord, pages: Pages) -> Iterator[Problem]:
    for link in record.links:
        if fix := pages.fix(link.path):
            expected = "a link to a page that is there"
            place = (record.path, link.line, link.column, link.field)
            yield Problem(*place, repr(link.typed), expected, fix, "warning")
