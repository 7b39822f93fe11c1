"""Going on when a service is away for a while, as it is when it is started anew."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from cli.client.answer import Answer
from cli.client.errors import UnreachableError

AWAY: Final = frozenset({429, 502, 503, 504})
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0


class Patience:
    """Asks again for so many seconds while a service is away, and says so once, and when it is back."""

    def __init__(self, seconds: float, tell: Callable[[str], None]) -> None:
        self._seconds = seconds
        self._tell = tell
        self._since: float | None = None
        self._pause = FIRST_PAUSE

    @property
    def is_tried(self) -> bool:
        """Whether the service is away, by what was last seen."""
        return self._since is not None

    async def answered(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """The first answer that says something; `ask` must be something that can be asked twice.

        Raises:
            UnreachableError: none came for so long.
        """
        while True:
            try:
                answer = await ask()
            except UnreachableError as error:
                await self.after(error)
                continue
            if answer.status in AWAY and not self._is_over():
                await self._wait(answer.retry_after, f"The service does not serve just now: {answer.words}")
                continue
            self.well()
            return answer

    async def after(self, error: UnreachableError, asked: float | None = None) -> None:
        """Wait before another try, `asked` seconds if given; the error itself when it was long enough."""
        if self._is_over():
            raise error
        await self._wait(asked, str(error))

    def well(self) -> None:
        """It answers."""
        if self._since is not None:
            self._tell("The service answers again.")
        self._since, self._pause = None, FIRST_PAUSE

    def _is_over(self) -> bool:
        since = time.monotonic() if self._since is None else self._since
        return time.monotonic() >= since + self._seconds

    async def _wait(self, asked: float | None, why: str) -> None:
        if self._since is None:
            self._since = time.monotonic()
            self._tell(f"{why} Trying again for {self._seconds:g} s.")
        left = max(0.0, self._since + self._seconds - time.monotonic())
        await asyncio.sleep(min(left, self._pause if asked is None else max(asked, FIRST_PAUSE)))
        self._pause = min(LONGEST_PAUSE, self._pause * 1.5)
