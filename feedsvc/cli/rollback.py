"""``feedsvc rollback``."""

from __future__ import annotations

import contextlib
from pathlib import Path

import rich_click as click

from feedsvc import report
from feedsvc.cli import completion
from feedsvc.cli.build import once, ping
from feedsvc.cli.common import SITE, fail, now, store_url
from feedsvc.cli.outcome import tell
from feedsvc.cli.past import Zone, in_short
from feedsvc.errors import ConfigError, FeedsvcError, LeaseHeld
from feedsvc.snapshot import SnapshotInfo
from feedsvc.store import Store


@click.command()
@click.argument(
    "number",
    metavar="[ID]",
    type=click.IntRange(1),
    required=False,
    help="Which snapshot; `feedsvc snapshots` lists them. Without it, the previous one.",
    shell_complete=completion.snapshots,
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--resume", is_flag=True, help="Publish what the source says again.")
@SITE
def rollback(root: Path, number: int | None, yes: bool, resume: bool) -> None:  # noqa: FBT001
    """Make the previous snapshot current again, or the one that ID names.

    It says first what that changes. The older content stays until what `feeds/` and `config/` say
    changes, or until `--resume`; embargoes and expiries wait too. Another rollback undoes it.

    **Examples:** `feedsvc rollback`, `feedsvc rollback 41 --yes`, `feedsvc rollback --resume`

    **Exit status:** 0 done; 1 not agreed to, or there is no such snapshot; 2 bad usage, or nothing
    would change.
    """
    if resume and number:
        raise click.UsageError("--resume publishes what the source says: it takes no ID")
    store = Store(store_url(root))
    try:
        store.create()
        if resume:
            _resume(root, store)
        else:
            _roll_back(store, number, yes=yes)
        ping(store)
    except ConfigError as error:
        fail(report.text(error.problems))
    except FeedsvcError as error:
        fail(str(error))
    finally:
        store.close()


def _roll_back(store: Store, number: int | None, *, yes: bool) -> None:
    target = store.past.snapshot(number) if number else store.past.previous()
    _explain(store, target)
    if not yes and not click.confirm("Go ahead?", err=True):
        raise click.Abort
    info = store.past.rollback(target.id, now())
    click.echo(f"snapshot {info.id}: as snapshot {target.id}; 'feedsvc rollback' undoes it")


def _explain(store: Store, target: SnapshotInfo) -> None:
    """Say what a rollback would do. Exits where that is nothing."""
    changes = store.past.difference(target.id)
    if not changes:
        raise click.UsageError(f"snapshot {target.id} shows what is current: nothing would change")
    when = Zone.of(store).tell(target.instant)
    click.echo(f"Snapshot {target.id} of {when} ({target.why}) becomes current again:", err=True)
    words = {"back again": changes.added, "changed": changes.changed, "gone": changes.gone}
    for word, paths in words.items():
        if paths:
            click.echo(f"  {word}: {in_short(paths)}", err=True)
    lasts = (
        "That is what the last build gave: publishing goes on from there."
        if store.past.is_built(target.id)
        else "It stays until what feeds/ and config/ say changes, or 'feedsvc rollback --resume'; "
        "until then embargoes, expiries and withdrawals wait too."
    )
    click.echo(lasts, err=True)


def _resume(root: Path, store: Store) -> None:
    """End the hold, and publish at once where the source is here."""
    held = store.past.resume()
    if not held:
        click.echo("nothing is held back", err=True)
    elif (root / "config" / "site.yaml").is_file():
        with contextlib.suppress(LeaseHeld):  # whoever builds sees it within a second
            tell(store, once(root, store, None, "resume"))
            return
    if held:
        click.echo("the builder publishes what the source says at its next build")
