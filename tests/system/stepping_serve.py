"""`run.py` for a service that names each step of its tasks' lives, and kills itself at a chosen one.

What a step is, see `tests.stepping`. Run with `-m` in place of `run.py`, with two files in the environment:
the name of each step is added to STEPS_LOG as a line; when STEPS_KILL holds `N name`, the service kills
itself (SIGKILL) at the N-th step of that name from when the file was written. Commits of the start, before
the port opens, are all named `start:before` and `start:after`: they hold any mix of records.
"""

import os
import signal
from pathlib import Path
from typing import Any

import run
from actors import Actors, start_actors
from fleet.pool import FleetOptions, Pool, open_servers
from service import assembly
from store.sqlite import open_store
from tests.stepping import COMMIT, SteppedServers, SteppedStore


class Steps:
    """Tells the names, and ends the process."""

    def __init__(self, log: Path, kill: Path) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._kill = kill
        self._order = ""
        self._seen = 0
        self.starting = False

    async def step(self, name: str) -> None:
        """Pass, or die. It never lets others run meanwhile, so that it changes no order."""
        if self.starting and name.startswith(COMMIT):
            name = f"start:{name.rpartition(':')[2]}"
        os.write(self._log, f"{name}\n".encode())
        order = self._kill.read_text() if self._kill.exists() else ""
        if order != self._order:
            self._order, self._seen = order, 0
        number, _, wanted = order.partition(" ")
        if name == wanted:
            self._seen += 1
            if self._seen == int(number):
                os.kill(os.getpid(), signal.SIGKILL)


class SteppedPool(SteppedServers):
    """Servers that are closed as a context manager, as `run` does."""

    def __init__(self, pool: Pool, steps: Steps) -> None:
        super().__init__(pool, steps.step)
        self._pool = pool

    async def __aenter__(self) -> "SteppedPool":
        await self._pool.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._pool.__aexit__(*error)


def wrap_the_ports(steps: Steps) -> None:
    """From here on `run` puts the service together with a store and servers that tell their steps."""

    async def stepped_store(folder: Path) -> SteppedStore:
        return SteppedStore(await open_store(folder), steps.step)

    def stepped_servers(options: FleetOptions) -> SteppedPool:
        return SteppedPool(open_servers(options), steps)

    async def named_start(*arguments: Any, **named: Any) -> Actors:
        steps.starting = True
        try:
            return await start_actors(*arguments, **named)
        finally:
            steps.starting = False

    wrapped = {"open_store": stepped_store, "open_servers": stepped_servers, "start_actors": named_start}
    for name, ours in wrapped.items():
        assert hasattr(assembly, name), f"the assembly has no {name} any more: what is to be wrapped here?"
        setattr(assembly, name, ours)


if __name__ == "__main__":
    wrap_the_ports(Steps(Path(os.environ["STEPS_LOG"]), Path(os.environ["STEPS_KILL"])))
    run.main()
