"""Sets up logging: one line an event, for people or as JSON, to standard error or a rotating file."""

import json
import logging
import logging.handlers
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from io import TextIOWrapper
from pathlib import Path

from config.request_ids import REQUEST_ID
from config.settings import LogSettings

log = logging.getLogger("taskmon")

LARGEST_FILE = 20 * 1024 * 1024
KEPT_FILES = 5
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class TextLines(logging.Formatter):
    """`2026-01-02T03:04:05.678Z INFO    taskmon.tasks: … [request 3f2a…]`, if one caused it.

    Control characters are shown, not sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        first = f"{_stamp(record)} {record.levelname:<7} {record.name}: {record.getMessage()}"
        line = first.encode("unicode_escape").decode("ascii") if not first.isprintable() else first
        if request_id := REQUEST_ID.get():
            line += f" [request {request_id}]"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class JsonLines(logging.Formatter):
    """One JSON object a line; what a log call gave as `extra` becomes members of its own.

    `request_id` is that of the request that caused it, if any.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _stamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := REQUEST_ID.get():
            line["request_id"] = request_id
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class AuditLines(logging.Formatter):
    """One JSON object a line: when, what has happened, the facts about it, and the id of the request."""

    def format(self, record: logging.LogRecord) -> str:
        facts = getattr(record, "audit", {})
        if request_id := REQUEST_ID.get():
            facts = {**facts, "request_id": request_id}
        return json.dumps({"time": _stamp(record), "event": record.getMessage(), **facts})


class _AuditFile(logging.handlers.WatchedFileHandler):
    """Appends, and goes on in a new file when the old one is moved away, as logrotate does.

    It is the operator who removes what is old: an audit that forgets by itself is none.
    """

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    def close(self) -> None:
        with suppress(OSError):  # what could not be written has been told of
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        log.error("the audit %s cannot be written, and misses: %s", self.baseFilename, self.format(record))


def _stamp(record: logging.LogRecord) -> str:
    return f"{_second(int(record.created))}.{int(record.msecs):03d}Z"


@lru_cache(maxsize=1)
def _second(at: int) -> str:
    """The same for all lines of a second, of which there may be thousands."""
    return datetime.fromtimestamp(at, UTC).isoformat().removesuffix("+00:00")


def set_up_logging(settings: LogSettings) -> None:
    """Send all logging of this process where the settings say; may be called again.

    Raises:
        OSError: the log file cannot be written.
    """
    handler: logging.Handler
    if settings.file is None:
        handler = logging.StreamHandler(sys.stderr)
    else:
        settings.file.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            settings.file, maxBytes=LARGEST_FILE, backupCount=KEPT_FILES, encoding="utf-8"
        )
    # No line shows where in the source it was written; to look for that takes longer than to write it.
    logging._srcfile = None  # the switch that Python's logging HOWTO names for this
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    adjust_logging(settings)


def adjust_logging(settings: LogSettings) -> None:
    """Write from now on in this format, and what this level lets through, where logging goes already."""
    root = logging.getLogger()
    for handler in root.handlers:
        handler.setFormatter(JsonLines() if settings.format == "json" else TextLines())
    root.setLevel(settings.level.upper())
    # What Pykka says of each actor's start and stop is for debugging actors, not tasks.
    logging.getLogger("pykka").setLevel(max(logging.INFO, logging.getLevelName(settings.level.upper())))
    logging.getLogger("asyncio").setLevel(logging.WARNING)


def set_up_audit(file: Path) -> None:
    """Append the audit of this process to this file, which is for its owner alone; may be called again.

    Several processes may append to one file.

    Raises:
        OSError: the file cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = _AuditFile(file)
    handler.setFormatter(AuditLines())
    audit = logging.getLogger("taskmon.audit")
    for old in audit.handlers[:]:
        audit.removeHandler(old)
        old.close()
    audit.addHandler(handler)
    audit.setLevel(logging.INFO)
    audit.propagate = False
