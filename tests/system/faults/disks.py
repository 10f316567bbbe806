"""Small disks of their own, in memory: to be filled, and to be made read-only."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass
class Disk:
    """A mounted disk of a few megabytes."""

    root: Path

    @contextmanager
    def full(self) -> Iterator[None]:
        """Not one byte fits on it any more."""
        ballast = self.root / "ballast"
        try:
            with ballast.open("wb", buffering=0) as opened:
                for size in (65536, 4096, 1):
                    with suppress(OSError):
                        while opened.write(bytes(size)):
                            pass
            with pytest.raises(OSError) as refused:
                (self.root / "more").write_bytes(bytes(8192))
            assert refused.value.errno == errno.ENOSPC
            yield
        finally:
            ballast.unlink()
            (self.root / "more").unlink(missing_ok=True)

    def read_only(self) -> None:
        """From now on; whoever writes on it must have stopped."""
        _run("mount", "-o", "remount,ro", self.root)

    def writable(self) -> None:
        _run("mount", "-o", "remount,rw", self.root)


@contextmanager
def disk(root: Path, megabytes: int) -> Iterator[Disk]:
    """A disk as long as the block lasts; only root can mount one."""
    root.mkdir()
    if os.geteuid() != 0 or not _mounted(root, megabytes):
        pytest.skip("a disk can only be mounted as root")
    try:
        yield Disk(root)
    finally:
        _run("umount", "--lazy", root)


def _mounted(root: Path, megabytes: int) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(root)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
