"""Whatever is done in whatever order: a build that looks at what was saved misses nothing.

The witness is a builder that looks at everything, and one that renders everything.
"""

import contextlib
import html
import re
import shutil
import sqlite3
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from feedsvc import build, config
from feedsvc.build import Builder
from feedsvc.kitchen import Kitchen
from feedsvc.newsroom import Newsroom
from feedsvc.snapshot import digest
from feedsvc.source import collect
from feedsvc.store import Store, locate
from tests.factory import instant
from tests.newsdesk import CONFIG, DATES, EDITS, FILES, Desk

NEXT = re.compile(r'<link[^>]*rel="prev-archive"[^>]*>')
HREF = re.compile(r'href="(https://[^"]*)"')
TABLES = ("snapshots", "documents", "bodies", "feeds", "events", "sources", "problems", "origins")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """A past that is soon forgotten."""
    monkeypatch.setattr(build, "KEEP", 6)
    monkeypatch.setattr(build, "_PRUNE_EVERY", 3)


class Thorough(Builder):
    """A builder that always looks at everything."""

    def _open(self, site):
        self._room = Newsroom(site, self._store)
        return self._room


class Site(RuleBasedStateMachine):
    """Edits, time, restarts, takeovers and rollbacks, with a build after each."""

    def __init__(self):
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="feedsvc-test-"))
        self.desk = Desk(self.root)
        self.store = Store(locate("sqlite:///var/feedsvc.db", self.root))
        self.store.create()
        self.now = instant("2024-08-01 12:00")
        self.builders = [self.builder(), self.builder()]
        self.seen = [None, None]

    def builder(self, kind=Builder):
        return kind(self.root, self.store, pause=lambda _: None)

    def teardown(self):
        try:
            if self.store.current() and not self.store.past.hold():
                self.cold()
                self.chains()
        finally:
            self.store.close()
            shutil.rmtree(self.root)

    # --- what happens ---

    @initialize(edits=st.lists(EDITS, min_size=3, max_size=10))
    def begin(self, edits):
        self.edit(edits, 0)

    @rule(edits=st.lists(EDITS, min_size=1, max_size=4), which=st.sampled_from([0, 0, 0, 1]))
    def edit(self, edits, which):
        for edit in edits:
            self.desk.do(*edit)
        self.desk.write()
        self.build(which)

    @rule(hours=st.sampled_from([1, 2, 5, 24, 40]), which=st.sampled_from([0, 0, 1]))
    def wait(self, hours, which):
        self.now += timedelta(hours=hours)
        self.build(which)

    @rule(hours=st.sampled_from([1, 24, 24 * 200]), edit=EDITS)
    def clock_back(self, hours, edit):
        self.now -= timedelta(hours=hours)
        self.edit([edit], 0)

    @rule(edit=EDITS)
    def restart(self, edit):
        self.builders[0] = self.builder()
        self.seen[0] = None
        self.edit([edit], 0)

    @rule(back=st.integers(1, 3))
    def roll_back(self, back):
        snapshots = self.store.history(back + 1)
        if len(snapshots) > back:
            self.now += timedelta(minutes=1)
            self.store.past.rollback(snapshots[-1].id, self.now)
            self.build(0)

    @rule(which=st.integers(0, 1))
    def resume(self, which):
        self.store.past.resume()
        self.build(which)

    # --- what must hold ---

    def build(self, which):
        self.now += timedelta(seconds=2)
        outcome = self.builders[which].build(self.now, "test", self.told(which))
        if outcome.held:
            return
        before = self.dump()
        again = self.builder(Thorough).build(self.now, "witness")
        assert (again.changed, again.gone) == ((), ())
        assert again.snapshot is None
        assert self.dump(before["recipes"]) == before
        assert again.problems == outcome.problems
        assert (again.entries, again.next_change) == (outcome.entries, outcome.next_change)
        assert self.store.current().documents == len(self.store.paths())

    def told(self, which):
        """What was saved since this builder looked last, as a file system tells it."""
        folders = (self.root / "feeds", self.root / "config")
        files = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
        now = {str(path): path.read_bytes() for path in files}
        before, self.seen[which] = self.seen[which], now
        if before is None:
            return None
        return {path for path in before | now if before.get(path) != now.get(path)}

    def dump(self, before=None):
        """Everything in the store. A recipe that was not known is nothing that must stay.

        Nor is when it was last built: a build that has nothing to say writes nothing.
        """
        with contextlib.closing(sqlite3.connect(self.root / "var" / "feedsvc.db")) as connection:
            found = {table: list(connection.execute(f"SELECT * FROM {table}")) for table in TABLES}
        recipes = {row[:2]: row[-1] for row in found["documents"]}
        found["documents"] = [row[:-1] for row in found["documents"]]
        found["origins"] = [(*row[:3], *row[4:]) for row in found["origins"]]
        unknown = {place for place, recipe in (before or {}).items() if not recipe}
        recipes |= dict.fromkeys(unknown & recipes.keys(), "")
        return {table: sorted(map(repr, rows)) for table, rows in found.items()} | {
            "recipes": recipes
        }

    def cold(self):
        """Render everything, and compare it with what is published."""
        site = config.load(self.root / "config" / "site.yaml")
        room = Newsroom(site, self.store)
        records = {path: collect.load(data) for path, data in self.store.records().items()}
        room.register.update(collect.given(site, records), self.now)
        plan = room._planner.whole(room._logs, self.now)
        kitchen = Kitchen(site)
        recipes = room._front(plan.lives)
        recipes += [one for order in plan.orders for one in kitchen.catalogue.ordered(order)]
        cooked = {one.path: one.document for one in kitchen.compare(recipes, {})}
        published = self.store.published(self.store.paths())
        assert cooked.keys() == published.keys()
        for path, document in cooked.items():
            assert published[path].recipe in {document.recipe, ""}, path
            # RFC 5005 §4: what is sealed is not rendered anew where an entry was edited.
            if "/archive/" not in path:
                assert document.fingerprint == published[path].fingerprint, path
            name = self.store.document(path, self.store.current().id).digest
            assert digest(self.store.body(name, "identity")) == name
        self.register = room.register
        self.base_url = site.base_url

    def chains(self):
        """RFC 5005 §4: live feed and archives together hold every entry as it is now."""
        for shelf in self.register.shelves:
            path, found, gone = f"/{shelf.section.name}/atom.xml", {}, set()
            while path:
                text = self.body(path).decode()
                gone |= set(re.findall(r'<at:deleted-entry ref="([^"]*)"', text)) - found.keys()
                for part in text.split("<entry")[1:]:
                    name = re.search(r"<id>([^<]*)</id>", part)[1]
                    found.setdefault(name, re.search(r"<title[^>]*>([^<]*)<", part)[1])
                older = NEXT.search(text)
                path = older and HREF.search(older[0])[1].removeprefix(self.base_url)
            listed = {entry.iri: entry.title for entry in shelf.entries}
            assert {iri: html.unescape(title) for iri, title in found.items()} == listed

    def body(self, path):
        found = self.store.document(path, self.store.current().id)
        return self.store.body(found.digest, "identity")


Site.TestCase.settings = settings(
    max_examples=settings().max_examples // 4,  # each is some twenty builds
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestIncremental = Site.TestCase

NEWS, SPEECHES = FILES[0], FILES[2]


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(
            [[("put", NEWS, "e0", {})], [("move", 0, SPEECHES)], [("delete", 0)]],
            id="gone-after-it-had-left-a-section",
        ),
        pytest.param(
            [
                [("put", NEWS, "e0", {}), ("put", NEWS, "e1", {})],
                [("edit", 0, {"slug": "e1"}), ("edit", 1, {"slug": "e0"})],
                [("delete", 0)],
                [("put", SPEECHES, "e0", {})],
            ],
            id="pages-swapped-and-one-gone",
        ),
        pytest.param(
            [
                [("fill", NEWS, 1, 8)],
                [("edit", 0, {"expires": DATES[3]})],
                [("edit", 0, {"title": "T2"})],
                [("edit", 0, {"expires": None})],
            ],
            id="edited-while-expired-in-a-sealed-page",
        ),
        pytest.param(
            [
                [("fill", NEWS, 1, 8)],
                [("config", ("sections", {"speeches": {}})), ("fill", SPEECHES, 2, 3)],
                [("config", ("sections", CONFIG["sections"]))],
            ],
            id="a-section-that-was-away",
        ),
    ],
)
def test_what_was_missed_once_or_nearly(steps):
    site = Site()
    try:
        for edits in steps:
            site.edit(edits, 0)
    finally:
        site.teardown()


def test_a_builder_whose_place_another_one_took_for_a_while_knows_what_that_one_learnt():
    site = Site()
    try:
        site.edit([("put", NEWS, "e0", {})], 0)
        site.edit([("put", FILES[1], "e1", {"draft": True})], 1)  # nothing to publish
        site.edit([("remove", FILES[1])], 0)
    finally:
        site.teardown()
