"""How the soak's clients ask: each answer is timed, and one that no service may give is noted."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from bench.soak.ledger import FIVE_HUNDREDS, WRONG, Ledger
from bench.soak.life import STOPPING, UP, Lives
from tests.service import ADMIN, PASSWORD

PATIENCE: Final = 90.0


def basic() -> dict[str, str]:
    """The header that the administrator is let in by."""
    pair = base64.b64encode(f"{ADMIN}:{PASSWORD}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


class CutOffError(Exception):
    """The service was killed or stopped meanwhile: whether it did what was asked is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `at` is when it had come, in seconds since 1970."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def later(self) -> bool:
        """The service is stopping, and has done nothing."""
        return self.status == 503


class Asker:
    """Asks over one pool of connections, as the administrator."""

    def __init__(self, http: aiohttp.ClientSession, lives: Lives, ledger: Ledger) -> None:
        self.http = http
        self.lives = lives
        self.ledger = ledger

    async def ask(self, kind: str, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """The answer, timed under `kind`; while the service is down, nothing is asked.

        Raises:
            CutOffError: the connection broke because the service was ended.
        """
        lives, ledger = self.lives, self.ledger
        if not lives.takes_requests:
            await lives.until_up()
        life, began = lives.number, time.perf_counter()
        state = lives.state
        try:
            async with self.http.request(
                method, lives.service.url + path, json=body, headers=_named(headers)
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, OSError) as error:
            if lives.number == life and state == lives.state == UP:
                ledger.breaks(WRONG, f"{method} {path} was not answered: {error!r}")
            else:
                ledger.done["cut off by a kill or a stop"] += 1
            raise CutOffError(path) from error
        ledger.times[kind].append(time.perf_counter() - began)
        ledger.done[kind] += 1
        found = Answer(answer.status, answer.headers, content, time.time())
        if answer.status >= 500:
            stopping = STOPPING in (state, lives.state) or lives.number != life
            if answer.status == 503 and "Retry-After" in answer.headers and stopping:
                ledger.done["refused while stopping"] += 1
            else:
                ledger.breaks(FIVE_HUNDREDS, f"{method} {path}: {answer.status} {content[:300]!r}")
        return found

    def unexpected(self, what: str, answer: Answer) -> None:
        """Note that this answer is not among those that may come."""
        self.ledger.breaks(WRONG, f"{what}: {answer.status} {answer.body[:300]!r}")


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
