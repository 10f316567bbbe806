"""Structured log lines: for people on a terminal, one JSON object a line elsewhere."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

import structlog

#: What JSON leaves as it is and a terminal obeys: controls, line ends, changes of direction.
_OBEYED = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def configure(*, stream_is_terminal: bool | None = None) -> None:
    """Send every log line of this process to standard error."""
    terminal = sys.stderr.isatty() if stream_is_terminal is None else stream_is_terminal
    stamp = structlog.processors.TimeStamper(
        fmt="%H:%M:%S" if terminal else "iso", utc=not terminal
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(pad_event_to=28)
        if terminal
        else structlog.processors.JSONRenderer(_json)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            stamp,
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s", force=True)
    for noisy in ("apscheduler", "watchfiles", "httpx2", "_granian"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("stamina").setLevel(logging.ERROR)  # whoever retries says more


def _json(said: Any, **options: Any) -> str:
    """One line, whatever it is about: paths and answers hold what strangers wrote."""
    text = json.dumps(said, ensure_ascii=False, **options)
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
