"""A service that stops dead at a chosen step: its store and its servers go silent there, as at a `kill -9`.

After that step nothing of the service reaches the store or a server any more; what was committed and sent
before stays. See `tests.stepping` for what a step is.
"""

import asyncio

from actors.tasks.errors import FencedError, StoreUnavailableError
from tests.stepping import COMMIT


class Crash:
    """Counts the steps and stops the world at one of them; -1: never."""

    def __init__(self, at: int) -> None:
        self._at = at
        self.steps = 0
        self.happened = asyncio.Event()
        self.buried = asyncio.Event()
        """Set by the test when what hangs in the dead service may be cleared away; nothing gets through."""

    def soon(self, steps: int) -> None:
        """At the step so many from now: 0 is at once."""
        self._at = self.steps + steps
        if not steps:
            self.happened.set()

    def never(self) -> None:
        """At no step."""
        self._at = -1

    async def step(self, name: str) -> None:
        """Pass, or wait for the burial and raise what a dead store or server would be."""
        self.steps += 1
        if self.steps == self._at:
            self.happened.set()
        if self.happened.is_set():
            await self.buried.wait()
            if name.startswith(COMMIT):
                raise StoreUnavailableError("The service is dead.")
            raise FencedError("The service is dead.")
