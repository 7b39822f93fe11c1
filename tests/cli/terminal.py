"""A program on a pseudo-terminal, and what a person would read on it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

STOPS_WITHIN = 20.0
"""Seconds that a program has to end after SIGTERM."""
STILL_RUNS = (TimeoutError, subprocess.TimeoutExpired)
CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")


class Started(Protocol):
    """A process, as far as a terminal needs to know it."""

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended."""

    def send_signal(self, sig: int) -> None: ...


Start = Callable[[Sequence[str], Mapping[str, str], int], Started]
"""Starts a program with this environment on this side of a terminal, which from then on controls it."""


def _started(argv: Sequence[str], env: Mapping[str, str], theirs: int) -> Started:
    return subprocess.Popen(
        argv,
        env=env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 (here are no threads)
    )


class Terminal:
    """Runs a program as a terminal would: as the leader of a session, in the foreground, with colours."""

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        columns: int = 80,
        lines: int = 24,
        start: "Start | None" = None,
    ) -> None:
        self.columns, self.lines = columns, lines
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = (start or _started)(argv, {**env, "TERM": "xterm-256color"}, theirs)
        os.close(theirs)
        self.written = ""
        self._rest = b""

    def read_until(self, text: str, within: float) -> None:
        """Read on until this text was written since the program began; AssertionError when time is up."""
        deadline = time.monotonic() + within
        while text not in self.written:
            assert self._read(deadline), f"{text!r} was not written:\n{self.written[-3000:]}"

    def end(self, within: float) -> int:
        """Read until the program has ended; its exit status."""
        deadline = time.monotonic() + within
        while self._read(deadline):
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))

    def press(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def echoes(self) -> bool:
        """Whether it shows what is typed."""
        local_modes: int = termios.tcgetattr(self._ours)[3]
        return bool(local_modes & termios.ECHO)

    def _read(self, deadline: float) -> bool:
        readable, _, _ = select.select([self._ours], [], [], max(0, deadline - time.monotonic()))
        if not readable:
            return False
        try:
            content = os.read(self._ours, 65536)
        except OSError:  # EIO: the other side is closed, the program has ended
            return False
        self.written += self._decoded(content)
        return bool(content)

    def _decoded(self, content: bytes) -> str:
        """What is there of whole characters; a half one waits for its other half."""
        content = self._rest + content
        for cut in range(4):
            try:
                text = content[: len(content) - cut].decode()
            except UnicodeDecodeError:
                continue
            self._rest = content[len(content) - cut :]
            return text
        raise AssertionError(f"no UTF-8: {content!r}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self.process.poll() is None:
                self._stop()
        except STILL_RUNS:
            if error is None:  # else that is what went wrong first
                raise
        finally:
            os.close(self._ours)

    def _stop(self) -> None:
        """Let it end in order; it is gone then in any case."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.end(STOPS_WITHIN)
        except STILL_RUNS:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(STOPS_WITHIN)
            raise


def as_read(written: str, columns: int, lines: int) -> list[str]:
    """The lines that stay on a terminal of this size, scrolled off or not.

    Fails on a control sequence that a calm display has no use for, and on moving up beyond the top.
    """
    rows: list[str] = [""]
    row = column = 0
    for match in CONTROL.finditer(written):
        arguments, command, ending, text = match.groups()
        match command or ending:
            case "m":
                pass
            case "h" | "l":
                assert arguments == "?25", f"{match[0]!r} is more than hiding the cursor"
            case "A":
                row -= int(arguments or 1)
                assert row >= 0
                assert len(rows) - row <= lines, "it moves above the top of the terminal"
            case "K":
                assert arguments == "2"
                rows[row] = ""
            case "\r":
                column = 0
            case "\n":
                row += 1
                if row == len(rows):
                    rows.append("")
            case None:
                rows[row] = rows[row][:column].ljust(column) + text + rows[row][column + len(text) :]
                column += len(text)
                assert column <= columns, f"longer than {columns} columns: {rows[row]!r}"
            case _:
                raise AssertionError(f"{match[0]!r} is no control sequence for a calm display")
    return [line.rstrip() for line in rows]
