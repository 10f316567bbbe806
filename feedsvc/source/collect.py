"""All entry files together, keeping what was good: nothing public goes by a slip in YAML.

In: the site, a ``Tree``, what every file gave last time, and a way to read a file. Out: every entry
that may be published, every problem, and what to hand in next time. Pure but for ``read``, and the
same for every order of files; it must not know the time or what becomes of the entries.

An entry goes when it is deleted from a file that parses, or with its file; by ``draft``,
``expires`` or ``withdrawn`` (also where something else in it is wrong); or with its section in
``config/site.yaml``. Otherwise it stays as it last was:
- a bad entry whose id can be read is replaced by its last good state;
- where an id cannot be read, all that the file gave before stays;
- a file that does not parse, cannot be read or is refused keeps everything;
- an entry that left one file and is bad in another, or named in one that does not parse, has moved
  there and stays;
- no entry file at all looks like a disk that is not mounted: everything stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

import msgspec

from feedsvc.errors import Problem
from feedsvc.model import Entry, Site
from feedsvc.source.answers import Answers
from feedsvc.source.files import Files, Parse, Read, Rested, at_rest, kept_whole
from feedsvc.source.folders import nothing_there, strangers
from feedsvc.source.records import FileRecord, dump, load, named
from feedsvc.source.settle import Claims, adopt, settle
from feedsvc.source.tree import SourceFile, Tree

__all__ = ["FileRecord", "Gathered", "Gathering", "Read", "dump", "gather", "given", "load"]


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What the source gives at present.

    ``files`` are the entries of each file that counts, by path: those that belong to a section.
    ``records``, by path, are for the next time, as ``previous`` were for this one; ``touched`` are
    the paths at which they differ, None where nobody looked. ``essence`` names all entries.
    """

    files: dict[str, tuple[Entry, ...]]
    problems: tuple[Problem, ...]
    records: dict[str, FileRecord]
    previous: Mapping[str, FileRecord]
    count: int
    essence: int
    touched: tuple[str, ...] | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry that may be published."""
        return tuple(entry for entries in self.files.values() for entry in entries)

    @property
    def kept(self) -> tuple[str, ...]:
        """The ids of entries that are not as their file says, but as it said when it was right."""
        return tuple(sorted(name for path in self.files for name in self.records[path].kept))

    @property
    def changed(self) -> frozenset[str]:
        """The paths that were read with other bytes, give other entries or are gone."""
        return frozenset(
            path
            for path in self.records.keys() | self.previous.keys()
            if _differ(self.records.get(path), self.previous.get(path))
        )


class _Last(msgspec.Struct, frozen=True):
    """What a look leaves for the next one, where nothing was disputed.

    ``elsewhere`` are problems of no file that counts; ``noisy`` are those of files.
    """

    site: Site
    gathered: Gathered
    elsewhere: tuple[Problem, ...]
    noisy: dict[str, tuple[Problem, ...]]


def given(site: Site, records: Mapping[str, FileRecord]) -> dict[str, tuple[Entry, ...]]:
    """The entries of each file that counts, by path."""
    names = {section.name for section in site.sections}
    return {path: record.entries for path, record in records.items() if record.section in names}


def gather(site: Site, tree: Tree, previous: Mapping[str, FileRecord], read: Read) -> Gathered:
    """Read what changed since ``previous`` and bring everything together. Never raises."""
    return Gathering().gather(site, tree, previous, read)


class Gathering:
    """Reads the source again and again; what it remembers spares work and changes nothing."""

    def __init__(self) -> None:
        self._claims = Claims()
        self._answers = Answers()
        self._last: _Last | None = None

    def gather(  # noqa: PLR0913 - what it reads, and how
        self,
        site: Site,
        tree: Tree,
        previous: Mapping[str, FileRecord],
        read: Read,
        parse: Parse | None = None,
        *,
        rested: Rested = at_rest,
    ) -> Gathered:
        """Read what changed since ``previous`` and bring everything together.

        Raises nothing but what ``parse`` does, which is what reads the files that are new.
        """
        self._last = None
        previous = dict(sorted(previous.items()))
        sections = [section.name for section in site.sections]
        if not tree.files and any(record.entries for record in previous.values()):
            return _summed_up(previous, previous, sections, nothing_there(tree, previous))
        files = Files(site, previous, read, parse, rested)
        paths = {file.path for file in tree.files}
        known = {path: record for path, record in previous.items() if record.section in sections}
        current = [
            *files.records(file for file in tree.files if file.section in sections),
            *(kept_whole(known[p]) for p in _below(tree.blocked, known) if p not in paths),
        ]
        settled = adopt(current, known.values())
        disputes: list[Problem] = []
        if contested := self._claims.contested(settled):
            settled, disputes = settle(settled, known)
        # A section that comes back to the config finds what its files last gave.
        shelved = (previous[path] for path in previous.keys() & paths - known.keys())
        records = {record.path: record for record in (*settled, *shelved)}
        unanswered = self._answers.missing(site, settled)
        elsewhere = (*tree.problems, *strangers(tree.files, sections))
        gathered = _summed_up(records, previous, sections, (*elsewhere, *disputes, *unanswered))
        if not contested and not any(map(_restless, settled)):
            noisy = {record.path: record.problems for record in settled if record.problems}
            self._last = _Last(site, gathered, elsewhere, noisy)
        return gathered

    def again(  # noqa: PLR0913 - what it reads, and how
        self,
        site: Site,
        told: Iterable[SourceFile],
        previous: Mapping[str, FileRecord],
        read: Read,
        parse: Parse | None = None,
        *,
        rested: Rested = at_rest,
    ) -> Gathered | None:
        """The same, where only these files can have changed since ``previous`` was gathered.

        None where that is not enough: then gather. The work depends on these files alone.
        """
        last, self._last = self._last, None
        if last is None or last.gathered.records is not previous or last.site != site:
            return None
        sections = {section.name for section in site.sections}
        files = Files(site, previous, read, parse, rested)
        found = files.records(file for file in told if file.section in sections)
        new = [named(record) for record in found if record is not previous.get(record.path)]
        if any(_restless(record) or record.path not in last.gathered.files for record in new):
            return None
        if self._claims.contested_now(new):
            return None
        unanswered = self._answers.missing_now(site, new)
        noisy = last.noisy | {record.path: record.problems for record in new}
        problems = {*last.elsewhere, *unanswered, *chain.from_iterable(noisy.values())}
        before = [last.gathered.records[record.path] for record in new]
        gathered = Gathered(
            files=last.gathered.files | {record.path: record.entries for record in new},
            problems=tuple(sorted(problems)),
            records=last.gathered.records | {record.path: record for record in new},
            previous=previous,
            count=last.gathered.count + _count(new) - _count(before),
            essence=last.gathered.essence + _essence(new) - _essence(before),
            touched=tuple(record.path for record in new),
        )
        self._last = _Last(site, gathered, last.elsewhere, noisy)
        return gathered


def _below(blocked: Iterable[str], paths: Iterable[str]) -> list[str]:
    """The paths of files that are refused now, or behind a folder that is."""
    return [
        path
        for path in paths
        if any(path == block or path.startswith(f"{block}/") for block in blocked)
    ]


def _summed_up(
    records: Mapping[str, FileRecord],
    previous: Mapping[str, FileRecord],
    sections: Iterable[str],
    problems: Iterable[Problem],
) -> Gathered:
    records = {path: named(record) for path, record in sorted(records.items())}
    counting = [record for record in records.values() if record.section in sections]
    return Gathered(
        files={record.path: record.entries for record in counting},
        problems=tuple(sorted({*problems, *(p for record in counting for p in record.problems)})),
        records=records,
        previous=previous,
        count=_count(counting),
        essence=_essence(records.values()),
    )


def _count(records: Iterable[FileRecord]) -> int:
    return sum(len(record.entries) for record in records)


def _essence(records: Iterable[FileRecord]) -> int:
    """The name of all that these records give, whatever file it is in."""
    return sum(int(record.essence or "0", 16) for record in records)


def _restless(record: FileRecord) -> bool:
    """Whether what a file gives may hang on others, or must be looked at each time."""
    return bool(record.held) or record.again


def _differ(new: FileRecord | None, old: FileRecord | None) -> bool:
    if new is old:
        return False
    return not new or not old or new.digest != old.digest or new.entries != old.entries
