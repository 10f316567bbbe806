"""Small disks of their own: to be filled, to be made read-only, and with clocks that move in steps.

Disks of newer kernels tell any two saves apart; so do not ramfs, and ext2 with its small inodes.
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.system.servers import require


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
    with _mounted(root, "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs"):
        yield Disk(root)


@contextmanager
def ticking(root: Path) -> Iterator[Disk]:
    """One whose clock moves at each interrupt of the kernel's timer, every few milliseconds."""
    with _mounted(root, "-t", "ramfs", "ramfs"):
        yield Disk(root)


@contextmanager
def counting_seconds(root: Path) -> Iterator[Disk]:
    """One whose clock knows whole seconds alone."""
    image = root.with_name(f"{root.name}.ext2")
    _run(require("mke2fs"), "-q", "-t", "ext2", "-I", "128", "-N", "4096", image, "8M")
    with _mounted(root, "-t", "ext2", "-o", "loop", str(image)):
        yield Disk(root)


@contextmanager
def _mounted(root: Path, *what: str) -> Iterator[None]:
    root.mkdir()
    command = ["mount", *what, str(root)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a disk can only be mounted as root")
    try:
        yield
    finally:
        _run("umount", "--lazy", root)


def _run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
