"""The live feeds of a site and nothing else: ``python -m tests.bench.feeds DIR``.

As Hugo does where pages are turned off: what a first build does up to the feeds, by its own parts,
and published into the site's store. A process of its own, so that the whole of it can be timed.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from feedsvc import config
from feedsvc.hands import Hands
from feedsvc.kitchen import Kitchen
from feedsvc.plan import Planner
from feedsvc.register import Register
from feedsvc.render.urls import base_path, feed_urls, page_path
from feedsvc.snapshot import Difference
from feedsvc.source import tree
from feedsvc.source.collect import Gathering, given
from feedsvc.store import Store, locate
from feedsvc.store.publication import Publication


def main(root: Path) -> None:
    """Read everything, make the feeds, publish them."""
    site = config.load(root / "config" / "site.yaml")
    store = Store(locate("sqlite:///var/feedsvc.db", root))
    store.create()
    instant = datetime.now(UTC)  # noqa: TID251 - a bench is an edge
    with Hands(site) as hands:
        found = tree.scan(root / "feeds")
        gathered = Gathering().gather(site, found, {}, tree.read, hands.parse)
    kitchen, register = Kitchen(site), Register(site, page_path)
    register.update(given(site, gathered.records), instant)
    lives = Planner(site, kitchen.catalogue, register, store.chronicle).lives({})
    wanted = feed_urls(site)
    recipes = (r for r in kitchen.catalogue.front(register.selection, lives) if r.path in wanted)
    documents = tuple(cooked.document for cooked in kitchen.compare(recipes, {}) if cooked.document)
    publication = Publication(
        base=0,
        instant=instant,
        why="bench",
        base_path=base_path(site),
        next_change=register.next_change,
        total=len(documents),
        difference=Difference(documents, ()),
        problems=gathered.problems,
    )
    store.publish(publication)
    store.close()
    print(f"{len(documents)} feeds, {gathered.count} entries")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
