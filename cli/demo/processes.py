"""The processes that the demo starts, watches and ends: each by its own process id, and by nothing else."""

import asyncio
import ctypes
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from cli.demo.errors import DemoError

END_WITHIN = 8.0
"""Seconds that a process has to end by itself once it was asked to; then it is killed."""
KILLED_WITHIN = 5.0
TOLD_LINES = 12
"""So many last lines of what a process complained of are shown."""


class Process:
    """One process. What it writes to standard error goes to a file; its standard output is read here."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self._name = name
        self._process = process
        self._log = log

    @classmethod
    async def start(cls, name: str, argv: Sequence[str], env: Mapping[str, str], log: Path) -> Self:
        """Start it. `name` is what sentences call it, such as "the service"."""
        with log.open("wb") as complaints:
            process = await asyncio.create_subprocess_exec(
                *argv,
                env=dict(env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=complaints,
                # A session of its own: Ctrl-C on the terminal is for the demo, which then ends it in order.
                start_new_session=True,
                preexec_fn=_ends_with(os.getpid()),
            )
        return cls(name, process, log)

    async def line(self, beginning: str, within: float) -> str:
        """The next line of its standard output that begins so; lines before it are passed over.

        Raises:
            DemoError: it did not come within so many seconds, or the process ended before it.
        """
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(within):
                async for line in self._process.stdout:
                    text = line.decode(errors="replace").rstrip()
                    if text.startswith(beginning):
                        return text
                await self._process.wait()
        except TimeoutError:
            raise DemoError(
                f"{self._begin_sentence()} did not say `{beginning.strip()} …` within {within:g} s."
                f"{self._complaints()}"
            ) from None
        raise DemoError(self._how_it_ended())

    def hang_up(self) -> None:
        """Send it SIGHUP, which asks the simulator to read its faults again."""
        self._process.send_signal(signal.SIGHUP)

    def check(self) -> None:
        """Raise DemoError if it has ended, with what it said last."""
        if self._process.returncode is not None:
            raise DemoError(self._how_it_ended())

    async def wait(self) -> None:
        """Return when it has ended."""
        await self._process.wait()

    async def end(self) -> None:
        """End it, if it has not ended: with SIGTERM, and with SIGKILL if it takes too long. Then it is gone.

        A cancellation is heard only when that is done, for a process must not be left behind by one.
        """
        ending = asyncio.ensure_future(self._end())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending
            raise

    async def _end(self) -> None:
        if self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), END_WITHIN)
        except TimeoutError:
            self._process.kill()
            await asyncio.wait_for(self._process.wait(), KILLED_WITHIN)

    def _how_it_ended(self) -> str:
        status = self._process.returncode
        assert status is not None
        how = f"status {status}" if status >= 0 else signal.Signals(-status).name
        return f"{self._begin_sentence()} has ended, with {how}.{self._complaints()}"

    def _begin_sentence(self) -> str:
        return self._name[:1].upper() + self._name[1:]

    def _complaints(self) -> str:
        """Its last words, without what it tells when all is well."""
        lines = self._log.read_text(errors="replace").splitlines()
        words = [f"  {line}" for line in lines if line.strip() and " INFO " not in line]
        return "\n".join([" It wrote:", *words[-TOLD_LINES:]]) if words else " It did not say why."


def _ends_with(parent: int) -> Callable[[], None]:
    """What a process does first, so that it ends with the demo even if that is killed outright (Linux)."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):
        return lambda: None
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)

    def ask_for_it() -> None:
        prctl(set_parent_death_signal, signal.SIGTERM)
        if os.getppid() != parent:  # the demo was gone before this could be asked for
            os.kill(os.getpid(), signal.SIGTERM)

    return ask_for_it
