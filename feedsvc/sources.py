"""The name of what a build is made from: the source's entries and the config, as one digest.

In: the site and the records of its files. Out: a digest, equal where the same would be published at
the same instant: for a rollback that holds until the source changes. So a comment, the order of
files, and a broken file that keeps what it last gave change nothing. It must not know the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import msgspec

from feedsvc.model import Site
from feedsvc.snapshot import digest
from feedsvc.source.records import FileRecord


class Sources:
    """Names sources, and remembers of each file what need not be read again."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[FileRecord, int]] = {}

    def __call__(self, site: Site, records: Mapping[str, FileRecord]) -> str:
        """The digest of the config and of all that these records give."""
        self._known = {path: self._of(path, record) for path, record in records.items()}
        entries = sum(number for _, number in self._known.values())
        return digest(msgspec.json.encode(site) + b"%d" % entries)

    def _of(self, path: str, record: FileRecord) -> tuple[FileRecord, int]:
        """The sum of its entries' digests: the same in whatever order and file they stand."""
        before = self._known.get(path)
        if before and before[0] is record:
            return before
        numbers = (blake2b(msgspec.json.encode(entry), digest_size=18) for entry in record.entries)
        return record, sum(int.from_bytes(number.digest(), "big") for number in numbers)
