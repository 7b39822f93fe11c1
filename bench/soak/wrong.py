"""Requests that are wrong, each with the statuses that may answer it: 4xx, whatever else goes on."""

from dataclasses import dataclass
from typing import Any, Final

from tests.interop.plain import AGGREGATES, SERVICE_RESET, SOURCES, TASKS

NOWHERE: Final = "0b5f7a5c-1f0e-4c58-9d64-000000000000"


@dataclass(frozen=True, slots=True)
class WrongRequest:
    """What is asked, and what may come of it."""

    method: str
    path: str
    body: Any
    statuses: tuple[int, ...]


WRONG_REQUESTS: Final = (
    WrongRequest("POST", SERVICE_RESET, {}, (400,)),
    WrongRequest("POST", SERVICE_RESET, {"TargetURIs": [], "ResetType": "On"}, (400,)),
    WrongRequest("POST", SERVICE_RESET, {"TargetURIs": "all", "ResetType": 7}, (400,)),
    WrongRequest("POST", SERVICE_RESET, ["On"], (400,)),
    WrongRequest("POST", SERVICE_RESET, {"TargetURIs": [f"/redfish/v1/Systems/{NOWHERE}"]}, (400, 404)),
    WrongRequest("POST", SOURCES, {"HostName": "http://nowhere:1/x?y"}, (400,)),
    WrongRequest("POST", AGGREGATES, {"Elements": [{"@odata.id": NOWHERE}]}, (400, 404)),
    WrongRequest("GET", f"{TASKS}/{NOWHERE}", None, (404,)),
    WrongRequest("GET", f"/taskmon/{NOWHERE}", None, (404,)),
    WrongRequest("DELETE", f"/taskmon/{NOWHERE}", None, (404,)),
    WrongRequest("GET", f"{TASKS}?$filter=TaskState like 'R%25'", None, (400,)),
    WrongRequest("GET", f"{TASKS}?$top=many", None, (400,)),
    WrongRequest("PATCH", TASKS, {"Name": "Mine"}, (405,)),
    WrongRequest("POST", f"{TASKS}/{NOWHERE}/Actions/Oem/Taskmon.Cancel", {}, (404,)),
    WrongRequest("PATCH", "/redfish/v1/TaskService", {"TaskAutoDeleteTimeoutMinutes": "soon"}, (400,)),
    WrongRequest("GET", "/redfish/v1/EventService/SSE?$top=1", None, (400,)),
    WrongRequest("GET", "/nowhere/at/all", None, (404,)),
)
