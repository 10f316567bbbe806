"""``feedsvc build``: once, or as the builder process."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import rich_click as click

from feedsvc import log, report
from feedsvc.build import Builder, Outcome
from feedsvc.builder import Watch
from feedsvc.cli.common import AT, SITE, base_url, errors, fail, load_site, moment, now, store_url
from feedsvc.errors import ConfigError, FeedsvcError
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
        outcome = Builder(root, store, base_url=base_url()).build(
            moment(at, load_site(root)), "build"
        )
    except ConfigError as error:
        fail(report.text(error.problems))
    except FeedsvcError as error:
        fail(str(error))
    _tell(outcome)
    sys.exit(1 if errors(outcome.problems) else 0)


def _watch(root: Path, store: Store, *, attended: bool) -> None:
    log.configure()
    watch = Watch(root.absolute(), store, base_url(), now)
    on_stop(watch.stop)
    if attended:
        die_with_parent()
    watch.run()


def _tell(outcome: Outcome) -> None:
    if outcome.problems:
        click.echo(report.text(outcome.problems), err=True)
    for path in outcome.changed:
        click.echo(f"changed {path}")
    for path in outcome.gone:
        click.echo(f"gone    {path}")
    if outcome.snapshot:
        what = f"snapshot {outcome.snapshot.id}: {outcome.snapshot.documents} documents"
    else:
        what = "nothing changed"
    click.echo(f"{what}, {outcome.entries} entries, {outcome.seconds:.2f} s")
