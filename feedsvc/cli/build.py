"""``feedsvc build``: once, or as the builder process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
import rich_click as click

from feedsvc import log, report
from feedsvc.build import Builder, Outcome
from feedsvc.builder import Watch
from feedsvc.cli.common import AT, SITE, base_url, errors, fail, load_site, moment, now, store_url
from feedsvc.cli.outcome import tell
from feedsvc.cli.progress import progress
from feedsvc.cli.rehearsal import need_yes, rehearse
from feedsvc.cli.rehearsal import tell as tell_rehearsal
from feedsvc.ending import Ending, note
from feedsvc.errors import ConfigError, FeedsvcError, LeaseHeld
from feedsvc.hub import HubClient
from feedsvc.keeper import Keeper, Pace, candidate
from feedsvc.model import Notify
from feedsvc.notifier import Notifier, Patience
from feedsvc.notify import Courier
from feedsvc.pinger import Pinger
from feedsvc.process import is_gone
from feedsvc.snapshot import SnapshotInfo
from feedsvc.store import Store
from feedsvc.web.lifeline import die_with_parent, on_stop
from feedsvc.web.pulse import start_pulse

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
            pace = Pace(lease=lease, patience=patience)
            _watch(root, store, pace, attended=attended)
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
        _inform(store, outcome, builder.notify)
    return outcome


def _inform(store: Store, outcome: Outcome, notify: Notify) -> None:
    """Tell people of it at once; what cannot be delivered waits for the next build."""
    log.configure()
    notifier = Notifier(store, now, _courier(), patience=Patience(settle=0))
    notifier.built(outcome.problems, notify)
    notifier.once()


def _courier() -> Courier:
    """How letters get to people, with the environment's password for the mail account."""
    return Courier(os.environ.get("FEEDSVC_SMTP_PASSWORD"))


def _hubs() -> Callable[[], HubClient]:
    """How hubs are told; whether one may be within this network is the environment's to say."""
    return partial(HubClient, private=bool(os.environ.get("FEEDSVC_ALLOW_PRIVATE_HUBS")))


def ping(store: Store) -> None:
    """Tell hubs of it; what they do not take now waits for the next build."""
    if store.outbox.waiting():
        log.configure()
        Pinger(store.outbox, now, connect=_hubs()).once()


def _watch(root: Path, store: Store, pace: Pace, *, attended: bool) -> None:
    log.configure()
    watch = Watch(root.absolute(), store, base_url(), now, _courier(), connect=_hubs(), pace=pace)
    on_stop(watch.stop)
    if attended:
        die_with_parent()
        start_pulse()
    watch.run()
