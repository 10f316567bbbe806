"""The source of one site, read again and again: no more of it than may have changed.

In: a folder, and what is told of saves in it. Out: what all files together give. What it remembers
spares work and changes nothing. Knows no store, no schedule and no clock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from feedsvc.model import Site
from feedsvc.source import tree
from feedsvc.source.collect import Gathered, Gathering
from feedsvc.source.files import Parse
from feedsvc.source.glance import Look, glance
from feedsvc.source.records import FileRecord
from feedsvc.source.rest import Rest
from feedsvc.source.tree import Tree


class Reader:
    """Reads one folder. A file that loses entries, or goes, must first ``rest`` for so long."""

    def __init__(self, feeds_dir: Path, rest: timedelta) -> None:
        self._feeds_dir = feeds_dir
        self._rest = Rest(rest)
        self._gathering = Gathering()
        self._last: Tree | None = None

    @property
    def waiting(self) -> bool:
        """Whether a file may be half written, so that another look must follow soon."""
        return self._rest.waiting

    def look(self, told: Collection[str] | None) -> Look:
        """See which files there are. Never raises.

        ``told`` are the paths that were saved since the last look, None where nobody knows.
        """
        # Until it is gathered: what was told is told once, and nobody may have listened.
        last, self._last = self._last, None
        look = None
        if last and told is not None and not self._rest.lacking:
            look = glance(self._feeds_dir, last, told, self._rest.doubted)
        return look or Look(tree.scan(self._feeds_dir))

    def gather(
        self,
        site: Site,
        look: Look,
        records: Mapping[str, FileRecord],
        parse: Parse,
        instant: datetime,
    ) -> Gathered:
        """Read what changed since these ``records``. Raises what ``parse`` does.

        ``instant`` must not be later than the look.
        """
        again = self._again(site, look, records, parse, instant)
        gathered = again or self._all(site, look, records, parse, instant)
        self._last = look.tree
        return gathered

    def _again(
        self,
        site: Site,
        look: Look,
        records: Mapping[str, FileRecord],
        parse: Parse,
        instant: datetime,
    ) -> Gathered | None:
        """From what was told alone; None where that is not enough."""
        if look.told is None:
            return None
        known = {file.path: records[file.path] for file in look.told if file.path in records}
        files = self._rest.look(Tree(look.told), known, instant).files
        kept = self._rest.kept
        return self._gathering.again(site, files, records, tree.read, parse, rested=kept)

    def _all(
        self,
        site: Site,
        look: Look,
        records: Mapping[str, FileRecord],
        parse: Parse,
        instant: datetime,
    ) -> Gathered:
        found, kept = self._rest.look(look.tree, records, instant), self._rest.kept
        return self._gathering.gather(site, found, records, tree.read, parse, rested=kept)
