"""What a build would publish, told before it does, or without it.

In: a site, its store, an instant. Out: what would change; the store stays as it is. An instant that
is not the present makes history that never was: what is embargoed until then becomes public, and
the next build takes it back, with tombstones and pages that are gone. So a person says yes first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import rich_click as click

from feedsvc.build import Builder, Outcome
from feedsvc.cli.common import base_url, load_site, moment, now
from feedsvc.cli.outcome import summed, tell_paths, tell_problems
from feedsvc.cli.past import Zone
from feedsvc.cli.progress import progress
from feedsvc.snapshot import Prepared
from feedsvc.store import Store
from feedsvc.store.past import Changes
from feedsvc.store.publication import Publication


class _Reading(Store):
    """A store into which nothing is written: neither a snapshot, nor problems."""

    def publish(self, publication: Publication) -> None:
        """Publish nothing."""

    def keep(self, documents: Sequence[Prepared]) -> None:
        """Keep no bodies."""

    def report(self, problems: object) -> None:
        """Leave the problems that are known."""


class Rehearsal(NamedTuple):
    """A build that published nothing, and what it would have changed."""

    outcome: Outcome
    changes: Changes


def _hurry(_seconds: float) -> None:
    """Wait for no second of its own: nothing is published in it."""


def rehearse(root: Path, url: str, instant: datetime) -> Rehearsal:
    """Build as if it were then. Raises ConfigError, RenderError, StoreError."""
    store = _Reading(url)
    try:
        known = store.paths()
        with progress("Rendering", "documents") as step:
            builder = Builder(root, store, base_url=base_url(), pause=_hurry, progress=step)
            outcome = builder.build(instant, "rehearsal")
        changed = sorted(outcome.changed)
        added = tuple(path for path in changed if path not in known)
        edited = tuple(path for path in changed if path in known)
        return Rehearsal(outcome, Changes(added, edited, tuple(sorted(outcome.gone))))
    finally:
        store.close()


def tell(rehearsal: Rehearsal) -> None:
    """Say what would change."""
    tell_problems(rehearsal.outcome)
    tell_paths(rehearsal.changes)
    said = summed(rehearsal.changes) if rehearsal.changes else "nothing"
    click.echo(f"would publish: {said}")


def need_yes(root: Path, store: Store, url: str, at: datetime) -> None:
    """Let a person agree to an instant that is not the present; without one, ``--yes`` is needed.

    Nobody is asked where no harm is done: before anything was published, up to the present.
    Raises UsageError and Abort, and what ``rehearse`` raises.
    """
    instant = moment(at, load_site(root))
    if store.current() is None and instant <= now():
        return
    click.echo(f"As if it were {Zone.of(store).tell(instant)}:", err=True)
    rehearsal = rehearse(root, url, instant)
    tell(rehearsal)
    if not rehearsal.changes:
        return
    click.echo(_HARM, err=True)
    if not sys.stdin.isatty():
        raise click.UsageError("nothing was published: --yes does it, --dry-run asks no question")
    click.confirm("Publish it all the same?", abort=True, err=True)


_HARM = (
    "The next build goes back to the present: what it takes away again is gone for readers, with "
    "tombstones in feeds and 410 at pages. 'feedsvc export DIR --at' and 'feedsvc serve --preview' "
    "show the same and publish nothing."
)
