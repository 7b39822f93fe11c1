"""How many requests an account may make: a bucket that fills with time, and each request takes from it."""

import asyncio
import math
from typing import Final

from actors import AccountId, Session, Viewer
from web.errors import too_many_requests
from web.services import Gate

BURST: Final = 2
"""Seconds' worth of requests that may come at once after a pause."""


class Rate:
    """The buckets of all accounts; one that is full again is forgotten."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second * BURST)
        self._full_at: dict[AccountId, float] = {}

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, account: AccountId) -> float:
        """Take one request from the bucket: 0, or the seconds until there is one, and nothing is taken."""
        now = asyncio.get_running_loop().time()
        full_at = max(self._full_at.get(account, now), now) + 1 / self._per_second
        missing = full_at - now - self._most / self._per_second
        if missing > 1e-9:
            return missing
        if account not in self._full_at:
            self._full_at = {one: at for one, at in self._full_at.items() if at > now}
        self._full_at[account] = full_at
        return 0.0


class RatedGate:
    """A gate that lets in only so many requests of each account, by all its sessions together."""

    def __init__(self, gate: Gate, per_second: float) -> None:
        self._gate = gate
        self._rate = Rate(per_second)

    @property
    def session_timeout(self) -> int:
        return self._gate.session_timeout

    async def login(self, name: str, password: str, origin: str) -> tuple[Session, str]:
        return await self._gate.login(name, password, origin)

    async def by_token(self, token: str) -> Viewer:
        """As the gate within. Refusal: 429."""
        return self._within_rate(await self._gate.by_token(token))

    def by_token_at_hand(self, token: str) -> Viewer | None:
        """As the gate within; None also where the rate is reached, which `by_token` then says."""
        viewer = self._gate.by_token_at_hand(token)
        return None if viewer is None or self._rate.take(viewer.account) else viewer

    async def by_password(self, name: str, password: str) -> Viewer:
        """As the gate within. Refusal: 429."""
        return self._within_rate(await self._gate.by_password(name, password))

    def sessions(self, viewer: Viewer) -> list[Session]:
        return self._gate.sessions(viewer)

    def session(self, session_id: str, viewer: Viewer) -> Session:
        return self._gate.session(session_id, viewer)

    async def logout(self, session_id: str, viewer: Viewer) -> None:
        await self._gate.logout(session_id, viewer)

    def _within_rate(self, viewer: Viewer) -> Viewer:
        missing = self._rate.take(viewer.account)
        if missing:
            raise too_many_requests(math.ceil(missing))
        return viewer
