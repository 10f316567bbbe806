"""How a build ended, in words for the journal and for people.

In: an outcome, or why there is none. Out: an ending, a sentence, a row of the journal. Knows no
schedule and no clock.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
import structlog

from feedsvc.build import Outcome
from feedsvc.errors import StoreError
from feedsvc.keeper import me
from feedsvc.store.journal import Attempt, Journal, Result

log = structlog.get_logger(__name__)


class Ending(msgspec.Struct, frozen=True):
    """How a build ended; ``reason`` says why it failed, or what was held back."""

    result: Result
    reason: str = ""
    snapshot: int | None = None
    entries: int = 0
    changed: int = 0

    @classmethod
    def of(cls, outcome: Outcome) -> Ending:
        """The ending of a build that went well."""
        return cls(
            result="published" if outcome.snapshot else "unchanged",
            reason=held_back(outcome),
            snapshot=outcome.snapshot.id if outcome.snapshot else None,
            entries=outcome.entries,
            changed=len(outcome.changed) + len(outcome.gone),
        )

    def attempt(self, instant: datetime, why: str, seconds: float, due: datetime | None) -> Attempt:
        """The same, for the journal."""
        return Attempt(
            instant=instant,
            why=why,
            builder=me(),
            seconds=seconds,
            due=due,
            **msgspec.structs.asdict(self),
        )


def held_back(outcome: Outcome) -> str:
    """What is said while a rollback lasts; "" where none does."""
    if outcome.held is None:
        return ""
    return (
        f"snapshot {outcome.held.snapshot} stays, by a rollback: nothing is published until the "
        "source changes or 'feedsvc rollback --resume'"
    )


def note(journal: Journal, attempt: Attempt) -> None:
    """Write it down; a journal that cannot be written stops no build."""
    try:
        journal.note(attempt)
    except StoreError as error:
        log.warning("the journal cannot be written", error=str(error))
