"""Somebody who types commands, with a place of their own where sessions are kept."""

import json
import os
from pathlib import Path
from typing import Any

from tests.cli.launcher import Launcher, Result, Running
from tests.cli.terminal import Terminal, as_read
from tests.service import Service

NOT_OURS = ("TASKMON_", "XDG_", "_TASKMON", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHON")


class Person:
    """Runs commands as processes: piped, or in a terminal."""

    def __init__(self, launcher: Launcher, state: Path) -> None:
        self._launcher = launcher
        self.state = state

    @property
    def file(self) -> Path:
        """Where the sessions are kept."""
        return self.state / "taskmon" / "sessions.json"

    @property
    def kept(self) -> list[dict[str, Any]]:
        """The sessions that are kept."""
        found: list[dict[str, Any]] = json.loads(self.file.read_text())["services"]
        return found

    def environment(self, **more: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(NOT_OURS)}
        return {**own, "XDG_STATE_HOME": str(self.state), **more}

    def run(self, *args: str, given: str = "", **env: str) -> Result:
        """The command `taskmon` with these arguments, to its end, its streams piped."""
        return self._launcher.run(*args, env=self.environment(**env), given=given)

    def well(self, *args: str, given: str = "", **env: str) -> Result:
        """The same, where it must exit 0 and have nothing to say besides."""
        result = self.run(*args, given=given, **env)
        assert (result.code, result.err) == (0, ""), (args, result)
        return result

    def start(self, *args: str, **env: str) -> Running:
        """The same command, going on."""
        return self._launcher.start(args, self.environment(**env))

    def log_in(self, service: Service) -> None:
        self.well(
            "login", service.url, "--user", service.user, "--ca", str(service.certificate),
            TASKMON_PASSWORD=service.password,
        )  # fmt: skip

    def terminal(self, *args: str, columns: int = 100, lines: int = 24, **env: str) -> Terminal:
        """The same command in a terminal."""
        return Terminal(args, self.environment(**env), columns, lines, self._launcher.on_terminal)

    def looked_at(self, *args: str, columns: int = 100, within: float = 90.0) -> "Seen":
        """What stays on a terminal once the command has ended."""
        with self.terminal(*args, columns=columns) as terminal:
            code = terminal.end(within)
            return Seen(code, as_read(terminal.written, columns, 24), terminal.written)


class Seen:
    """How a command ended on a terminal: its exit status, the lines that stay, and all that was written."""

    def __init__(self, code: int, lines: list[str], written: str) -> None:
        self.code = code
        self.lines = lines
        self.written = written

    def __repr__(self) -> str:
        return f"Seen({self.code}, {self.lines})"
