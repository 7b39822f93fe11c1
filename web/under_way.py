"""Which requests have been taken and not been answered, so that a planned stop can wait for their answers."""

import asyncio


class UnderWay:
    """A set of requests that tells when it becomes empty."""

    def __init__(self) -> None:
        self._requests: set[object] = set()
        self._none = asyncio.Event()
        self._none.set()

    def __len__(self) -> int:
        return len(self._requests)

    def began(self, request: object) -> None:
        self._requests.add(request)
        self._none.clear()

    def ended(self, request: object) -> None:
        """It was answered, or nobody waits for the answer. Telling it twice is no error."""
        self._requests.discard(request)
        if not self._requests:
            self._none.set()

    async def over(self, within: float) -> bool:
        """Whether all have ended within so many seconds."""
        try:
            async with asyncio.timeout(within):
                await self._none.wait()
        except TimeoutError:
            return False
        return True
