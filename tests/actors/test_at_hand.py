"""What is told of tasks and sessions without waiting: as it is told to who waits, or not at all."""

import asyncio

import pykka
import pytest

from actors import TASK_SERVICE, BadCredentialsError, ResetType, Task, TaskState
from actors.tasks.last_saved import LastSaved
from actors.tasks.mail import Find, Show
from actors.tasks.registry import TaskRegistry
from tests.actors.entrance import Entrance
from tests.actors.house import ADMIN, a_house, order, viewer

ANN, BEN = viewer("ann", "Operator"), viewer("ben", "Operator")


def the_registry() -> pykka.ActorRef[TaskRegistry]:
    (registry,) = pykka.ActorRegistry.get_by_class(TaskRegistry)
    return registry


async def test_a_live_task_is_at_hand_as_find_has_it() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        server = house.servers.servers["a:443"]
        server.gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("reset"))
        task = await house.actors.operations.reset_system(order(ANN), system, ResetType.ON)
        await arrival
        found = await house.actors.tasks.find(task.id, ANN)
        assert found.is_live
        assert house.actors.tasks.at_hand(task.id, ANN) is found
        assert house.actors.tasks.monitor_at_hand(task.id, ADMIN) is found
        assert house.actors.tasks.at_hand(task.id, BEN) is None
        assert house.actors.tasks.at_hand("nothing", ANN) is None
        server.gates["reset"].set()
        ended = await house.ended(task)
        assert house.actors.tasks.at_hand(task.id, ANN) is ended
        await house.actors.tasks.delete(task.id, ANN)
        assert house.actors.tasks.at_hand(task.id, ANN) is None


async def test_what_names_tasks_differently_to_each_reader_is_not_the_record_at_hand() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("reset"))
        await house.actors.operations.reset_system(order(ANN), system, ResetType.ON)
        await arrival
        waiting = await house.actors.operations.reset_system(order(BEN), system, ResetType.ON)
        seen = await house.until(waiting, lambda task: task.state is TaskState.PENDING)
        assert house.actors.tasks.at_hand(waiting.id, ADMIN) is not seen


async def test_a_read_never_passes_what_the_registry_was_told_before_it() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("reset"))
        task = await house.actors.operations.reset_system(order(ANN), system, ResetType.ON)
        await arrival
        assert house.actors.tasks.at_hand(task.id, ANN) is not None
        told = the_registry().ask(Find(task.id), block=False)  # anything that now lies before a question
        assert house.actors.tasks.at_hand(task.id, ANN) is None
        found: Task = await told
        assert house.actors.tasks.at_hand(task.id, ANN) is found


async def test_nothing_is_at_hand_of_a_registry_that_is_gone() -> None:
    async with a_house():
        shown: LastSaved = await the_registry().ask(Show(), block=False)
        assert shown.is_current
    assert not shown.is_current


async def test_a_monitor_is_not_at_hand_where_it_matters_when_it_was_read() -> None:
    async with a_house() as house:
        await house.add("a:443")
        (task_id,) = await house.actors.tasks.list(ADMIN)
        await house.actors.tasks.find(task_id, ADMIN)
        assert house.actors.tasks.monitor_at_hand(task_id, ADMIN) is not None
        await house.actors.settings.change(TASK_SERVICE, {"TaskMonitorAutoExpirySeconds": 60}, None)
        assert house.actors.tasks.monitor_at_hand(task_id, ADMIN) is None
        assert house.actors.tasks.at_hand(task_id, ADMIN) is not None


async def test_a_token_at_hand_is_a_use_of_its_session() -> None:
    entrance = Entrance()
    await entrance.add("ada")
    async with entrance.open() as access:
        gate = access.gate
        _, token = await gate.login("ada", "password of ada", "")
        for _ in range(3):
            entrance.clock.move(gate.session_timeout - 1)
            assert gate.by_token_at_hand(token) == await gate.by_token(token)
            entrance.clock.move(gate.session_timeout - 1)
            assert gate.by_token_at_hand(token) is not None
        assert gate.by_token_at_hand("0" * 64) is None
        entrance.clock.move(gate.session_timeout)
        assert gate.by_token_at_hand(token) is None
        with pytest.raises(BadCredentialsError, match="run out"):
            await gate.by_token(token)
