"""The builder process: builds whenever the schedule says so, and says how it went.

In: a site's folder, a store, a clock. Out: snapshots in the store, log lines for the operator.
Knows when and that, not how: that is ``build``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import structlog

from feedsvc.build import Builder, Outcome
from feedsvc.errors import ConfigError, FeedsvcError, Problem, PublishConflict
from feedsvc.schedule import Outlook, Schedule
from feedsvc.store import Store

log = structlog.get_logger(__name__)

#: When to look again where no build has succeeded yet, in seconds.
_SOON = 60


class Watch:
    """Builds at start, at each edit, at each interval and at each known change."""

    def __init__(
        self, root: Path, store: Store, base_url: str | None, clock: Callable[[], datetime]
    ) -> None:
        self._builder = Builder(root, store, base_url=base_url)
        self._clock = clock
        self._outlook = Outlook(refresh=_SOON, next_change=None)
        self._schedule = Schedule(self._build, (root / "feeds", root / "config"))

    def run(self) -> None:
        """Build until ``stop`` is called."""
        self._schedule.run()

    def stop(self) -> None:
        """Finish the build that is running and begin no other. Safe in a signal handler."""
        self._schedule.stop()

    def _build(self, why: str) -> Outlook:
        """Nothing that an admin wrote may end the process: what goes wrong is said."""
        try:
            outcome = self._builder.build(self._clock(), why)
        except ConfigError as error:
            _tell(error.problems)
            log.warning("config cannot be used; the last snapshot stays")
        except PublishConflict as error:
            log.warning("another builder was first", detail=str(error))
        except FeedsvcError as error:
            log.error(  # noqa: TRY400 - said in one line, no traceback
                "build failed; the last snapshot stays", error=str(error)
            )
        else:
            _say(outcome, why)
            self._outlook = Outlook(refresh=outcome.refresh, next_change=outcome.next_change)
        return self._outlook


def _say(outcome: Outcome, why: str) -> None:
    _tell(outcome.new_problems)
    if outcome.snapshot:
        log.info(
            "published",
            why=why,
            snapshot=outcome.snapshot.id,
            entries=outcome.entries,
            changed=len(outcome.changed),
            gone=len(outcome.gone),
            seconds=round(outcome.seconds, 3),
        )


def _tell(problems: Iterable[Problem]) -> None:
    for problem in problems:
        say = log.error if problem.severity == "error" else log.warning
        say("problem", problem=str(problem))
