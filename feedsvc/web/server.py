"""One listener: granian and its workers, run as ``python -m feedsvc.web.server``.

In: which application, an address and a number of workers, on the command line; the store in the
environment. Out: answers, until SIGTERM. A module of its own so that a worker loads what serves
and nothing else.
"""

from __future__ import annotations

import gc
import multiprocessing
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from feedsvc import log as logs
from feedsvc.web.lifeline import die_with_parent
from feedsvc.web.pulse import start_pulse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

#: Seconds that a worker has to finish its answers.
_GRACE = 2
#: Milliseconds that a client has for its header fields, which also ends idle connections, and the
#: bytes that they may take: RFC 6585 §5.
_HEADERS_WITHIN = 15_000
_HEADERS_AT_MOST = 16_384


def run(application: str, host: str, port: int, workers: int) -> None:
    """Serve ``feedsvc.web.<application>:application`` until SIGTERM."""
    logs.configure()
    die_with_parent()
    start_pulse()
    module = f"feedsvc.web.{application}"
    if multiprocessing.get_start_method() == "fork":
        _preload(module)
    Server(
        module,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=_HEADERS_WITHIN, max_buffer_size=_HEADERS_AT_MOST
        ),
        workers=workers,
        # One thread runs Python: an answer is a look-up, and a second one would only contend.
        blocking_threads=1,
        runtime_threads=1,
        # Connections, kept-alive ones included, that a worker holds: slow ones cost little.
        backpressure=4096,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=_GRACE,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=_application)


def _preload(module: str) -> None:
    """Load it once for all workers: each then starts at once, and shares the memory of it.

    What is loaded stays: it need not be looked through for garbage, neither now nor later.
    """
    gc.disable()
    import_module(module)
    gc.freeze()
    gc.enable()


def _application(module: str) -> WSGIApplication:
    """In a worker: what it serves."""
    made: WSGIApplication = import_module(module).application()
    return made


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
