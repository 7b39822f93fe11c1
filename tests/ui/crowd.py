"""The web layer over 10,000 subtasks in memory that all change within a minute: for `tests.ui.measure`.

Each goes from waiting over starting and running to its end, so there are 30,000 changes in a minute. The
handlers, and so the answers, are those of the service; only the actors behind them are stand-ins.
"""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, cast

from actors import Health, Message, Percent, Task, TaskId, TaskState
from tests.web.conftest import listening
from tests.web.guarded import services_with_gate
from tests.web.standins import StandInTasks, a_task
from web.app import make_app
from web.services import WebOptions

PARENT: Final = TaskId("task-of-a-crowd")
OWNER: Final = "Administrator"
TICK: Final = 0.1
MINUTE: Final = 60.0
NEXT: Final = {TaskState.PENDING: TaskState.STARTING, TaskState.STARTING: TaskState.RUNNING}


def subtask(number: int, now: datetime) -> Task:
    return a_task(
        OWNER,
        id=TaskId(f"task{number:08}-aaaa-bbbb-cccc-dddddddddddd"),
        parent=PARENT,
        operation="reset_server",
        target=f"/redfish/v1/Systems/{number:08}.1",
        state=TaskState.PENDING,
        percent=Percent(0),
        started=now,
        messages=(Message("TaskStarted", (f"task{number:08}",), at=now),),
    )


def after(task: Task, number: int, now: datetime) -> Task:
    """The subtask one step on; one in twenty fails."""
    state = NEXT.get(task.state)
    if state is not None:
        return replace(task, state=state, revision=task.revision + 1)
    failed = number % 20 == 7
    return replace(
        task,
        state=TaskState.EXCEPTION if failed else TaskState.COMPLETED,
        status=Health.CRITICAL if failed else Health.OK,
        revision=task.revision + 1,
        percent=Percent(100),
        ended=now,
    )


async def change_all(tasks: StandInTasks, count: int) -> None:
    """Move every subtask through its life, evenly over a minute, so that all states are there at once."""
    ids = [task.id for task in tasks.by_id.values() if task.parent == PARENT]
    per_tick = count / (MINUTE / TICK)
    lag = count // 20
    begun, reached = asyncio.get_running_loop().time(), 0
    while reached < count + 2 * lag:
        await asyncio.sleep(TICK)
        goal = int((asyncio.get_running_loop().time() - begun) / TICK * per_tick)
        now = datetime.now(UTC)
        for step in range(reached, goal):
            for place in (step, step - lag, step - 2 * lag):
                if 0 <= place < count:
                    tasks.by_id[ids[place]] = after(tasks.by_id[ids[place]], place, now)
        reached = goal
        parent = tasks.by_id[PARENT]
        percent = Percent(min(99, max(0, 100 * (reached - 2 * lag) // count)))
        tasks.by_id[PARENT] = replace(parent, percent=percent, revision=parent.revision + 1)


async def serve(count: int) -> None:
    """Serve until it is killed; the changes begin when a line comes in."""
    async with services_with_gate() as (services, _, _):
        tasks = cast(StandInTasks, services.tasks)
        now = datetime.now(UTC)
        parent = a_task(OWNER, id=PARENT, subtasks=count, state=TaskState.RUNNING, started=now)
        tasks.add(parent, *(subtask(number, now) for number in range(count)))
        async with listening(make_app(services, WebOptions())) as port:
            print(port, flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            await change_all(tasks, count)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
