"""The service through its lives: ended as the plan says, and started again on the same port and folder."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from bench.soak.ledger import WRONG, Ledger
from tests.service import Service

UP, STOPPING, DOWN = "up", "stopping", "down"
NO_LIFE_WITHIN: Final = 60.0
COMPLAINT: Final = 600
"""So many characters of a complaint are shown."""


class SamePlace(Service):
    """Started again, it listens where it did."""

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        super().__init__(folder, settings)
        self._port = "0"

    def start(self) -> None:
        super().start()
        self._port = self.url.rpartition(":")[2]

    def arguments(self) -> Sequence[str]:
        return ["serve", "--data", str(self.data), "--port", self._port]


class Lives:
    """What clients know of the service's life: whether to expect an answer."""

    def __init__(self, service: Service, ledger: Ledger) -> None:
        self.service = service
        self.state = UP
        self.number = 1
        """Which life it is."""
        self.began = time.monotonic()
        """When this life began, in seconds of the clock that never goes back."""
        self.ends: list[str] = []
        """The signals that it was ended by, and lived again."""
        self._ledger = ledger
        self._up = asyncio.Event()
        self._up.set()

    async def until_up(self) -> None:
        """Return when it takes requests. TimeoutError if it does not come back."""
        async with asyncio.timeout(NO_LIFE_WITHIN):
            await self._up.wait()

    async def end(self, how: str) -> None:
        """Kill it (`SIGKILL`) or stop it (`SIGTERM`), and start it again. AssertionError if it does not."""
        if how == "SIGKILL":
            self.state = DOWN
            self._up.clear()
            self.service.kill()
        else:
            await self.stop()
        await asyncio.to_thread(self.service.start)
        self.number += 1
        self.began = time.monotonic()
        self.ends.append(how)
        self.state = UP
        self._up.set()

    async def stop(self) -> None:
        """Stop it. What it should not have done or logged is noted."""
        self.state = STOPPING
        self._up.clear()
        try:
            await asyncio.to_thread(self.service.stop)
        except AssertionError as unclean:
            self._ledger.breaks(WRONG, f"the stop was not clean: {str(unclean)[:COMPLAINT]}")
            self.service.kill()
        self.state = DOWN

    @property
    def is_up(self) -> bool:
        """Whether it is neither stopping nor down."""
        return self.state == UP

    @property
    def takes_requests(self) -> bool:
        """Whether there is anybody to connect to: also while it stops."""
        return self.state != DOWN
