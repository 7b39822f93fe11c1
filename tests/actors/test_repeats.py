"""Requests that name themselves by a key: the same one, sent again, has made its task already."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from actors import (
    InvalidRequestError,
    KeyedRequest,
    KeyReusedError,
    Message,
    ResetType,
    StoreUnavailableError,
    Task,
    Viewer,
)
from actors.tasks.request_keys import request_key_id
from store.memory import MemoryStore
from tests.actors.failing_store import FailingStore
from tests.actors.house import ADMIN, House, a_house, order, viewer


async def reset_once(house: House, system: str, key: str, request: bytes, who: Viewer = ADMIN) -> str:
    """The id of the task that this request has made, now or before."""

    async def start(keyed: KeyedRequest) -> Task:
        asked = replace(order(who), keyed=keyed)
        return await house.actors.operations.reset_system(asked, system, ResetType.ON)

    made = await house.actors.operations.once(who, key, request, start)
    return made.id if isinstance(made, Task) else made


async def test_the_same_request_makes_one_task_and_another_body_is_refused() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        first = await reset_once(house, system, "k1", b"one")
        assert await reset_once(house, system, "k1", b"one") == first
        with pytest.raises(KeyReusedError, match=first):
            await reset_once(house, system, "k1", b"two")
        assert await reset_once(house, system, "k2", b"one") != first
        assert len(await house.actors.tasks.list(ADMIN)) == 3  # one added the server


async def test_a_key_belongs_to_its_account() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        olga = viewer("olga", "Operator")
        first = await reset_once(house, system, "k1", b"one")
        assert await reset_once(house, system, "k1", b"one", olga) != first
    assert request_key_id(ADMIN.account, "k1") != request_key_id(olga.account, "k1")


async def test_many_at_once_make_one_task() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        made = await asyncio.gather(*(reset_once(house, system, "k1", b"one") for _ in range(20)))
        assert len(set(made)) == 1
        refused = await asyncio.gather(
            *(reset_once(house, system, "k2", bytes([number])) for number in range(5)),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, KeyReusedError) for outcome in refused) == 4


async def test_a_request_that_made_no_task_is_not_remembered() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")

        async def refuse(keyed: KeyedRequest) -> Task:
            raise InvalidRequestError(Message("GeneralError"))

        with pytest.raises(InvalidRequestError):
            await house.actors.operations.once(ADMIN, "k1", b"one", refuse)
        await reset_once(house, system, "k1", b"two")


async def test_a_request_whose_task_could_not_be_stored_makes_it_the_next_time() -> None:
    store = FailingStore()
    async with a_house(store) as house:
        (system,) = await house.add("a:443")
        store.refuses = lambda _: True
        with pytest.raises(StoreUnavailableError):
            await reset_once(house, system, "k1", b"one")
        store.refuses = lambda _: False
        first = await reset_once(house, system, "k1", b"one")
        assert await reset_once(house, system, "k1", b"one") == first


async def test_it_is_known_after_a_start_and_after_its_task_was_deleted() -> None:
    store = MemoryStore()
    async with a_house(store) as house:
        (system,) = await house.add("a:443")
        first = await reset_once(house, system, "k1", b"one")
    async with a_house(store, servers=house.servers) as house:
        assert await reset_once(house, system, "k1", b"one") == first
        await house.actors.tasks.delete(first, ADMIN)
        assert await reset_once(house, system, "k1", b"one") == first


async def test_a_key_is_kept_as_long_as_its_task_and_a_day_at_the_least() -> None:
    store = MemoryStore()
    async with a_house(store, auto_delete_minutes=3 * 24 * 60) as house:
        (system,) = await house.add("a:443")
        first = await reset_once(house, system, "k1", b"one")
        deleted = await reset_once(house, system, "k2", b"one")
        await house.actors.tasks.delete(deleted, ADMIN)
        await house.ended(await house.actors.tasks.find(first, ADMIN))
        for after, known in (
            (timedelta(hours=23, minutes=59), {"k1", "k2"}),
            (timedelta(minutes=1), {"k1"}),
            (timedelta(days=1), {"k1"}),
            (timedelta(days=1), set()),
        ):
            house.clock.move(after.total_seconds())
            await house.actors.retention.sweep()
            found = {
                key for key in ("k1", "k2") if await store.request_key(request_key_id(ADMIN.account, key))
            }
            assert found == known
        assert await reset_once(house, system, "k1", b"one") != first
