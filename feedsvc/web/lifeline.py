"""How processes stop: when they are told to, and when whoever started them is gone.

In: a callable that stops. Out: nothing. An edge: it handles signals and asks the system who the
parent is. Knows nothing of what the process does.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

#: How often to look whether the parent is still there, in seconds.
_LOOK = 0.5


def on_stop(stop: Callable[[], None]) -> None:
    """Call ``stop`` at SIGTERM and at Ctrl-C."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def die_with_parent() -> None:
    """Ask this process to stop once its parent is gone, however it went: nothing is left behind."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
