"""The URIs of what exists once; those of tasks, systems, sources and aggregates come from `actors`."""

from typing import Final

from actors import ACCOUNT_SERVICE, ACCOUNTS, AGGREGATES, ROLES, ROOT, SOURCES, SYSTEMS, TASKS, SessionId

SERVICE_ROOT: Final = f"{ROOT}/"
SCHEMA_STORE: Final = f"{ROOT}/SchemaStore/en"
OEM_SCHEMA: Final = f"{SCHEMA_STORE}/Taskmon_v1.xml"
ODATA: Final = f"{ROOT}/odata"
METADATA: Final = f"{ROOT}/$metadata"
SESSION_SERVICE: Final = f"{ROOT}/SessionService"
SESSIONS: Final = f"{SESSION_SERVICE}/Sessions"
TASK_SERVICE: Final = TASKS.rpartition("/")[0]
AGGREGATION_SERVICE: Final = f"{ROOT}/AggregationService"
CONNECTION_METHODS: Final = f"{AGGREGATION_SERVICE}/ConnectionMethods"
REDFISH_METHOD_ID: Final = "Redfish"
REDFISH_METHOD: Final = f"{CONNECTION_METHODS}/{REDFISH_METHOD_ID}"

__all__ = [
    "ACCOUNTS",
    "ACCOUNT_SERVICE",
    "AGGREGATES",
    "AGGREGATION_SERVICE",
    "CONNECTION_METHODS",
    "METADATA",
    "ODATA",
    "OEM_SCHEMA",
    "REDFISH_METHOD",
    "REDFISH_METHOD_ID",
    "ROLES",
    "ROOT",
    "SCHEMA_STORE",
    "SERVICE_ROOT",
    "SESSIONS",
    "SESSION_SERVICE",
    "SOURCES",
    "SYSTEMS",
    "TASKS",
    "TASK_SERVICE",
    "action_uri",
    "oem_action_uri",
    "session_uri",
    "subtasks_uri",
]


def session_uri(session_id: SessionId) -> str:
    return f"{SESSIONS}/{session_id}"


def subtasks_uri(task_id: str) -> str:
    """The collection of a task's subtasks."""
    return f"{TASKS}/{task_id}/SubTasks"


def action_uri(resource: str, action: str) -> str:
    """The target of an action such as `Aggregate.Reset` on the resource at this URI."""
    return f"{resource}/Actions/{action}"


def oem_action_uri(resource: str, action: str) -> str:
    """The target of an action of our own, such as `Taskmon.Cancel`."""
    return f"{resource}/Actions/Oem/{action}"
