"""What can go wrong, in one tree, and how it is said to the person who can mend it.

In: facts about a fault. Out: one line of text. Knows nothing of the rest of the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

#: What a terminal, a log or a mail obeys: controls, line ends, changes of direction; and halves of
#: surrogate pairs, which nothing can write.
OBEYED: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def harmless(text: str) -> str:
    """The text on one line, with an escape in the place of each character that would be obeyed."""
    return OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class Problem(msgspec.Struct, frozen=True, order=True, gc=False):
    """Something an admin must mend, found at one place of one file.

    ``line`` and ``column`` count from 1; 0 means that the file as a whole is meant.
    ``severity`` is ``"error"`` (the entry or file is held back) or ``"warning"``.
    """

    file: str
    line: int
    column: int
    field: str
    found: str
    expected: str
    fix: str
    severity: str = "error"

    def __post_init__(self) -> None:
        """Admins' keys and file names are in it: whatever shows it may obey none of them."""
        if OBEYED.search(f"{self.file}{self.field}{self.found}{self.expected}{self.fix}"):
            for name in ("file", "field", "found", "expected", "fix"):
                msgspec.structs.force_setattr(self, name, harmless(getattr(self, name)))

    @property
    def place(self) -> str:
        """``file:line:column``, or the bare file where no line is meant."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        """The one line that every command prints for it."""
        mark = "warning: " if self.severity == "warning" else ""
        return (
            f"{self.place}: {mark}{self.field}: found {self.found}; "
            f"expected {self.expected}; fix: {self.fix}"
        )


class FeedsvcError(Exception):
    """The root: whatever feedsvc raises on purpose."""


class _ProblemsError(FeedsvcError):
    """Carries every problem found at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class SourceError(_ProblemsError):
    """An entry file cannot be used as it stands."""


class ConfigError(_ProblemsError):
    """``config/site.yaml`` cannot be used as it stands."""


class RenderError(FeedsvcError):
    """An entry that passed every check could not be turned into a document."""


class StoreError(FeedsvcError):
    """The store cannot be read or written."""


class StoreDamaged(StoreError):
    """A SQLite file is damaged, or no database at all."""


class StoreTooNew(StoreError):
    """A newer program has changed the store's tables, so that this one would misread them."""


class PublishConflict(StoreError):
    """Another builder has published, or holds the lease."""


class LeaseHeld(PublishConflict):
    """Another builder holds the lease: ``owner`` is its name."""

    def __init__(self, message: str, owner: str) -> None:
        self.owner = owner
        super().__init__(message)


class LeaseLost(PublishConflict):
    """This builder held the lease, and another one does now: nothing was written."""


class NoSnapshot(StoreError):
    """Nothing has been published yet, or not the snapshot that was named."""


class HubError(FeedsvcError):
    """A WebSub hub did not take a ping; ``retry_after`` seconds is the pause that it asks for."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class HubUnreachable(HubError):
    """A WebSub hub gave no answer at all: it would give none to another ping either."""


class ExportError(FeedsvcError):
    """The site cannot be written into that folder."""


class ImportProblem(FeedsvcError):
    """What was to be imported cannot be fetched or read, or is no feed."""


class NotifyError(FeedsvcError):
    """A letter did not get to the people whom it is for."""
