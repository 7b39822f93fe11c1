"""A Redfish client that answers from a script, for what the demo makes of the answers."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from cli.demo.redfish import Answer, Redfish, Resource

TASK = "/redfish/v1/TaskService/Tasks/task1"


class ScriptedRedfish(Redfish):
    """Answers each GET with what `bodies` holds for its path, as JSON that was read."""

    def __init__(self, bodies: Mapping[str, Any]) -> None:
        self.bodies = dict(bodies)

    async def get(self, path: str) -> Answer:
        return answer(f"GET {path}", 200, self.bodies[path])


def answer(request: str, status: int, body: Any) -> Answer:
    read = json.loads(json.dumps(body), object_hook=partial(Resource, request))
    return Answer(request=request, status=status, location="", token="", body=read, seconds=0.01)


def a_reset(*ends: str, state: str = "Exception", percent: int = 100) -> dict[str, Any]:
    """The resources of a reset whose subtasks are in these TaskStates, of servers 1, 2, …"""
    subtasks = [f"{TASK}/SubTasks/sub{number}" for number in range(1, len(ends) + 1)]
    return {
        TASK: task(TASK, state, percent) | {"SubTasks": {"@odata.id": f"{TASK}/SubTasks"}},
        f"{TASK}/SubTasks": {"Members": [{"@odata.id": uri} for uri in subtasks]},
        **{
            uri: task(uri, end, 100, f"/redfish/v1/Systems/{number}/Actions/ComputerSystem.Reset")
            for number, (uri, end) in enumerate(zip(subtasks, ends, strict=True), start=1)
        },
    }


def task(uri: str, state: str, percent: int, target: str = "") -> dict[str, Any]:
    return {
        "@odata.id": uri,
        "Id": uri.rpartition("/")[2],
        "TaskState": state,
        "TaskStatus": "Critical" if state == "Exception" else "OK",
        "PercentComplete": percent,
        "Payload": {"TargetUri": target},
        "Messages": [],
    }


def numbers(count: int) -> dict[str, int]:
    return {f"/redfish/v1/Systems/{number}": number for number in range(1, count + 1)}
