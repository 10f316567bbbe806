"""``feedsvc snapshots``."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import rich_click as click

from feedsvc.cli import completion
from feedsvc.cli.common import SITE, Named, fail, store_url
from feedsvc.cli.past import Zone, called, in_short
from feedsvc.errors import FeedsvcError
from feedsvc.snapshot import SnapshotInfo
from feedsvc.store import Store
from feedsvc.store.past import Changes


@click.command()
@click.argument(
    "number",
    metavar="[ID]",
    type=click.IntRange(1),
    required=False,
    help="Which one; without it, the newest.",
    shell_complete=completion.snapshots,
)
@click.option(
    "--limit", type=click.IntRange(1), default=10, show_default=True, help="How many to list."
)
@click.option("--json", "as_json", cls=Named, is_flag=True, help="Everything, for programs.")
@SITE
def snapshots(root: Path, number: int | None, limit: int, as_json: bool) -> None:  # noqa: FBT001
    """List what was published when, why, and what changed in each; with ID, all of that one.

    **Examples:** `feedsvc snapshots`, `feedsvc snapshots 42`, `feedsvc snapshots --json`

    **Exit status:** 0 listed; 1 no such snapshot, or no store; 2 bad usage.
    """
    store = Store(store_url(root))
    try:
        store.create()
        infos = [store.past.snapshot(number)] if number else store.history(limit)
        changes = [(info, store.past.changes(info.id)) for info in infos]
        if as_json:
            said = [_facts(info, changed) for info, changed in changes]
            click.echo(json.dumps(said, indent=2, ensure_ascii=False))
            return
        zone = Zone.of(store)
        for info, changed in changes:
            click.echo(_line(info, changed, zone))
            click.echo(_all(changed) if number else _some(changed))
        _footing(store, zone)
    except FeedsvcError as error:
        fail(str(error))
    finally:
        store.close()


def _facts(info: SnapshotInfo, changed: Changes) -> dict[str, object]:
    return {**msgspec.to_builtins(info), **msgspec.to_builtins({"paths": changed})}


def _line(info: SnapshotInfo, changed: Changes, zone: Zone) -> str:
    counts = {"added": changed.added, "changed": changed.changed, "gone": changed.gone}
    said = [f"{len(paths)} {word}" for word, paths in counts.items() if paths]
    what = ", ".join(said) or "another next change"
    return f"{info.id:>5}  {zone.tell(info.instant)}  {info.why}: {what}"


def _some(changed: Changes) -> str:
    return f"       {in_short((*changed.added, *changed.changed, *changed.gone))}"


def _all(changed: Changes) -> str:
    parts = {"added": changed.added, "changed": changed.changed, "gone": changed.gone}
    lines = [f"{word:<7} {called(path)}" for word, paths in parts.items() for path in paths]
    return "\n".join(f"       {line}" for line in lines)


def _footing(store: Store, zone: Zone) -> None:
    current, hold = store.current(), store.past.hold()
    if current is None:
        click.echo("nothing has been published yet: 'feedsvc build' does it", err=True)
    elif hold:
        click.echo(
            f"snapshot {current.id} stays, by a rollback of {zone.tell(hold.instant)}, until the "
            "source changes or 'feedsvc rollback --resume'",
            err=True,
        )
