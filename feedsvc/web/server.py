"""One listener: granian and its workers, run as ``python -m feedsvc.web.server``.

In: which application, an address and a number of workers, on the command line; the store in the
environment. Out: answers, until SIGTERM. A module of its own so that a worker loads what serves
and nothing else.
"""

from __future__ import annotations

import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from feedsvc import log as logs
from feedsvc.web.lifeline import die_with_parent

#: Seconds that a worker has to finish its answers.
_GRACE = 2


def run(application: str, host: str, port: int, workers: int) -> None:
    """Serve ``feedsvc.web.<application>:application`` until SIGTERM."""
    logs.configure()
    die_with_parent()
    Server(
        f"feedsvc.web.{application}:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=_GRACE,
        factory=True,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
