"""Log lines: one an event, whatever is in the message."""

import json
import logging
import sys

from config.logs import JsonLines, TextLines


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("taskmon.test", logging.WARNING, __file__, 1, message, args, None)
    vars(made).update(extra)
    return made


def test_a_text_line_has_the_time_the_level_and_the_logger() -> None:
    stamp, rest = TextLines().format(record("abort of %s", "task1")).split(" ", 1)
    assert stamp.endswith("Z")
    assert rest == "WARNING taskmon.test: abort of task1"


def test_nothing_in_a_message_makes_a_second_line() -> None:
    hostile = "name\n2026-01-01T00:00:00Z ERROR forged\r\x1b[2J"
    line = TextLines().format(record("user %s", hostile))
    assert line.isprintable()
    assert len(JsonLines().format(record("user %s", hostile)).splitlines()) == 1


def test_a_json_line_carries_what_was_given_as_extra() -> None:
    line = json.loads(JsonLines().format(record("done", status=204)))
    assert (line["level"], line["logger"], line["message"], line["status"]) == (
        "warning",
        "taskmon.test",
        "done",
        204,
    )


def test_a_traceback_is_kept() -> None:
    try:
        int("what went wrong")
    except ValueError:
        made = logging.LogRecord("t", logging.ERROR, __file__, 1, "failed", (), sys.exc_info())
    assert "what went wrong" in TextLines().format(made)
    assert "what went wrong" in json.loads(JsonLines().format(made))["traceback"]
