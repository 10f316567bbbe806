"""A folder of the supervisor's in memory: counters, signs of life, and word of a damaged store.

In: nothing, or the environment's name of the folder. Out: paths in it. It lies in memory, so that
counting goes on where the site's disk is full or read-only: a counter is a mapped file, and a page
of one that finds no room ends its process. An edge. Knows nothing of what is counted.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

#: Where a process that the supervisor started finds the folder.
VARIABLE: Final = "FEEDSVC_SCRATCH"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folder within it is ours alone
_PREFIX: Final = "feedsvc-"


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that lasts as long as the block does; those of supervisors that were killed go."""
    place = _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    for old in place.glob(f"{_PREFIX}*"):
        _sweep(old)
    # Locked before it has the name by which others find it.
    made = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=place))
    lock = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        made = made.rename(place / made.name.removeprefix("."))
        for name in ("metrics", "pulse"):
            (made / name).mkdir()
        yield made
    finally:
        os.close(lock)
        shutil.rmtree(made, ignore_errors=True)


def _sweep(old: Path) -> None:
    """Remove the folder if it is ours and nobody holds it."""
    with suppress(OSError):
        lock = os.open(old, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(lock).st_uid == os.geteuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(old, ignore_errors=True)
        finally:
            os.close(lock)


def alarm() -> Path | None:
    """The file that says, by being there, that the store seems damaged; None without supervisor."""
    folder = os.environ.get(VARIABLE)
    return Path(folder) / "damaged" if folder else None


def raise_alarm() -> None:
    """Let whoever writes the store look into it."""
    if flag := alarm():
        with suppress(OSError):
            flag.touch()


def take_alarm() -> bool:
    """Whether there was an alarm since somebody asked last."""
    flag = alarm()
    if flag is None or not flag.exists():
        return False
    with suppress(OSError):
        flag.unlink()
    return True
