"""The URIs of what exists once; those of tasks, systems, sources and aggregates come from `actors`."""

from typing import Final

from actors import (
    ACCOUNT_SERVICE,
    ACCOUNTS,
    AGGREGATES,
    ROLES,
    ROOT,
    SOURCES,
    SUBSCRIPTIONS,
    SYSTEMS,
    TASKS,
    SessionId,
)

SERVICE_ROOT: Final = f"{ROOT}/"
SCHEMA_STORE: Final = f"{ROOT}/SchemaStore/en"
OEM_SCHEMA: Final = f"{SCHEMA_STORE}/Taskmon_v1.xml"
JSON_SCHEMAS: Final = f"{ROOT}/JsonSchemas"
OPENAPI: Final = f"{ROOT}/openapi.yaml"
REGISTRIES: Final = f"{ROOT}/Registries"
PRIVILEGE_MAP: Final = f"{ACCOUNT_SERVICE}/PrivilegeMap"
ODATA: Final = f"{ROOT}/odata"
METADATA: Final = f"{ROOT}/$metadata"
SESSION_SERVICE: Final = f"{ROOT}/SessionService"
SESSIONS: Final = f"{SESSION_SERVICE}/Sessions"
TASK_SERVICE: Final = TASKS.rpartition("/")[0]
EVENT_SERVICE: Final = SUBSCRIPTIONS.rpartition("/")[0]
EVENT_STREAM: Final = f"{EVENT_SERVICE}/SSE"
TEST_EVENT_INFO: Final = f"{EVENT_SERVICE}/SubmitTestEventActionInfo"
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
    "EVENT_SERVICE",
    "EVENT_STREAM",
    "JSON_SCHEMAS",
    "METADATA",
    "ODATA",
    "OEM_SCHEMA",
    "OPENAPI",
    "PRIVILEGE_MAP",
    "REDFISH_METHOD",
    "REDFISH_METHOD_ID",
    "REGISTRIES",
    "ROLES",
    "ROOT",
    "SCHEMA_STORE",
    "SERVICE_ROOT",
    "SESSIONS",
    "SESSION_SERVICE",
    "SOURCES",
    "SUBSCRIPTIONS",
    "SYSTEMS",
    "TASKS",
    "TASK_SERVICE",
    "TEST_EVENT_INFO",
    "action_uri",
    "json_schema_uri",
    "oem_action_uri",
    "registry_file_uri",
    "registry_uri",
    "schema_uri",
    "session_uri",
    "subtasks_uri",
]


def session_uri(session_id: SessionId) -> str:
    return f"{SESSIONS}/{session_id}"


def schema_uri(name: str) -> str:
    """The JSON Schema with this name."""
    return f"{SCHEMA_STORE}/{name}.json"


def json_schema_uri(name: str) -> str:
    """The JsonSchemaFile that tells where the schema with this name is."""
    return f"{JSON_SCHEMAS}/{name}"


def registry_file_uri(prefix: str) -> str:
    """The MessageRegistryFile that tells where the registry with this prefix is."""
    return f"{REGISTRIES}/{prefix}"


def registry_uri(prefix: str, version: str) -> str:
    """The message registry itself."""
    return f"{registry_file_uri(prefix)}/{prefix}.{version}"


def subtasks_uri(task_id: str) -> str:
    """The collection of a task's subtasks."""
    return f"{TASKS}/{task_id}/SubTasks"


def action_uri(resource: str, action: str) -> str:
    """The target of an action such as `Aggregate.Reset` on the resource at this URI."""
    return f"{resource}/Actions/{action}"


def oem_action_uri(resource: str, action: str) -> str:
    """The target of an action of our own, such as `Taskmon.Cancel`."""
    return f"{resource}/Actions/Oem/{action}"
