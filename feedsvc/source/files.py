"""Single files: from what they hold, and what they gave before, to what they give.

In: the site, what every file gave last time, ways to read a file and to parse it. Out: a record for
each file, in which what is bad stands as it last was. It must not know what other files give, the
time, or what becomes of the entries.
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
from feedsvc.source.bounds import bounded
from feedsvc.source.entries import VERSION, Parsed, parse
from feedsvc.source.records import FileRecord, share
from feedsvc.source.settle import duplicate_id, taken_down
from feedsvc.source.tree import SourceFile, proves

Read = Callable[[SourceFile], bytes]
"""Gives a file's bytes; raises OSError or SourceError where that cannot be."""

Parse = Callable[[Iterable[tuple[SourceFile, bytes]]], Iterator[Parsed]]
"""Reads entry files, in order."""

Rested = Callable[[SourceFile, FileRecord, FileRecord | None], FileRecord]
"""What a file gives, new and old, to what it is taken to give if it may be half written."""


def at_rest(_file: SourceFile, new: FileRecord, _old: FileRecord | None) -> FileRecord:
    """Every file counts as finished."""
    return new


class Files:
    """Single files: from what they hold and what they gave before to what they give."""

    def __init__(
        self,
        site: Site,
        previous: Mapping[str, FileRecord],
        read: Read,
        parse: Parse | None,
        rested: Rested,
    ) -> None:
        self.previous = previous
        self.read = read
        self.parse = parse or partial(_parse, site)
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
            share(parsed.entries)
            file, digest = new.popleft()
            old = self.previous.get(file.path)
            yield self.rested(file, _merged(file, digest, parsed, old), old)
        yield from done

    def record(self, file: SourceFile) -> FileRecord | bytes:
        """What the file gives, or its bytes where they are new. It is read where its stamp is."""
        old = self.previous.get(file.path)
        known = old is not None and not old.again
        same = old is not None and old.stamp == file.stamp
        if old and known and same and proves(file.stamp) and old.digest.startswith(self.context):
            return old
        try:
            data = self.read(file)
        except SourceError as error:
            return _unread(file, old, error.problems)
        except OSError as error:
            return _unread(file, old, [_unreadable(file, error)])
        if old and known and old.digest == self.digest(data):
            return old if same else msgspec.structs.replace(old, stamp=file.stamp)
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
    entries = (*fresh.values(), *(taken_down(last[i], parsed.held.get(i)) for i in kept))
    return FileRecord(
        path=file.path,
        section=file.section,
        stamp=file.stamp,
        digest=digest,
        entries=entries,
        places=places,
        kept=tuple(kept),
        held=held,
        problems=bounded(file.path, (*parsed.problems, *doubles)),
        links=parsed.links,
        essence=parsed.essence if entries == parsed.entries else "",
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
    return kept_whole(old, tuple(problems))


def kept_whole(old: FileRecord, problems: tuple[Problem, ...] = ()) -> FileRecord:
    """The record of a file of which nothing is known now: it gives what it gave."""
    return msgspec.structs.replace(
        old,
        digest="",
        places={},
        kept=tuple(sorted(entry.id for entry in old.entries)),
        problems=problems,
        links=(),
        again=True,
    )


def _unreadable(file: SourceFile, error: OSError) -> Problem:
    fix = "allow the builder to read it"
    return Problem(file.path, 0, 0, "file", f"'{error.strerror}'", "a file that can be read", fix)
