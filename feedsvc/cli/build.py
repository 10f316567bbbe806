"""``feedsvc build``: once, or as the builder process."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path

import msgspec
import rich_click as click

from feedsvc import report
from feedsvc.build import Builder, Outcome
from feedsvc.cli.common import AT, SITE, base_url, errors, fail, load_site, moment, now, store_url
from feedsvc.cli.outcome import tell
from feedsvc.cli.progress import progress
from feedsvc.cli.rehearsal import need_yes, rehearse
from feedsvc.cli.rehearsal import tell as tell_rehearsal
from feedsvc.ending import Ending, note
from feedsvc.errors import ConfigError, FeedsvcError, LeaseHeld
from feedsvc.keeper import Keeper, Pace, candidate
from feedsvc.process import is_gone
from feedsvc.snapshot import SnapshotInfo
from feedsvc.store import Store

#: How long a builder at work may take to publish what this command was to, in seconds.
_OTHERS = 10.0


@click.command()
@click.option("--watch", is_flag=True, help="Keep building: at edits, intervals, known changes.")
@click.option("--attended", is_flag=True, hidden=True, help="Stop when the parent is gone.")
@click.option("--lease", type=click.FloatRange(1), default=15, hidden=True, help="Seconds.")
@click.option("--patience", type=click.FloatRange(1), default=900, hidden=True, help="Seconds.")
@click.option("--dry-run", is_flag=True, help="Say what would change, publish nothing.")
@click.option("--yes", is_flag=True, help="With `--at`: publish without a question.")
@AT
@SITE
def build(  # noqa: PLR0913, PLR0917 - one for each option
    root: Path,
    watch: bool,  # noqa: FBT001
    attended: bool,  # noqa: FBT001
    lease: float,
    patience: float,
    dry_run: bool,  # noqa: FBT001
    yes: bool,  # noqa: FBT001
    at: datetime | None,
) -> None:
    """Build once, publish, and say what changed.

    With `--at` it says first what would change, and asks: the next build goes back to the present,
    and leaves tombstones of what it takes away again. `--dry-run` only looks.

    **Examples:** `feedsvc build`, `feedsvc build --dry-run --at 2026-03-02T09:00`

    **Exit status:** 0 published, or nothing to publish; 1 errors in the source (all else is
    published), or no build; 2 bad usage, or `--yes` is missing.
    """
    if watch and (at or dry_run):
        option = "--at" if at else "--dry-run"
        raise click.UsageError(f"--watch follows the clock: it cannot go with {option}")
    url = store_url(root)
    store = Store(url)
    try:
        if watch:
            from feedsvc.cli import outward  # noqa: PLC0415 - see there

            pace = Pace(lease=lease, patience=patience)
            outward.watch(root, store, pace, attended=attended)
            return
        store.create()
        if dry_run:
            rehearsal = rehearse(root, url, moment(at, load_site(root)))
            tell_rehearsal(rehearsal)
            sys.exit(1 if errors(rehearsal.outcome.problems) else 0)
        if at and not yes:
            need_yes(root, store, url, at)
        outcome = _once_or_other(root, store, url, at)
    except ConfigError as error:
        fail(report.text(error.problems))
    except FeedsvcError as error:
        fail(str(error))
    tell(store, outcome)
    ping(store)
    sys.exit(1 if errors(outcome.problems) else 0)


def _once_or_other(root: Path, store: Store, url: str, at: datetime | None) -> Outcome:
    """One build; or, while a builder is at work, what that one does about it.

    Raises LeaseHeld where it has not published in a while what this would have.
    """
    before = store.current()
    try:
        return once(root, store, at)
    except LeaseHeld as held:
        rehearsal = rehearse(root, url, moment(at, load_site(root)))
        end = time.monotonic() + _OTHERS
        while rehearsal.changes and store.current() == before:
            if at or time.monotonic() > end:
                raise
            time.sleep(0.1)
        click.echo(f"{held.owner} builds here: it publishes every edit by itself", err=True)
        return msgspec.structs.replace(rehearsal.outcome, snapshot=_newer(store, before))


def _newer(store: Store, before: SnapshotInfo | None) -> SnapshotInfo | None:
    newest = store.current()
    return newest if newest != before else None


def once(root: Path, store: Store, at: datetime | None, why: str = "build") -> Outcome:
    """One build, and a word on it in the journal, as a builder would leave it.

    Raises ConfigError, RenderError and StoreError; LeaseHeld where a builder is at work.
    """
    who = candidate(Pace())
    store.lease.take(who, now(), is_gone)
    with Keeper(store, who, now).term(lost=lambda: None):
        return _once(root, store, at, why)


def _once(root: Path, store: Store, at: datetime | None, why: str) -> Outcome:
    instant, ticks = now(), time.perf_counter()
    ended = Ending("failed", "interrupted")
    try:
        with progress("Rendering", "documents") as step:
            builder = Builder(root, store, base_url=base_url(), progress=step)
            outcome = builder.build(moment(at, load_site(root)), why)
        ended = Ending.of(outcome)
    except FeedsvcError as error:
        ended = Ending("failed", str(error).partition("\n")[0])
        raise
    finally:
        note(store.journal, ended.attempt(instant, why, time.perf_counter() - ticks, None))
    if builder.notify:
        from feedsvc.cli import outward  # noqa: PLC0415

        outward.inform(store, outcome, builder.notify)
    return outcome


def ping(store: Store) -> None:
    """Tell hubs of it; what they do not take now waits for the next build."""
    if store.outbox.waiting():
        from feedsvc.cli import outward  # noqa: PLC0415

        outward.ping(store)
