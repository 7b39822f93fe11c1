"""Verifications that several ask for at once: one does for all, and it is nobody's alone."""

import asyncio

import pytest

from actors import BadCredentialsError
from actors.access.verifying import Verifying
from tests.actors.entrance import Entrance
from tests.actors.house import PlainHasher


class SlowHasher(PlainHasher):
    """Says when a verification begins and how it went, and ends it when it is told to."""

    def __init__(self) -> None:
        self.began: asyncio.Queue[str] = asyncio.Queue()
        self.go_on = asyncio.Event()
        self.given_up = 0

    async def verify(self, password_hash: str | None, password: str) -> bool:
        self.began.put_nowait(password)
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return await super().verify(password_hash, password)


async def test_a_burst_of_one_password_is_verified_once() -> None:
    entrance = Entrance()
    await entrance.add("ada")
    async with entrance.open() as access:
        before = entrance.hasher.verified
        found = await asyncio.gather(*(access.gate.by_password("ada", "password of ada") for _ in range(200)))
        assert {viewer.name for viewer in found} == {"ada"}
        assert entrance.hasher.verified == before + 1


async def test_a_burst_of_one_wrong_password_counts_each_time() -> None:
    entrance = Entrance()
    await entrance.add("ada")
    async with entrance.open() as access:
        refused = await asyncio.gather(
            *(access.gate.by_password("ada", "wrong") for _ in range(10)), return_exceptions=True
        )
        assert all(isinstance(one, BadCredentialsError) for one in refused)
        with pytest.raises(BadCredentialsError):
            await access.gate.by_password("ada", "password of ada")  # it is locked


async def test_names_share_nothing_whether_they_exist_or_not() -> None:
    hasher = SlowHasher()
    verifying = Verifying(hasher)
    asked = [
        asyncio.create_task(verifying.verify(name, None, "x")) for name in ("nobody", "no-one", "nobody")
    ]
    assert [await hasher.began.get() for _ in range(2)] == ["x", "x"]
    hasher.go_on.set()
    assert await asyncio.gather(*asked) == [False, False, False]
    assert hasher.began.empty()


async def test_who_leaves_takes_it_from_nobody_and_the_last_one_ends_it() -> None:
    hasher = SlowHasher()
    verifying = Verifying(hasher)
    first, second = (asyncio.create_task(verifying.verify("ada", None, "x")) for _ in range(2))
    await hasher.began.get()
    first.cancel()
    await asyncio.wait([first])
    assert not second.done()
    assert hasher.given_up == 0
    second.cancel()
    await asyncio.wait([second])
    again = asyncio.create_task(verifying.verify("ada", None, "x"))
    await hasher.began.get()
    assert hasher.given_up == 1
    hasher.go_on.set()
    assert await again is False
