"""Whoever hears of an event and reads what it is about finds it as the event says, or later."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from actors import ResetType
from tests.actors.house import ADMIN, a_house, let_threads_run, order
from tests.store.back_ends import BACK_ENDS, opened

SERVERS = 60
NOT_BEFORE = {"TaskStarted": {"New", "Pending"}, "TaskCompletedOK": {"New", "Pending", "Starting", "Running"}}
"""In which states a task cannot be any more, by the key of what was told."""


@pytest.mark.parametrize("back_end", BACK_ENDS)
async def test_a_reader_who_follows_the_events_never_finds_a_task_as_it_was_before(
    tmp_path: Path, back_end: str
) -> None:
    found: Counter[tuple[str, bool]] = Counter()
    async with opened(back_end, tmp_path) as store, a_house(store) as house:
        feed = house.actors.feed
        place = feed.last

        async def read(key: str, task_id: str) -> None:
            task = await house.actors.tasks.find(task_id, ADMIN)
            found[key, task.state.value in NOT_BEFORE[key]] += 1

        async def follow() -> None:
            nonlocal place
            while True:
                await feed.beyond(place)
                for entry in await feed.after(place, 1000):
                    key = entry.event.message.message_id.rpartition(".")[2]
                    if key in NOT_BEFORE:
                        await read(key, entry.event.message.args[0])
                    place = entry.number

        following = asyncio.create_task(follow())
        # Of a server that is added the end goes through InventoryKeeper: that takes the longest.
        systems = await house.add(*(f"s{number}:443" for number in range(SERVERS)))
        for _ in range(3):
            await house.ended(await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF))
        async with asyncio.timeout(30):
            while place < (await store.outbox_span())[1]:
                await asyncio.sleep(0)
                let_threads_run()
        following.cancel()
        await asyncio.wait([following])
    assert found["TaskStarted", True] == found["TaskCompletedOK", True] == 0, found
    assert found["TaskCompletedOK", False] >= 3 * SERVERS
