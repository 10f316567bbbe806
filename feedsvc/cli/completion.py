"""What a shell offers for an argument: names of sections, numbers of snapshots, files.

In: what was typed so far. Out: what it may become. It must not disturb: whatever goes wrong, there
is nothing to offer, and nothing is written.
"""

from __future__ import annotations

import os
from pathlib import Path

import rich_click as click
from click.shell_completion import CompletionItem

from feedsvc.cli.common import load_site
from feedsvc.errors import FeedsvcError

_FILE = "sqlite:///"
_MOST = 30  # snapshots: who goes farther back asks 'feedsvc snapshots' first


def sections(context: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The sections that the config names, with their titles."""
    try:
        site = load_site(_root(context))
    except (FeedsvcError, click.UsageError, OSError):
        return []
    return [
        CompletionItem(section.name, help=section.title)
        for section in site.sections
        if section.name.startswith(typed)
    ]


def snapshots(context: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The newest snapshots, with when and why they were published."""
    from feedsvc.cli.past import Zone  # noqa: PLC0415 - SQLAlchemy loads long
    from feedsvc.store import Store, locate  # noqa: PLC0415

    root = _root(context)
    try:
        url = os.environ.get("FEEDSVC_STORE") or load_site(root).store
        if url.startswith(_FILE) and not (root / url.removeprefix(_FILE)).is_file():
            return []  # to look must not make one
        store = Store(locate(url, root))
        try:
            zone = Zone.of(store)
            return [
                CompletionItem(str(info.id), help=f"{zone.tell(info.instant)}, {info.why}")
                for info in store.history(_MOST)
                if str(info.id).startswith(typed)
            ]
        finally:
            store.close()
    except (FeedsvcError, click.UsageError, OSError):
        return []


def file_or_url(
    _context: click.Context, _param: click.Parameter, typed: str
) -> list[CompletionItem]:
    """A file, as the shell knows best; nothing behind ``https:``."""
    return [] if ":" in typed else [CompletionItem(typed, type="file")]


def _root(context: click.Context) -> Path:
    root: Path = context.params.get("root") or Path()
    return root
