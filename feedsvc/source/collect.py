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

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import msgspec

from feedsvc import __version__
from feedsvc.errors import Problem, SourceError
from feedsvc.model import Entry, Site
from feedsvc.source.answers import Answers
from feedsvc.source.bounds import bounded
from feedsvc.source.entries import VERSION, Parsed, parse
from feedsvc.source.folders import nothing_there, strangers
from feedsvc.source.records import FileRecord, dump, load, named
from feedsvc.source.settle import Claims, adopt, duplicate_id, settle, taken_down
from feedsvc.source.tree import SourceFile, Tree

__all__ = ["FileRecord", "Gathered", "Gathering", "Read", "dump", "gather", "given", "load"]

Read = Callable[[SourceFile], bytes]
"""Gives a file's bytes; raises OSError or SourceError where that cannot be."""


Parse = Callable[[Iterable[tuple[SourceFile, bytes]]], Iterator[Parsed]]
"""Reads entry files, in order."""


Rested = Callable[[SourceFile, FileRecord, FileRecord | None], FileRecord]
"""What a file gives, new and old, to what it is taken to give if it may be half written."""


def _at_rest(_file: SourceFile, new: FileRecord, _old: FileRecord | None) -> FileRecord:
    return new


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What the source gives at present.

    ``records``, by path, are for the next time, as ``previous`` were for this one; those that are
    ``counting`` belong to a section.
    """

    counting: tuple[FileRecord, ...]
    problems: tuple[Problem, ...]
    records: dict[str, FileRecord]
    previous: Mapping[str, FileRecord]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry that may be published."""
        return tuple(entry for record in self.counting for entry in record.entries)

    @property
    def kept(self) -> tuple[str, ...]:
        """The ids of entries that are not as their file says, but as it said when it was right."""
        return tuple(sorted(name for record in self.counting for name in record.kept))

    @property
    def changed(self) -> frozenset[str]:
        """The paths that were read with other bytes, give other entries or are gone."""
        return frozenset(
            path
            for path in self.records.keys() | self.previous.keys()
            if _differ(self.records.get(path), self.previous.get(path))
        )

    @property
    def count(self) -> int:
        """How many entries there are."""
        return sum(len(record.entries) for record in self.counting)


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

    def gather(  # noqa: PLR0913 - what it reads, and how
        self,
        site: Site,
        tree: Tree,
        previous: Mapping[str, FileRecord],
        read: Read,
        parse: Parse | None = None,
        *,
        rested: Rested = _at_rest,
    ) -> Gathered:
        """Read what changed since ``previous`` and bring everything together.

        Raises nothing but what ``parse`` does, which is what reads the files that are new.
        """
        previous = dict(sorted(previous.items()))
        sections = [section.name for section in site.sections]
        if not tree.files and any(record.entries for record in previous.values()):
            return _summed_up(previous, previous, sections, nothing_there(tree, previous))
        files = _Files(site, previous, read, parse or partial(_parse, site), rested)
        paths = {file.path for file in tree.files}
        known = {path: record for path, record in previous.items() if record.section in sections}
        current = [
            *files.records(file for file in tree.files if file.section in sections),
            *(_kept_whole(known[p]) for p in _below(tree.blocked, known) if p not in paths),
        ]
        settled = adopt(current, known.values())
        disputes: list[Problem] = []
        if self._claims.contested(settled):
            settled, disputes = settle(settled, known)
        # A section that comes back to the config finds what its files last gave.
        shelved = (previous[path] for path in previous.keys() & paths - known.keys())
        records = {record.path: record for record in (*settled, *shelved)}
        unanswered = self._answers.missing(site, settled)
        problems = (*tree.problems, *strangers(tree.files, sections), *disputes, *unanswered)
        return _summed_up(records, previous, sections, problems)


class _Files:
    """Single files: from what they hold and what they gave before to what they give."""

    def __init__(
        self,
        site: Site,
        previous: Mapping[str, FileRecord],
        read: Read,
        parse: Parse,
        rested: Rested,
    ) -> None:
        self.previous = previous
        self.read = read
        self.parse = parse
        self.rested = rested
        self.context = _context(site)

    def records(self, files: Iterable[SourceFile]) -> Iterator[FileRecord]:
        """What the files give, in no order."""
        new: deque[tuple[SourceFile, str]] = deque()

        def unread() -> Iterator[tuple[SourceFile, bytes]]:
            for file in files:
                found = self.record(file)
                if isinstance(found, FileRecord):
                    done.append(found)
                else:
                    new.append((file, self.digest(found)))
                    yield file, found

        done: list[FileRecord] = []
        for parsed in self.parse(unread()):
            file, digest = new.popleft()
            old = self.previous.get(file.path)
            yield self.rested(file, _merged(file, digest, parsed, old), old)
        yield from done

    def record(self, file: SourceFile) -> FileRecord | bytes:
        """What the file gives, or its bytes where they are new. It is read where its stamp is."""
        old = self.previous.get(file.path)
        known = old is not None and not old.again
        if old and known and old.stamp == file.stamp and old.digest.startswith(self.context):
            return old
        try:
            data = self.read(file)
        except SourceError as error:
            return _unread(file, old, error.problems)
        except OSError as error:
            return _unread(file, old, [_unreadable(file, error)])
        if old and known and old.digest == self.digest(data):
            return msgspec.structs.replace(old, stamp=file.stamp)
        return data

    def digest(self, data: bytes) -> str:
        """The name of a file's bytes, and of all else that its reading depends on."""
        return f"{self.context}:{hashlib.sha256(data).hexdigest()}"


def _parse(site: Site, files: Iterable[tuple[SourceFile, bytes]]) -> Iterator[Parsed]:
    return (parse(file.path, file.section, data, site) for file, data in files)


def _context(site: Site) -> str:
    """A digest of all that the reading of a file depends on, besides its bytes and its path."""
    names = [section.name for section in site.sections]
    parts = [VERSION, __version__, site.tag, site.timezone, site.base_url, names]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]


def _merged(file: SourceFile, digest: str, parsed: Parsed, old: FileRecord | None) -> FileRecord:
    """What the file says now, and in its gaps what it said when it was last right."""
    last = {entry.id: entry for entry in old.entries} if old else {}
    fresh, places, doubles = _unique(file.path, parsed, last)
    everything = parsed.unidentified or not parsed.readable
    kept = [i for i in sorted(last) if i not in fresh and (everything or i in parsed.held)]
    # Read again, unchanged: what has moved elsewhere meanwhile is still no more of this file.
    known = old.held if old and old.digest == digest else parsed.held
    held = {name: takedown for name, takedown in parsed.held.items() if name in known}
    return FileRecord(
        path=file.path,
        section=file.section,
        stamp=file.stamp,
        digest=digest,
        entries=(*fresh.values(), *(taken_down(last[i], parsed.held.get(i)) for i in kept)),
        places=places,
        kept=tuple(kept),
        held=held,
        problems=bounded(file.path, (*parsed.problems, *doubles)),
        links=parsed.links,
    )


def _unique(
    file: str, parsed: Parsed, last: Mapping[str, Entry]
) -> tuple[dict[str, Entry], dict[str, tuple[int, int]], list[Problem]]:
    """Entries by id. Of several with one id the one that was there before stays, or the first."""
    claims: dict[str, list[tuple[Entry, tuple[int, int]]]] = {}
    for claim in zip(parsed.entries, parsed.places, strict=True):
        claims.setdefault(claim[0].id, []).append(claim)
    winners = {name: several[0] for name, several in claims.items()}
    problems: list[Problem] = []
    for name, several in claims.items():
        if len(several) > 1:
            before = (claim for claim in several if claim[0] == last.get(name))
            winner = winners[name] = next(before, several[0])
            line, column = winner[1]
            others = (place for _, place in several if place != winner[1])
            other = f"{file}:{line}:{column}"
            problems.extend(duplicate_id(file, place, name, other) for place in others)
    # What reads the same is the same: so nobody need compare the texts again.
    entries = {
        name: last[name] if last.get(name) == entry else entry
        for name, (entry, _) in winners.items()
    }
    return entries, {name: place for name, (_, place) in winners.items()}, problems


def _unread(file: SourceFile, old: FileRecord | None, problems: Iterable[Problem]) -> FileRecord:
    """A file that cannot be read keeps what it gave, and is tried again next time."""
    old = old or FileRecord(path=file.path, section=file.section, stamp=file.stamp, digest="")
    return _kept_whole(old, tuple(problems))


def _kept_whole(old: FileRecord, problems: tuple[Problem, ...] = ()) -> FileRecord:
    return msgspec.structs.replace(
        old,
        digest="",
        places={},
        kept=tuple(sorted(entry.id for entry in old.entries)),
        problems=problems,
        links=(),
        again=True,
    )


def _below(blocked: Iterable[str], paths: Iterable[str]) -> list[str]:
    """The paths of files that are refused now, or behind a folder that is."""
    return [
        path
        for path in paths
        if any(path == block or path.startswith(f"{block}/") for block in blocked)
    ]


def _unreadable(file: SourceFile, error: OSError) -> Problem:
    fix = "allow the builder to read it"
    return Problem(file.path, 0, 0, "file", f"'{error.strerror}'", "a file that can be read", fix)


def _summed_up(
    records: Mapping[str, FileRecord],
    previous: Mapping[str, FileRecord],
    sections: Iterable[str],
    problems: Iterable[Problem],
) -> Gathered:
    records = {path: named(record) for path, record in sorted(records.items())}
    counting = [record for record in records.values() if record.section in sections]
    return Gathered(
        counting=tuple(counting),
        problems=tuple(sorted({*problems, *(p for record in counting for p in record.problems)})),
        records=records,
        previous=previous,
    )


def _differ(new: FileRecord | None, old: FileRecord | None) -> bool:
    if new is old:
        return False
    return not new or not old or new.digest != old.digest or new.entries != old.entries
