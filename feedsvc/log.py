"""Structured log lines: for people on a terminal, one JSON object a line elsewhere."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from feedsvc.errors import OBEYED, harmless

# structlog loads rich where it finds it, for tracebacks that are never asked of it here, and that
# takes a tenth of a server's start: so it finds nothing.
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog

    del sys.modules["rich"]
else:
    import structlog


def configure(*, stream_is_terminal: bool | None = None) -> None:
    """Send every log line of this process to standard error."""
    terminal = sys.stderr.isatty() if stream_is_terminal is None else stream_is_terminal
    stamp = structlog.processors.TimeStamper(
        fmt="%H:%M:%S" if terminal else "iso", utc=not terminal
    )
    renderers: list[structlog.typing.Processor] = (
        [_disarm, structlog.dev.ConsoleRenderer(pad_event_to=28)]
        if terminal
        else [structlog.processors.JSONRenderer(_json)]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            stamp,
            structlog.processors.format_exc_info,
            *renderers,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    for noisy in ("apscheduler", "watchfiles", "httpx2", "_granian"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("stamina").setLevel(logging.ERROR)  # whoever retries says more


class _Formatter(logging.Formatter):
    """The message alone; a traceback is in it where structlog says it, and harmless elsewhere."""

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage()
        if not record.exc_info or "Traceback (most recent call last)" in said:
            return said
        return f"{said}\n{_each_line(self.formatException(record.exc_info))}"


def _each_line(text: str) -> str:
    return "\n".join(map(harmless, text.split("\n")))


def _json(said: Any, **options: Any) -> str:
    """One line, whatever it is about: paths and answers hold what strangers wrote."""
    text = json.dumps(said, ensure_ascii=False, **options)
    return OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _disarm(
    _logger: Any, _name: str, said: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """What is said, without what a terminal would obey; a traceback keeps its lines."""
    return {
        harmless(key): _each_line(str(value))
        if key == "exception"
        else harmless(value if isinstance(value, str) else repr(value))
        for key, value in said.items()
    }
