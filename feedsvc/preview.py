"""The preview: what the site would show, rendered from the source as it is now and kept nowhere.

In: a site's folder, the address at which it is looked at, an instant. Out: documents with drafts
and embargoed entries, or just what will be public at some instant; what is not public yet, and
every problem. Reads files and writes nothing: it knows no store, no request and no clock.

An entry that has a problem stays as it was when it was last right, as far as this preview has seen
it so; archives are left out, for they hold what was published and not what will be.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from feedsvc import config
from feedsvc.agenda import Coming, coming
from feedsvc.archives import Page, Tombstone
from feedsvc.errors import ConfigError, Problem
from feedsvc.model import Entry, Site
from feedsvc.plan import everyone
from feedsvc.register import Register, Shelf
from feedsvc.render.catalogue import Catalogue, Recipe
from feedsvc.render.urls import page_path
from feedsvc.snapshot import Document, digest
from feedsvc.source import collect, tree
from feedsvc.source.rest import Rest

#: How many proofs are kept: a person looks at few instants at a time.
_KEPT = 6


class Mark(msgspec.Struct, frozen=True):
    """An entry that is not public as it stands: ``until`` an embargo's end, None for a draft."""

    path: str
    title: str
    place: str
    until: datetime | None


class Documents:
    """Every document of a proof, each rendered when it is asked for; from any thread.

    Not even the list of them is made before it is needed: a large site has very many.
    """

    def __init__(self, recipes: Iterator[Recipe]) -> None:
        self._recipes = recipes
        self._found: dict[str, Recipe] = {}
        self._lock = threading.Lock()

    def __contains__(self, path: str) -> bool:
        """Whether there is one at the path."""
        with self._lock:
            return self._find(path) is not None

    def get(self, path: str) -> Document | None:
        """The document at a path below the address, percent-encoded. May raise RenderError."""
        with self._lock:
            recipe = self._find(path)
            return recipe.cook() if recipe else None

    def _find(self, path: str) -> Recipe | None:
        """Where a path comes twice, the first one counts."""
        while path not in self._found:
            recipe = next(self._recipes, None)
            if recipe is None:
                return None
            self._found.setdefault(recipe.path, recipe)
        return self._found[path]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The whole site as it would be, and what is to be said of it."""

    version: str
    zone: tzinfo
    documents: Documents
    marks: tuple[Mark, ...]
    coming: tuple[Coming, ...]
    problems: tuple[Problem, ...]

    def is_outdated(self, now: datetime) -> bool:
        """Whether something has changed by itself since."""
        return bool(self.coming) and self.coming[0].instant <= now


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Everything as it was read at one time; ``version`` changes with every edit.

    ``site`` is None where no config could be read yet.
    """

    version: str
    site: Site | None
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    records: Mapping[str, collect.FileRecord] = {}


class Preview:
    """One site's folder, looked at again and again; from any thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._rest = Rest(timedelta())  # a person sees at once what they save
        self._source: Source | None = None
        self._proofs: dict[tuple[str, str, datetime | None], Proof] = {}

    def source(self, now: datetime) -> Source:
        """What the files say now; only those that changed are read. Never raises."""
        with self._lock:
            found = self._rest.look(tree.scan(self._root / "feeds"), {}, now)
            version = self._version(found)
            if self._source is None or self._source.version != version:
                self._source = self._read(found, version, self._source)
            return self._source

    def zone(self, now: datetime) -> tzinfo:
        """The site's zone: that of instants which name none; UTC while there is no config."""
        site = self.source(now).site
        return ZoneInfo(site.timezone if site else "UTC")

    def proof(self, address: str, now: datetime, at: datetime | None) -> Proof:
        """The site below that address, with drafts and embargoes, or as it is public at ``at``.

        Raises ConfigError where there is no config that can be used.
        """
        source = self.source(now)
        if source.site is None:
            raise ConfigError(source.problems)
        key = source.version, address, at
        with self._lock:
            known = self._proofs.get(key)
            if known is None or known.is_outdated(now):
                known = _proof(source, source.site, address, now, at)
                self._proofs = dict(list(self._proofs.items())[1 - _KEPT :]) | {key: known}
            return known

    def _version(self, found: tree.Tree) -> str:
        """A name for the state of all files, quickly: their stamps say whether they changed."""
        stamps = [(file.path, file.stamp) for file in found.files]
        facts = (_config_bytes(self._root), stamps, found.problems, found.missing)
        return digest(msgspec.json.encode(facts))

    def _read(self, found: tree.Tree, version: str, before: Source | None) -> Source:
        try:
            site = config.load(self._root / "config" / "site.yaml")
        except ConfigError as error:
            if before is None or before.site is None:
                return Source(version=version, site=None, problems=error.problems)
            # As the builder does: with a broken config nothing new becomes public.
            return msgspec.structs.replace(
                before, version=version, problems=(*error.problems, *before.problems)
            )
        records = before.records if before else {}
        gathered = collect.gather(site, found, records, tree.read)
        return Source(
            version=version,
            site=site,
            entries=gathered.entries,
            problems=gathered.problems,
            records=gathered.records,
        )


def _config_bytes(root: Path) -> bytes:
    try:
        return (root / "config" / "site.yaml").read_bytes()
    except OSError:
        return b""


def _proof(source: Source, site: Site, address: str, now: datetime, at: datetime | None) -> Proof:
    here = config.override(site, base_url=address)
    register = Register(here, page_path, unveil=at is None)
    register.update({"": source.entries}, at or now)
    return Proof(
        version=source.version,
        zone=ZoneInfo(site.timezone),
        documents=Documents(_recipes(here, register)),
        marks=tuple(_marks(source, now)),
        coming=coming(source.entries, now),
        problems=source.problems,
    )


def _recipes(site: Site, register: Register) -> Iterator[Recipe]:
    catalogue = Catalogue(site)
    lives = {shelf.section.name: _live(shelf, register) for shelf in register.shelves}
    yield from catalogue.front(register.selection, lives)
    for _, order in everyone(register):
        yield from catalogue.ordered(order)
    yield from catalogue.moves(lambda path: register.at(path) is not None)


def _live(shelf: Shelf, register: Register) -> Page:
    """A live feed, as if nothing had ever been sealed."""
    name = shelf.section.name
    stones = (
        Tombstone(stand.entry.iri, stand.entry.withdrawn.at, stand.entry.withdrawn.reason)
        for stand in register.everyone()
        if stand.entry.withdrawn and not stand.public and name in stand.names
    )
    return Page(0, shelf.shown.feed, tuple(sorted(stones, key=lambda stone: stone.iri)), 0)


def _marks(source: Source, now: datetime) -> Iterator[Mark]:
    """What is not public, newest first."""
    hidden = [entry for entry in source.entries if entry.draft or entry.published > now]
    places = dict(_places(source.records.values(), {entry.id for entry in hidden}))
    for entry in sorted(hidden, key=lambda e: (e.published, e.id), reverse=True):
        until = None if entry.draft else entry.published
        yield Mark(page_path(entry), entry.title, places.get(entry.id, ""), until)


def _places(records: Iterable[collect.FileRecord], wanted: set[str]) -> Iterator[tuple[str, str]]:
    for record in records:
        for entry in record.entries:
            if entry.id in wanted:
                yield entry.id, record.place(entry.id)
