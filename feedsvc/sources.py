"""The name of what a build is made from: the source's entries and the config, as one digest.

In: the site and the name of its entries. Out: a digest, equal where the same would be published at
the same instant: for a rollback that holds until the source changes. So a comment, the order of
files, and a broken file that keeps what it last gave change nothing. It must not know the time.
"""

from __future__ import annotations

import msgspec

from feedsvc.model import Site
from feedsvc.snapshot import digest


def name(site: Site, essence: int) -> str:
    """The digest of the config and of all entries; ``essence`` is what ``gather`` calls them."""
    return digest(msgspec.json.encode(site) + b"%d" % essence)
