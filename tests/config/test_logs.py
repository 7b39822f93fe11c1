"""Log lines: one an event, whatever is in the message."""

import json
import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.logs import JsonLines, TextLines, set_up_audit


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


# --- the audit


@pytest.fixture
def audit_logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("taskmon.audit")
    yield logger
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
        handler.close()
    logger.propagate = True


def test_the_audit_is_a_json_object_a_line_for_its_owner_alone(
    audit_logger: logging.Logger, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "audit.log"
    set_up_audit(file)
    audit_logger.info("request", extra={"audit": {"user": "eve\n{}", "status": 202}})
    audit_logger.info("service stopped", extra={"audit": {}})
    first, second = map(json.loads, file.read_text().splitlines())
    assert (first["event"], first["user"], first["status"]) == ("request", "eve\n{}", 202)
    assert set(second) == {"time", "event"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_it_goes_on_in_a_new_file_when_the_old_one_is_moved_away(
    audit_logger: logging.Logger, tmp_path: Path
) -> None:
    file = tmp_path / "audit.log"
    set_up_audit(file)
    audit_logger.info("one", extra={"audit": {}})
    file.rename(tmp_path / "audit.log.1")
    audit_logger.info("two", extra={"audit": {}})
    assert '"one"' in (tmp_path / "audit.log.1").read_text()
    assert '"two"' in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_cannot_be_written_is_told_in_the_log(
    audit_logger: logging.Logger, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    (tmp_path / "audit.log").symlink_to(full)
    set_up_audit(tmp_path / "audit.log")
    audit_logger.info("request", extra={"audit": {"user": "ann"}})
    assert "cannot be written" in caplog.text
    assert '"user": "ann"' in caplog.text
