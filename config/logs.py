"""Sets up logging: one line an event, for people or as JSON, to standard error or a rotating file."""

import json
import logging
import logging.handlers
import sys
from datetime import UTC, datetime

from config.settings import LogSettings

LARGEST_FILE = 20 * 1024 * 1024
KEPT_FILES = 5
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class TextLines(logging.Formatter):
    """`2026-01-02T03:04:05.678Z INFO    taskmon.tasks: …`; control characters are shown, not sent."""

    def format(self, record: logging.LogRecord) -> str:
        first = f"{_stamp(record)} {record.levelname:<7} {record.name}: {record.getMessage()}"
        line = first.encode("unicode_escape").decode("ascii") if not first.isprintable() else first
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class JsonLines(logging.Formatter):
    """One JSON object a line; what a log call gave as `extra` becomes members of its own."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _stamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def _stamp(record: logging.LogRecord) -> str:
    stamp = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return f"{stamp.removesuffix('+00:00')}Z"


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
    handler.setFormatter(JsonLines() if settings.format == "json" else TextLines())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(settings.level.upper())
    # What Pykka says of each actor's start and stop is for debugging actors, not tasks.
    logging.getLogger("pykka").setLevel(max(logging.INFO, logging.getLevelName(settings.level.upper())))
    logging.getLogger("asyncio").setLevel(logging.WARNING)
