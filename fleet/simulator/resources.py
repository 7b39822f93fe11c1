"""What the resources of a simulated server look like: a server and a time in, JSON out."""

from datetime import UTC, datetime
from typing import Any

from fleet.simulator.messages import message
from fleet.simulator.power import ResetType
from fleet.simulator.server import Server
from fleet.simulator.server_tasks import ServerTask, TaskPhase
from fleet.simulator.sessions import TIMEOUT, Session

ROOT = "/redfish/v1"
SESSION_SERVICE = f"{ROOT}/SessionService"
SESSIONS = f"{SESSION_SERVICE}/Sessions"
SYSTEMS = f"{ROOT}/Systems"
SYSTEM = f"{SYSTEMS}/1"
RESET = f"{SYSTEM}/Actions/ComputerSystem.Reset"
TASK_SERVICE = f"{ROOT}/TaskService"
TASKS = f"{TASK_SERVICE}/Tasks"
MONITORS = f"{TASK_SERVICE}/TaskMonitors"

NOT_ENDED = "0001-01-01T00:00:00Z"
RESET_TYPES = [reset_type.value for reset_type in ResetType]
_STATES = {
    TaskPhase.RUNNING: ("Running", "OK"),
    TaskPhase.DONE: ("Completed", "OK"),
    TaskPhase.FAILED: ("Exception", "Critical"),
}


def moment(seconds: float) -> str:
    """Seconds since 1970 as Redfish writes a time; to the microsecond, because restarts are quick here."""
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def service_root(server: Server, _now: float) -> dict[str, Any]:
    """The service root."""
    return {
        "@odata.id": f"{ROOT}/",
        "@odata.type": "#ServiceRoot.v1_21_0.ServiceRoot",
        "Id": "RootService",
        "Name": "Service root of a simulated server",
        "RedfishVersion": "1.20.0",
        "UUID": str(server.identity.uuid),
        "Vendor": server.identity.manufacturer,
        "Product": server.identity.model,
        "Systems": {"@odata.id": SYSTEMS},
        "SessionService": {"@odata.id": SESSION_SERVICE},
        "Tasks": {"@odata.id": TASK_SERVICE},
        "Links": {"Sessions": {"@odata.id": SESSIONS}},
    }


def session_service(_server: Server, _now: float) -> dict[str, Any]:
    """The session service."""
    return {
        "@odata.id": SESSION_SERVICE,
        "@odata.type": "#SessionService.v1_2_0.SessionService",
        "Id": "SessionService",
        "Name": "Session service",
        "ServiceEnabled": True,
        "SessionTimeout": TIMEOUT,
        "Sessions": {"@odata.id": SESSIONS},
    }


def sessions(server: Server, _now: float) -> dict[str, Any]:
    """The collection of sessions."""
    return _collection("Session", SESSIONS, "Sessions", server.sessions.ids())


def session(server: Server, found: Session) -> dict[str, Any]:
    """One session."""
    return {
        "@odata.id": f"{SESSIONS}/{found.id}",
        "@odata.type": "#Session.v1_8_0.Session",
        "Id": found.id,
        "Name": f"Session {found.id}",
        "UserName": server.identity.user_name,
    }


def systems(_server: Server, _now: float) -> dict[str, Any]:
    """The collection of systems: there is one."""
    return _collection("ComputerSystem", SYSTEMS, "Systems", ["1"])


def system(server: Server, now: float) -> dict[str, Any]:
    """The one system."""
    who = server.identity
    return {
        "@odata.id": SYSTEM,
        "@odata.type": "#ComputerSystem.v1_28_0.ComputerSystem",
        "Id": "1",
        "Name": f"Simulated server {who.address}",
        "SystemType": "Physical",
        "Manufacturer": who.manufacturer,
        "Model": who.model,
        "SerialNumber": who.serial_number,
        "UUID": str(who.uuid),
        "PowerState": server.power_state(now),
        "LastResetTime": moment(server.last_boot(now)),
        "Status": {"State": "Enabled", "Health": "OK"},
        "Actions": {
            "#ComputerSystem.Reset": {"target": RESET, "ResetType@Redfish.AllowableValues": RESET_TYPES}
        },
    }


def task_service(_server: Server, now: float) -> dict[str, Any]:
    """The service of the server's own tasks."""
    return {
        "@odata.id": TASK_SERVICE,
        "@odata.type": "#TaskService.v1_3_0.TaskService",
        "Id": "TaskService",
        "Name": "Task service",
        "ServiceEnabled": True,
        "CompletedTaskOverWritePolicy": "Oldest",
        "Tasks": {"@odata.id": TASKS},
    }


def tasks(server: Server, now: float) -> dict[str, Any]:
    """The collection of the server's own tasks."""
    return _collection("Task", TASKS, "Tasks", server.tasks.ids(now))


def task(found: ServerTask, now: float) -> dict[str, Any]:
    """One of the server's own tasks, as long as it shows."""
    phase = found.phase(now)
    state, status = _STATES[phase]
    return {
        "@odata.id": f"{TASKS}/{found.id}",
        "@odata.type": "#Task.v1_7_4.Task",
        "Id": found.id,
        "Name": f"{found.reset_type} of the system",
        "TaskState": state,
        "TaskStatus": status,
        "PercentComplete": found.percent(now),
        "StartTime": moment(found.wall),
        "EndTime": NOT_ENDED if phase is TaskPhase.RUNNING else moment(found.wall + found.seconds),
        "TaskMonitor": f"{MONITORS}/{found.id}",
        "Messages": [failure(found)] if phase is TaskPhase.FAILED else [],
    }


def failure(found: ServerTask) -> dict[str, Any]:
    """The Redfish Message of a task that has failed."""
    return message(
        "OperationFailed",
        f"The {found.reset_type} of the system failed: the simulated server was told to let it fail.",
        "Take the rule with the fault `accepted` out of the faults file.",
        severity="Critical",
    )


def _collection(kind: str, path: str, name: str, ids: list[str]) -> dict[str, Any]:
    return {
        "@odata.id": path,
        "@odata.type": f"#{kind}Collection.{kind}Collection",
        "Name": name,
        "Members@odata.count": len(ids),
        "Members": [{"@odata.id": f"{path}/{member}"} for member in ids],
    }
