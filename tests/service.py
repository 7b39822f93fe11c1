"""Starts `run.py serve` and `run.py simulate` as processes for tests, and ends them whatever happens.

For tests that ask over real sockets, with or without a loop: starting and stopping block for a second or so.
"""

import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from store.folder import DataFolder

ROOT = Path(__file__).parents[1]
READY = "listening on "
SHOWN = 20_000
"""So many characters of what a process wrote are shown, the last of them."""
START_WITHIN, SAY_WITHIN, STOP_WITHIN = 30.0, 10.0, 30.0

ADMIN = "admin"
PASSWORD = "Interop-Secret-1!"

_BAD = re.compile(r"^\S+Z ERROR |^Traceback |Warning: | was never |^Exception ignored", re.MULTILINE)
"""What a process must not write by itself: errors, tracebacks, Python's warnings."""


class Process:
    """A process of `run.py`. As a context manager it is started, is ready, and is gone afterwards.

    At the end of the block it gets SIGTERM, must end within `STOP_WITHIN` with exit code 0, and must not
    have written errors to its standard error but those that match one of the patterns `announced`. If the
    block failed, what it wrote is shown.
    """

    def __init__(self, name: str, folder: Path, announced: Iterable[str] = ()) -> None:
        self.name = name
        self.folder = folder
        self.url = ""
        """Where it listens, without a slash at the end; known once it is ready."""
        self._announced = tuple(re.compile(pattern) for pattern in announced)
        self._process: subprocess.Popen[bytes] | None = None
        self._unread = b""

    # --- what differs

    def program(self) -> Sequence[str]:
        """What Python runs."""
        return [str(ROOT / "run.py")]

    def arguments(self) -> Sequence[str]:
        """The arguments of `run.py`."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """What is added to the environment; nothing else that begins with TASKMON_ is in it."""
        return {}

    # --- life

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and self._process is not None:
                self.stop()
        except AssertionError as unclean:
            error = unclean
            raise
        finally:
            self.kill()
            if error is not None:
                print(f"--- {self.name} wrote to standard error:\n{self.log[-SHOWN:]}", file=sys.stderr)

    def start(self) -> None:
        """Start it; returns once it listens. AssertionError, with what it wrote, if it does not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TASKMON_")}
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                # A ResourceWarning is not shown by itself, and what leaks is worth knowing.
                [sys.executable, "-W", "default::ResourceWarning", *self.program(), *self.arguments()],
                cwd=self.folder,
                env={**kept, **self.environment()},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._unread = b""
        try:
            line = self.next_line(START_WITHIN)
            while not line.startswith(READY):
                line = self.next_line(START_WITHIN)
        except BaseException:
            self.kill()
            raise
        self.url = line.removeprefix(READY).split()[0].rstrip("/")

    def stop(self) -> None:
        """End it with SIGTERM. AssertionError if it does not end cleanly, as the class says."""
        process = self._running
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            self._fail(f"still ran {STOP_WITHIN:g} s after SIGTERM")
        self.kill()  # only closes what is left of it
        if code != 0:
            self._fail(f"ended with exit code {code}, not 0")
        found = [line for line in self.complaints() if not self._is_announced(line)]
        assert not found, f"{self.name} complained: {found}; it wrote:\n{self._from(found[0])}"

    def _from(self, line: str) -> str:
        """What was written from this line on, as much as a traceback needs."""
        return self.log[self.log.index(line) :][:8_000]

    def kill(self) -> None:
        """Have it gone at once, whatever it was doing (SIGKILL); nothing happens if it does not run."""
        process, self._process = self._process, None
        if process is not None:
            with process:
                process.kill()

    def wait(self, within: float) -> int | None:
        """The exit code, once it has ended by itself; None if it still runs after so many seconds."""
        try:
            code = self._running.wait(within)
        except subprocess.TimeoutExpired:
            return None
        self.kill()  # only closes what is left of it
        return code

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._running.send_signal(number)

    @property
    def pid(self) -> int:
        """Its process id, while it runs."""
        return self._running.pid

    # --- what it says

    def next_line(self, within: float = SAY_WITHIN) -> str:
        """The next line of its standard output; AssertionError if none comes within so many seconds."""
        out = self._running.stdout
        assert out is not None
        deadline = time.monotonic() + within
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while b"\n" not in self._unread:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    self._fail(f"said nothing more within {within:g} s")
                chunk = os.read(out.fileno(), 65536)
                if not chunk:
                    self._fail(f"ended, with exit code {self._running.wait(STOP_WITHIN)}")
                self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return line.decode()

    @property
    def log_file(self) -> Path:
        """Its standard error, of all its starts in this folder."""
        return self.folder / f"{self.name}.log"

    @property
    def log(self) -> str:
        """What it has written to its standard error."""
        return self.log_file.read_text() if self.log_file.exists() else ""

    def complaints(self) -> list[str]:
        """The lines of its standard error that tell of errors, announced or not."""
        return [line for line in self.log.splitlines() if _BAD.search(line)]

    # --- parts

    @property
    def _running(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, f"{self.name} does not run"
        return self._process

    def _is_announced(self, line: str) -> bool:
        return any(pattern.search(line) for pattern in self._announced)

    def _fail(self, what: str) -> NoReturn:
        raise AssertionError(f"{self.name} {what}; it wrote:\n{self.log[-SHOWN:]}")


class Service(Process):
    """taskmon itself, on a free port of 127.0.0.1, with its data in `folder`.

    `settings` are named `section.key`. A second Service on the same folder is the same one, started again.
    """

    user = ADMIN
    password = PASSWORD

    def __init__(
        self, folder: Path, settings: Mapping[str, object] | None = None, announced: Iterable[str] = ()
    ) -> None:
        super().__init__("service", folder, announced)
        self.settings = dict(settings or {})
        self.data = folder / "data"
        self.certificate = DataFolder(self.data).tls_certificate
        """The one it shows; it is its own authority."""

    def arguments(self) -> Sequence[str]:
        return ["serve", "--data", str(self.data), "--port", "0"]

    def environment(self) -> Mapping[str, str]:
        given = {
            f"TASKMON_{name.upper().replace('.', '__')}": str(value) for name, value in self.settings.items()
        }
        return {"TASKMON_ADMIN_PASSWORD": self.password, **given}


class Simulator(Process):
    """Simulated servers. `faults` are the rules of a faults file; server N (from 0) is `inventory[N]`."""

    def __init__(
        self,
        folder: Path,
        servers: int = 4,
        faults: Sequence[Mapping[str, object]] = (),
        *,
        transition: str = "0.1-0.3",
        dead: int = 0,
        seed: int = 0,
        announced: Iterable[str] = (),
    ) -> None:
        super().__init__("simulator", folder, announced)
        self.certificate = folder / "simulator-ca.pem"
        """The authority that signed the servers' certificates."""
        self.request_log = folder / "requests.jsonl"
        self._inventory = folder / "inventory.json"
        self._faults = folder / "faults.json"
        self._rules = list(faults)
        self._options = {"servers": servers, "transition": transition, "dead": dead, "seed": seed}

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._faults.write_text(json.dumps(self._rules))
        super().start()

    def arguments(self) -> Sequence[str]:
        files = {
            "faults": self._faults,
            "inventory": self._inventory,
            "ca": self.certificate,
            "request-log": self.request_log,
        }
        return ["simulate", *(f"--{name}={value}" for name, value in {**self._options, **files}.items())]

    @property
    def inventory(self) -> list[dict[str, str]]:
        """`HostName`, `UserName` and `Password` of each server, those that are dead last."""
        lines: list[dict[str, str]] = json.loads(self._inventory.read_bytes())
        return lines

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What its servers have heard so far, oldest first: the lines of the request log."""
        return [json.loads(line) for line in self.request_log.read_bytes().splitlines()]

    def use_faults(self, rules: Sequence[Mapping[str, object]]) -> None:
        """Have these rules in place of those before; returns once they are at work."""
        self._rules = list(rules)
        self._faults.write_text(json.dumps(self._rules))
        self.send(signal.SIGHUP)
        line = self.next_line()
        assert line == f"faults: {len(rules)} rules", f"the simulator said {line!r}"
