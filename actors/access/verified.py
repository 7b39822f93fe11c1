"""Verified pairs of name and password, kept for a minute: each verification takes a tenth of a second."""

import asyncio
import hmac
import secrets
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from actors.access.records import Account, AccountId

REMEMBERED = timedelta(seconds=60)


class VerifiedPairs:
    """Of a pair only a hash is kept, under a key that this process alone has.

    A pair is as good as the account was when it was verified: any change of the account drops it.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._pairs: dict[bytes, tuple[AccountId, int, datetime]] = {}
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    def turn(self, name: str, password: str) -> asyncio.Lock:
        """Held by who verifies this pair, so that of many who come with it at once only the first has to.

        It is the same for as long as anybody holds it or waits for it. Whoever has waited looks first whether
        the pair is remembered now; a wrong one is not, and is verified, and counted, for each.
        """
        key = self._hash(name, password)
        lock = self._turns.get(key)
        if lock is None:
            lock = self._turns[key] = asyncio.Lock()
        return lock

    def add(self, name: str, password: str, account: Account, now: datetime) -> None:
        """Remember that this pair is right for the account as it is."""
        self._pairs = {key: pair for key, pair in self._pairs.items() if _lasts(pair[2], now)}
        self._pairs[self._hash(name, password)] = (account.id, account.revision, now)

    def account(self, name: str, password: str, now: datetime) -> tuple[AccountId, int] | None:
        """Id and revision of the account that the pair is right for; None where it is not remembered."""
        pair = self._pairs.get(self._hash(name, password))
        return pair[:2] if pair is not None and _lasts(pair[2], now) else None

    def _hash(self, name: str, password: str) -> bytes:
        text = f"{len(name)}:{name}{password}"
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256")


def _lasts(since: datetime, now: datetime) -> bool:
    return timedelta(0) <= now - since < REMEMBERED
