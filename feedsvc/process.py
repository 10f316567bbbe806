"""Which process this is, by a name that no other one ever has here, and whether one has ended.

In: names that other processes of this machine have written somewhere. Out: whether they are gone.
An edge: it asks the system. Where the system has no /proc, nothing is known, and nothing is gone.
"""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def this_process() -> str:
    """Machine since its start, process namespace, process id and its start; at least the id."""
    here, began = _here(), _began(os.getpid())
    return f"{here} {os.getpid()} {began}" if here and began else f"- {os.getpid()}"


def is_gone(name: str) -> bool:
    """Whether that process ran on this machine since it was started, and has ended."""
    here, _, rest = name.partition(" ")
    number, _, began = rest.partition(" ")
    if not began or here != _here() or not number.isdigit():
        return False
    return _began(int(number)) != began


def _here() -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _began(number: int) -> str:
    """When the process started, in the system's own ticks; "" where there is none that lives."""
    try:
        text = (_PROC / str(number) / "stat").read_text("latin-1")
    except OSError:
        return ""
    # The second field is the program's name in brackets, and may hold anything.
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] in {"Z", "X"} else fields[19]
