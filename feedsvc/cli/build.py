"""``feedsvc build``: once, or as the builder process."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime
from pathlib import Path

import rich_click as click

from feedsvc import log, report
from feedsvc.build import Builder, Outcome
from feedsvc.builder import Ending, Watch, held_back, note
from feedsvc.cli.common import AT, SITE, base_url, errors, fail, load_site, moment, now, store_url
from feedsvc.errors import ConfigError, FeedsvcError
from feedsvc.model import Notify
from feedsvc.notifier import Notifier, Patience
from feedsvc.notify import Courier
from feedsvc.pinger import Pinger
from feedsvc.store import Store
from feedsvc.web.lifeline import die_with_parent, on_stop


@click.command()
@click.option("--watch", is_flag=True, help="Keep building: at edits, intervals, known changes.")
@click.option("--attended", is_flag=True, hidden=True, help="Stop when the parent is gone.")
@AT
@SITE
def build(root: Path, watch: bool, attended: bool, at: datetime | None) -> None:  # noqa: FBT001
    """Build once, publish, and say what changed.

    **Example:** `feedsvc build --at 2026-03-01T09:00`
    """
    if watch and at:
        raise click.UsageError("--watch follows the clock: it cannot go with --at")
    url = store_url(root)
    store = Store(url)
    try:
        store.create()
        if watch:
            _watch(root, store, attended=attended)
            return
        outcome = once(root, store, at)
    except ConfigError as error:
        fail(report.text(error.problems))
    except FeedsvcError as error:
        fail(str(error))
    tell(outcome)
    ping(store)
    sys.exit(1 if errors(outcome.problems) else 0)


def once(root: Path, store: Store, at: datetime | None, why: str = "build") -> Outcome:
    """One build, and a word on it in the journal, as a builder would leave it.

    Raises ConfigError, RenderError and StoreError.
    """
    instant, ticks = now(), time.perf_counter()
    ended = Ending("failed", "interrupted")
    builder = Builder(root, store, base_url=base_url())
    try:
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


def ping(store: Store) -> None:
    """Tell hubs of it; what they do not take now waits for the next build."""
    if store.outbox.waiting():
        log.configure()
        Pinger(store.outbox, now).once()


def _watch(root: Path, store: Store, *, attended: bool) -> None:
    log.configure()
    watch = Watch(root.absolute(), store, base_url(), now, _courier())
    on_stop(watch.stop)
    if attended:
        die_with_parent()
    watch.run()


def tell(outcome: Outcome) -> None:
    """Say what must be mended, what changed, and what is held back."""
    if outcome.problems:
        click.echo(report.text(outcome.problems), err=True)
    if outcome.held:
        click.echo(held_back(outcome), err=True)
    for path in outcome.changed:
        click.echo(f"changed {path}")
    for path in outcome.gone:
        click.echo(f"gone    {path}")
    if outcome.snapshot:
        what = f"snapshot {outcome.snapshot.id}: {outcome.snapshot.documents} documents"
    else:
        what = "nothing changed"
    click.echo(f"{what}, {outcome.entries} entries, {outcome.seconds:.2f} s")
