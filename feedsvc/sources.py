"""The name of what a build is made from: the source's entries and the config, as one digest.

In: the site and the records of its files. Out: a digest, equal where the same would be published at
the same instant: for a rollback that holds until the source changes. So a comment, the order of
files, and a broken file that keeps what it last gave change nothing. It must not know the time.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from feedsvc.model import Site
from feedsvc.snapshot import digest
from feedsvc.source.records import FileRecord


def name(site: Site, records: Iterable[FileRecord]) -> str:
    """The digest of the config and of all that these records give."""
    entries = sum(int(record.essence or "0", 16) for record in records)
    return digest(msgspec.json.encode(site) + b"%d" % entries)
