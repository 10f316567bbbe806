"""A newsroom at work: a site folder as plain data, and all that people do to it, for Hypothesis.

Few ids, slugs, dates and files, so that edits meet: duplicates, moves, swaps and comebacks are the
rule here and no exception.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

FILES = ("feeds/news/a.yaml", "feeds/news/b.yaml", "feeds/speeches/a.yaml", "feeds/notes/a.yaml")
SECTIONS = ("news", "speeches", "notes")
#: The last but one is an identity of its own, the last another spelling of the first.
IDS = (*(f"e{n}" for n in range(8)), "urn:x:9", "tag:news.example.org,2024:e0")
SLUGS = ("s0", "s1", "e1")
#: The clock begins at noon on 1 August: some are past, some are yet to come.
DATES = (
    "2023-12-31 23:30",
    "2024-06-30 08:00",
    "2024-07-01 08:00",
    "2024-07-31 08:00",
    "2024-08-01 15:00",
    "2024-08-02 12:00",
    "2024-08-04 12:00",
)
BODIES = (
    "One.",
    "See [that](/news/e1), [this](/speeches/s0) and [those](/notes/e3).",
    "See [it](/news/s1).",
    "Long. " * 300,
)
CONFIG: dict[str, Any] = {
    "title": "Office of Tides",
    "base_url": "https://news.example.org",
    "tag": "news.example.org,2024",
    "timezone": "Europe/Vienna",
    "feeds": {"entries": 4},
    "sections": {name: {"title": name.capitalize()} for name in SECTIONS},
}

#: The first two must be there.
_KEYS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(["T1", "T2", "T3 & more"]),
    "published": st.sampled_from(DATES),
    "updated": st.sampled_from(DATES[:4]),
    "lead": st.sampled_from(["L1", "L2"]),
    "body": st.sampled_from(BODIES),
    "slug": st.sampled_from(SLUGS),
    "also": st.lists(st.sampled_from(SECTIONS), min_size=1, max_size=2, unique=True),
    "link": st.just("https://elsewhere.example/x"),
    "draft": st.just(True),
    "expires": st.sampled_from(DATES[3:]),
    "withdrawn": st.sampled_from(DATES[1:]).map(lambda at: {"at": at}),
    "language": st.just("fr"),
    "tags": st.just(["tides"]),
    "oops": st.just(1),
}
#: Some keys of an entry; None takes the key away.
_FACTS = st.lists(
    st.sampled_from([*_KEYS]).flatmap(lambda key: st.tuples(st.just(key), _KEYS[key]))
    | st.tuples(st.sampled_from([*_KEYS][2:]), st.none()),
    max_size=3,
).map(dict)
_FILE = st.sampled_from(FILES)
_ID = st.sampled_from(IDS)
_CONFIG = st.one_of(
    st.tuples(st.just("feeds"), st.fixed_dictionaries({"entries": st.integers(1, 6)})),
    st.tuples(st.just("feeds"), st.just({"entries": 6, "max_bytes": "10K"})),
    st.tuples(st.just("feeds"), st.just({"entries": 5, "content": "summary"})),
    st.tuples(
        st.just("sections"),
        st.lists(st.sampled_from(SECTIONS), min_size=1, max_size=3, unique=True).map(
            lambda names: {name: {"title": name.capitalize()} for name in names}
        ),
    ),
    st.tuples(st.just("sections"), st.just({"news": {"entries": 2}, "speeches": {}, "notes": {}})),
    st.tuples(
        st.just("redirects"),
        st.sampled_from(
            [{}, {"former": "news"}, {"/news/e2": "/news/e1"}, {"/speeches/s0": "/news/"}]
        ),
    ),
    st.tuples(st.just("gone"), st.sampled_from([[], ["old"], ["/news/e3", "/news/s1"]])),
    st.tuples(st.just("timezone"), st.sampled_from(["UTC", "Europe/Vienna"])),
    st.tuples(st.just("base_url"), st.sampled_from([CONFIG["base_url"], "https://x.example/p"])),
)

#: What somebody does to the folder, as ``Desk.do`` takes it.
EDITS = st.one_of(
    st.tuples(st.just("put"), _FILE, _ID, _FACTS),
    st.tuples(st.just("edit"), st.integers(0, 30), _FACTS),
    st.tuples(st.just("put"), _FILE, _ID, _FACTS),
    st.tuples(st.just("edit"), st.integers(0, 30), _FACTS),
    st.tuples(st.just("delete"), st.integers(0, 30)),
    st.tuples(st.just("move"), st.integers(0, 30), _FILE),
    st.tuples(st.just("turn"), _FILE),
    st.tuples(st.just("mangle"), _FILE),
    st.tuples(st.just("remove"), _FILE),
    st.tuples(st.just("fill"), _FILE, st.integers(0, 6), st.integers(1, 8)),
    st.tuples(st.just("config"), _CONFIG),
)


class Desk:
    """The folder's content, and how it is written down."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = dict(CONFIG)
        self.files: dict[str, list[dict[str, Any]]] = {}
        self.mangled: set[str] = set()
        self._written: dict[str, str] = {}
        self.write()

    def do(self, what: str, *facts: Any) -> None:
        """One edit; what cannot be done is not."""
        getattr(self, f"_{what}")(*facts)

    def write(self) -> None:
        """Write what is new, and remove what is gone."""
        texts = {"config/site.yaml": json.dumps(self.config)}
        texts |= {path: self._text(path) for path in self.files}
        for path in self._written.keys() - texts.keys():
            (self.root / path).unlink()
        for path, text in texts.items():
            if self._written.get(path) != text:
                file = self.root / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        self._written = texts

    def _text(self, path: str) -> str:
        lines = "".join(f"- {json.dumps(entry)}\n" for entry in self.files[path]) or "[]\n"
        return lines + "- {id: [\n" if path in self.mangled else lines

    def _put(self, path: str, name: str, facts: dict[str, Any]) -> None:
        entry = {"id": name, "published": DATES[1], "title": "T"}
        self.files.setdefault(path, []).append(_changed(entry, facts))

    def _fill(self, path: str, date: int, count: int) -> None:
        """A file with many entries at once, as archives are made of."""
        self.files[path] = [
            {"id": name, "published": DATES[date], "title": "T"} for name in IDS[:count]
        ]

    def _places(self) -> list[tuple[str, int]]:
        return [(path, n) for path, entries in self.files.items() for n in range(len(entries))]

    def _edit(self, which: int, facts: dict[str, Any]) -> None:
        if places := self._places():
            path, number = places[which % len(places)]
            self.files[path][number] = _changed(self.files[path][number], facts)

    def _delete(self, which: int) -> dict[str, Any] | None:
        if not (places := self._places()):
            return None
        path, number = places[which % len(places)]
        return self.files[path].pop(number)

    def _move(self, which: int, path: str) -> None:
        if entry := self._delete(which):
            self.files.setdefault(path, []).append(entry)

    def _turn(self, path: str) -> None:
        self.files.get(path, []).reverse()

    def _mangle(self, path: str) -> None:
        """Break the file's YAML, or mend it."""
        if path in self.files:
            self.mangled ^= {path}

    def _remove(self, path: str) -> None:
        self.files.pop(path, None)
        self.mangled.discard(path)

    def _config(self, change: tuple[str, Any]) -> None:
        self.config = self.config | dict([change])


def _changed(entry: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (entry | facts).items() if value is not None}
