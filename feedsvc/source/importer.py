"""Items of somebody's feed, added to the files of a section.

In: items, the site, what it has already, its files. Out: a plan: which text each file gets, and
what is to be said about it. Pure but for a reader of files; ``carry_out`` writes. It must not know
feeds, nor the time.

An entry is taken only as far as it passes the checks that every entry file passes: a key that does
not is left out, and said so. What the site has already, by identity, is not touched, so that an
import can be repeated.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from feedsvc.model import Entry, Site
from feedsvc.source import emit, identity
from feedsvc.source.drafting import Draft, Drafter, entry_id_of
from feedsvc.source.emit import Value
from feedsvc.source.entries import parse
from feedsvc.source.items import Item

#: A file that grows beyond this many bytes is continued in another.
_LARGE = 1024 * 1024
#: Without these an entry is none; all other keys may be left out.
_NEEDED = frozenset({"id", "published"})
_ROUNDS = 8


class Existing(msgspec.Struct, frozen=True):
    """What the site has: identities, ids that stand for bad entries, slugs of the section."""

    iris: frozenset[str] = frozenset()
    slugs: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, entries: Iterable[Entry], held: Iterable[str], site: Site, section: str
    ) -> Existing:
        """What entries, and ids of bad ones, amount to."""
        entries = tuple(entries)
        return cls(
            frozenset((*(e.iri for e in entries), *(identity.iri(i, site.tag) for i in held))),
            frozenset(entry.slug for entry in entries if entry.section == section),
        )


class Addition(msgspec.Struct, frozen=True):
    """A file and what it will hold; ``entries`` counts those that are new."""

    path: str
    text: str
    entries: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What an import will do. ``strange`` are ids that subscribers do not know under that name.

    ``html`` counts entries in whose body some HTML stays.
    """

    additions: tuple[Addition, ...] = ()
    known: int = 0
    strange: tuple[str, ...] = ()
    html: int = 0
    notes: tuple[str, ...] = ()


class Importer:
    """Plans the import of items into one section. ``read`` gives a file's text, None for none."""

    def __init__(
        self, site: Site, section: str, drafter: Drafter, read: Callable[[str], str | None]
    ) -> None:
        self._site = site
        self._section = section
        self._drafter = drafter
        self._read = read
        self._notes: list[str] = []

    def plan(
        self, items: Iterable[Item], existing: Existing, tick: Callable[[], object] = bool
    ) -> Plan:
        """What to write, oldest entries first; ``tick`` is called for each item."""
        iris, slugs = set(existing.iris), set(existing.slugs)
        known = 0
        taken: list[tuple[Draft, str]] = []
        for item in items:
            tick()
            iri = identity.iri(entry_id_of(item)[0], self._site.tag)
            if iri in iris:
                known += 1
                continue
            draft = self._draft(item)
            if draft and (text := self._fitting(draft.values, slugs)):
                iris.add(iri)
                taken.append((draft, text))
        taken.sort(key=lambda pair: (pair[0].published, str(pair[0].values["id"])))
        return Plan(
            additions=tuple(self._filed(taken)),
            known=known,
            strange=tuple(str(draft.values["id"]) for draft, _ in taken if not draft.kept),
            html=sum(draft.html > 0 for draft, _ in taken),
            notes=tuple(self._notes),
        )

    def _draft(self, item: Item) -> Draft | None:
        """The entry that it becomes; None where its HTML is deeper than anybody can follow."""
        try:
            return self._drafter.draft(item)
        except RecursionError:
            self._notes.append(f"{entry_id_of(item)[0]}: left out: its HTML is nested too deeply")
            return None

    def _fitting(self, values: Mapping[str, Value], slugs: set[str]) -> str | None:
        """The text of an entry that passes every check; None where none does."""
        values = dict(values)
        entry_id = str(values["id"])
        if values.get("slug") in slugs or values.get("slug") == identity.default_slug(entry_id):
            del values["slug"]
        for _ in range(_ROUNDS):
            text = emit.entry(values)
            parsed = parse("import", self._section, text.encode(), self._site)
            wrong = [problem for problem in parsed.problems if problem.severity == "error"]
            if not wrong and parsed.entries:
                if parsed.entries[0].slug in slugs:
                    values["slug"] = _unused(parsed.entries[0].slug, slugs)
                    continue
                slugs.add(parsed.entries[0].slug)
                return text
            names = {_key(problem.field) for problem in wrong}
            self._notes += (f"{entry_id}: left out {p.field}: {p.found}" for p in wrong)
            if names & _NEEDED or not names & values.keys():
                return None
            values = {name: value for name, value in values.items() if name not in names}
        return None

    def _filed(self, taken: Iterable[tuple[Draft, str]]) -> Iterable[Addition]:
        """A file for each year, continued where it stands, or in another where that is large."""
        zone = ZoneInfo(self._site.timezone)
        years: dict[int, list[str]] = defaultdict(list)
        for draft, text in taken:
            years[draft.published.astimezone(zone).year].append(text)
        for year, texts in sorted(years.items()):
            yield from self._year(f"feeds/{self._section}/imported-{year}", texts)

    def _year(self, stem: str, texts: list[str]) -> Iterable[Addition]:
        numbers = count(1)
        left = texts
        while left:
            number = next(numbers)
            path = f"{stem}.yaml" if number == 1 else f"{stem}-{number}.yaml"
            before = self._read(path)
            if before is not None and not self._continues(path, before, left[0]):
                continue
            parts = [before.rstrip("\n") + "\n"] if before and before.strip() else []
            size, new = sum(map(len, parts)), 0
            for text in left:
                if new and size + len(text) > _LARGE:
                    break
                parts.append(text)
                size += len(text)
                new += 1
            left = left[new:]
            yield Addition(path, "\n".join(parts), new)

    def _continues(self, path: str, before: str, text: str) -> bool:
        """Whether a file takes another entry at its end, whatever admins have made of it."""
        if len(before) > _LARGE:
            return False
        if not before.strip():
            return True
        joined = f"{before.rstrip(chr(10))}\n\n{text}"
        then, now = (parse(path, self._section, t.encode(), self._site) for t in (before, joined))
        return now.readable and len(now.entries) == len(then.entries) + 1


def _key(field: str) -> str:
    """The key in which a problem stands."""
    return re.split(r"[.\[]", field, maxsplit=1)[0]


def carry_out(root: Path, additions: Iterable[Addition]) -> None:
    """Write each file in one step: a reader finds the old one or the new. Raises OSError."""
    for addition in additions:
        path = root / addition.path
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.tmp")
        draft.write_text(addition.text, encoding="utf-8", newline="\n")
        draft.replace(path)


def _unused(slug: str, slugs: set[str]) -> str:
    return next(name for n in count(2) if (name := f"{slug[:190]}-{n}") not in slugs)
