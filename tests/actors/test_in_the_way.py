"""The task in the way: who is told its id, and who is told of another task only."""

import asyncio

import pytest

from actors import ResetType, SystemId, Task, TaskState, Viewer
from actors.tasks.errors import ServerRefusedError
from actors.tasks.messages import ANOTHER_TASK, Mention, Message
from tests.actors.house import ADMIN, House, a_house, order, viewer

ANN, BEN = viewer("ann", "Operator"), viewer("ben", "Operator")


async def in_each_others_way(house: House, system: SystemId, first: Viewer, second: Viewer) -> list[Task]:
    """A reset that holds the system until its gate is opened, and one that waits for it."""
    server = house.servers.servers["a:443"]
    server.gates["reset"] = asyncio.Event()
    arrival = asyncio.create_task(house.servers.hears("reset"))
    holder = await house.actors.operations.reset_system(order(first), system, ResetType.ON)
    await arrival
    waiting = await house.actors.operations.reset_system(order(second), system, ResetType.ON)
    return [holder, await house.until(waiting, lambda task: task.state is TaskState.PENDING)]


@pytest.mark.parametrize(
    ("holder", "waiter", "reader", "told"),
    [
        (ANN, ANN, ANN, True),
        (ANN, BEN, BEN, False),
        (ANN, BEN, ADMIN, True),
        (ANN, ADMIN, ADMIN, True),
        (ADMIN, ANN, ANN, False),
    ],
    ids=lambda value: value.name if isinstance(value, Viewer) else str(value),
)
async def test_who_may_see_the_task_in_the_way_is_told_its_id(
    holder: Viewer, waiter: Viewer, reader: Viewer, told: bool
) -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        first, second = await in_each_others_way(house, system, holder, waiter)
        seen = await house.actors.tasks.find(second.id, reader)
        named = f"task {first.id}" if told else ANOTHER_TASK
        assert seen.messages[-1].key == "TaskPaused"
        assert seen.messages[-1].detail == f"/redfish/v1/Systems/{system} is held by {named}."
        assert told or first.id not in repr(seen)
        # What was said stays said, and stays as it was for each, when both have ended.
        house.servers.servers["a:443"].gates["reset"].set()
        ended = await house.ended(second)
        assert ended.state is TaskState.COMPLETED
        ended = await house.actors.tasks.find(second.id, reader)
        assert any(message.detail.endswith(f"is held by {named}.") for message in ended.messages)


async def test_a_subtask_in_the_way_is_named_with_its_parent() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("reset"))
        parent = await house.actors.operations.reset(order(ANN), [system], ResetType.ON)
        await arrival
        (subtask,) = await house.subtasks(parent)
        second = await house.actors.operations.reset_system(order(ANN), system, ResetType.ON)
        await house.until(second, lambda task: task.state is TaskState.PENDING)
        seen = await house.actors.tasks.find(second.id, ANN)
        assert f"held by task {parent.id} (subtask {subtask.id})." in seen.messages[-1].text


def test_a_message_that_nobody_reads_yet_names_nobody() -> None:
    mention = Mention(task="task7", owner=ANN.account)
    message = Message("TaskPaused", ("task8",), detail=f"It is held by {ANOTHER_TASK}.", mention=mention)
    assert "task7" not in message.text
    assert message.seen_by(ANN).text.endswith("It is held by task task7.")
    assert message.seen_by(BEN).text == message.text
    assert message.seen_by(BEN).mention is None


async def test_doing_a_task_again_does_not_tell_its_owner_more_than_before() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        first, second = await in_each_others_way(house, system, BEN, ANN)
        server = house.servers.servers["a:443"]
        server.fails["reset"] = lambda: ServerRefusedError("https://a:443/x", "It will not.", 500)
        server.gates["reset"].set()
        assert (await house.ended(second)).state is TaskState.EXCEPTION
        again = await house.actors.operations.retry(order(ADMIN), second.id)
        await house.ended(again)
        for reader, told in ((ANN, False), (ADMIN, True)):
            seen = await house.actors.tasks.find(second.id, reader)
            assert seen.retried_by == again.id
            assert (first.id in repr(seen)) is told
