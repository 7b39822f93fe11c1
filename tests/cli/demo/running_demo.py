"""Running the demo as somebody would, and looking for what it left behind."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# Warnings that nobody shows by default, such as of a socket that was not closed, end up on standard error.
DEMO = (sys.executable, "-W", "error", str(ROOT / "run.py"), "demo")
WITHIN = 60.0
"""Seconds; the demo promises to take no longer than that."""


def environment(folder: Path) -> dict[str, str]:
    """As a person's, with temporary files in this folder, and settings that a demo must not heed."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}
    }
    return {**kept, "TMPDIR": str(folder), "TASKMON_WEB__PORT": "1", "TASKMON_LOG__FILE": str(folder / "log")}


def processes_of(folder: Path) -> dict[int, str]:
    """The command lines of all processes, by their ids, that were told of this folder."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended meanwhile
            continue
        if str(folder) in command:
            found[int(entry.name)] = command
    return found


def assert_nothing_is_left(folder: Path) -> None:
    assert processes_of(folder) == {}
    assert list(folder.iterdir()) == []
