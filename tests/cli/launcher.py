"""Starts commands as processes of their own, without paying for the import of all of taskmon at each.

One process imports `run` and waits; for each command it forks, and the copy becomes that command, with
its own arguments, environment, standard streams and exit status. `python -m tests.cli.launcher SOCKET` is
that process.
The socket keeps messages apart: the process id of a command and its exit status may come at the same moment.
"""

import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

READY = b"listening\n"
ROOT = Path(__file__).resolve().parents[2]
START_WITHIN = 60.0
WITHIN = 90.0
"""Seconds that a command may take, on a machine that is busy with other tests."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[list[str]]:
        """The fields of each line of standard output."""
        return [line.split("\t") for line in self.out.splitlines()]

    def json(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


class Running:
    """A command that runs: its standard output is a pipe, and a thread listens to its standard error.

    As a context manager it is gone at the end of the block.
    """

    def __init__(self, connection: socket.socket, pid: int, out: int, err: int) -> None:
        self.pid = pid
        self._connection = connection
        self._out = os.fdopen(out, encoding="utf-8")
        self._err = bytearray()
        self._heard = threading.Condition()
        self._listener = threading.Thread(target=self._listen, args=(err,), daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._out.closed:
            with suppress(ProcessLookupError):  # it has ended by itself
                os.kill(self.pid, signal.SIGKILL)
            self.end()

    def next_line(self) -> str:
        """The next line of standard output, without its end; an empty string once it has ended."""
        return self._out.readline().rstrip("\n")

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def _listen(self, err: int) -> None:
        with os.fdopen(err, "rb", buffering=0) as stream:
            while heard := stream.read(65_536):
                with self._heard:
                    self._err += heard
                    self._heard.notify_all()

    @property
    def err(self) -> str:
        """What it has written to standard error so far."""
        return self._err.decode(errors="replace")

    def until_said(self, text: str) -> None:
        """Wait until this text stands on standard error, for as long as a command may take."""
        with self._heard:
            said = self._heard.wait_for(lambda: text in self.err, WITHIN)
        assert said, f"{text!r} was not said: {self.err}"

    def end(self) -> Result:
        """Wait for its end."""
        out = self._out.read()
        self._out.close()
        self._connection.settimeout(WITHIN)
        with self._connection:
            code = int(self._connection.recv(16))
        self._listener.join(WITHIN)
        return Result(code, out, self.err)


class OnTerminal:
    """A command that runs on a terminal."""

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self._connection = connection
        self._pid = pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        try:
            return self.wait(0.0)
        except TimeoutError:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended."""
        if self._code is None:
            ready, _, _ = select.select([self._connection], [], [], timeout)
            if not ready:
                raise TimeoutError
            with self._connection:
                self._code = int(self._connection.recv(16))
        return self._code

    def send_signal(self, sig: int) -> None:
        os.kill(self._pid, sig)


class Launcher:
    """The process that waits. As a context manager it is started, and gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = folder / "launcher"
        self._started = 0

    def __enter__(self) -> Self:
        command = [sys.executable, "-W", "default", "-m", "tests.cli.launcher", str(self._socket)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_WITHIN)
        assert ready, "the launcher does not listen"
        assert self._process.stdout.readline() == READY, "the launcher ended"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def start(self, args: Sequence[str], env: Mapping[str, str], given: str = "") -> Running:
        """Start `taskmon` with these arguments, this environment and this standard input."""
        self._started += 1
        stdin = self._folder / f"{self._started}.in"
        stdin.write_text(given)
        (out, their_out), (err, their_err) = os.pipe(), os.pipe()
        with stdin.open() as read:
            connection, pid = self._ask(args, env, [read.fileno(), their_out, their_err])
        os.close(their_out)
        os.close(their_err)
        return Running(connection, pid, out, err)

    def on_terminal(self, args: Sequence[str], env: Mapping[str, str], terminal: int) -> OnTerminal:
        """Start it on this side of a terminal, which becomes the one that controls it."""
        return OnTerminal(*self._ask(args, env, [terminal] * 3, terminal=True))

    def _ask(
        self, args: Sequence[str], env: Mapping[str, str], streams: Sequence[int], *, terminal: bool = False
    ) -> tuple[socket.socket, int]:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.settimeout(WITHIN)
        connection.connect(str(self._socket))
        message = {"args": list(args), "env": dict(env), "terminal": terminal}
        socket.send_fds(connection, [json.dumps(message).encode()], streams)
        return connection, int(connection.recv(16))

    def run(self, *args: str, env: Mapping[str, str], given: str = "") -> Result:
        """The same, to its end."""
        with self.start(args, env, given) as running:
            return running.end()


# --- the process that waits


def _serve(address: str) -> NoReturn:
    import run
    from cli.commands.table import ASKING

    for command in ASKING:
        command.imported()  # here, once, and not in every copy
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(address)
        listening.listen(64)
        os.write(1, READY)  # from now on whoever asks is heard
        os.dup2(2, 1)  # a copy that outlives this one must not keep the pipe open
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that nobody has to wait for the copies
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _attend(connection, run.main)
            connection.close()


def _attend(connection: socket.socket, main: Any) -> NoReturn:
    """Become the one who waits for a command, which is a copy again, and tell its process id and its end."""
    message, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    pid = os.fork()
    if pid == 0:
        connection.close()
        _become(json.loads(message), streams, main)
    for stream in streams:
        os.close(stream)
    connection.sendall(str(pid).encode())
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):  # whoever started it does not listen any more
        connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(told: dict[str, Any], streams: Sequence[int], main: Any) -> NoReturn:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    if told["terminal"]:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a terminal's own, also where nohup runs the tests
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # Those that were made at the start are for the streams of the launcher.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (by number)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(told["env"])
    sys.argv = ["taskmon", *told["args"]]
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:  # noqa: BLE001 (as the interpreter would, on its way out)
        traceback.print_exc()
        code = 1
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve(sys.argv[1])
