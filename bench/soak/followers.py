"""Those who are told of events: streams that break off and resume, and the listener that is posted to."""

import asyncio
import json
import random
from typing import Final

import aiohttp

from bench.soak.history import History
from bench.soak.ledger import EVENTS, FIVE_HUNDREDS, WRONG, Ledger
from bench.soak.life import Lives
from tests.listener import Listener

SSE: Final = "/redfish/v1/EventService/SSE"
PAUSE: Final = 0.2
SHORTEST, LONGEST = 3.0, 30.0
"""Seconds after which a client breaks its stream off, to go on where it was."""
SILENCE: Final = 60.0
"""Seconds without a sign of life after which something is wrong."""


class StreamReader:
    """One client that reads the stream, breaks off by the seed, and resumes with `Last-Event-ID`."""

    def __init__(self, number: int, seed: int, http: aiohttp.ClientSession, lives: Lives, ledger: Ledger):
        self.history = History(f"stream {number}", ledger)
        self.opened = asyncio.Event()
        """It has been told where it begins."""
        self._chance = random.Random(f"{seed} {number}")  # noqa: S311 - nothing is secret
        self._http = http
        self._lives = lives
        self._ledger = ledger
        self._steady = False

    def hold(self) -> None:
        """Break off no more; what breaks by itself is resumed as ever."""
        self._steady = True

    async def read(self) -> None:
        """Until it is cancelled."""
        while True:
            if not self._lives.takes_requests:
                await self._lives.until_up()
            life = self._lives.number
            try:
                async with asyncio.timeout(self._patience()):
                    await self._read_once()
            except TimeoutError:
                self._ledger.done["streams broken off by the client"] += 1
            except (aiohttp.ClientError, OSError):
                if self._lives.is_up and self._lives.number == life:
                    self._ledger.breaks(WRONG, f"{self.history.name} broke by itself")
            await asyncio.sleep(PAUSE)

    def _patience(self) -> float | None:
        return None if self._steady else self._chance.uniform(SHORTEST, LONGEST)

    async def _read_once(self) -> None:
        last = self.history.last
        headers = {"Accept": "text/event-stream"} | ({} if last is None else {"Last-Event-ID": str(last)})
        timeout = aiohttp.ClientTimeout(total=None, sock_read=SILENCE)
        url = self._lives.service.url + SSE
        async with self._http.get(url, headers=headers, timeout=timeout) as answer:
            if answer.status != 200:
                stopping = answer.status == 503 and "Retry-After" in answer.headers
                if not stopping or self._lives.is_up:
                    promise = FIVE_HUNDREDS if answer.status >= 500 else EVENTS
                    self._ledger.breaks(promise, f"{self.history.name} was answered {answer.status}")
                return
            self._ledger.done["streams opened" if last is None else "streams resumed"] += 1
            async for line in answer.content:
                if line.startswith(b"data: "):
                    for event in json.loads(line[6:])["Events"]:
                        self.history.take(event)
                    self.opened.set()


class Posted:
    """One path of the listener."""

    def __init__(self, path: str, ledger: Ledger) -> None:
        self.path = path
        self.history = History(f"the listener at {path}", ledger, again=True)


def take_what_came(listener: Listener, posted: list[Posted]) -> None:
    """Put what came to the listener since the last call of this into the histories."""
    by_path = {one.path: one.history for one in posted}
    for request in listener.unheard():
        if request["order"] == "take":
            for event in request["body"]["Events"]:
                by_path[request["path"]].take(event)
