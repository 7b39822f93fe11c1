"""Which published schema version each resource type has here, and the names that follow from it.

The versions are the newest of DMTF's release 2026.1 (DSP8010). A collection has none.
"""

from typing import Final

VERSIONS: Final[dict[str, str | None]] = {
    "ServiceRoot": "v1_21_0",
    "SessionService": "v1_2_0",
    "SessionCollection": None,
    "Session": "v1_8_0",
    "AccountService": "v1_18_1",
    "ManagerAccountCollection": None,
    "ManagerAccount": "v1_14_1",
    "RoleCollection": None,
    "Role": "v1_3_3",
    "TaskService": "v1_3_0",
    "TaskCollection": None,
    "Task": "v1_7_4",
    "EventService": "v1_12_0",
    "EventDestinationCollection": None,
    "EventDestination": "v1_17_0",
    "Event": "v1_13_0",
    "ActionInfo": "v1_6_0",
    "AggregationService": "v1_0_3",
    "AggregateCollection": None,
    "Aggregate": "v1_0_3",
    "AggregationSourceCollection": None,
    "AggregationSource": "v1_6_0",
    "ConnectionMethodCollection": None,
    "ConnectionMethod": "v1_3_0",
    "ComputerSystemCollection": None,
    "ComputerSystem": "v1_28_0",
    "MessageRegistryFileCollection": None,
    "MessageRegistryFile": "v1_1_5",
    "MessageRegistry": "v1_8_0",
    "PrivilegeRegistry": "v1_2_0",
    "JsonSchemaFileCollection": None,
    "JsonSchemaFile": "v1_1_5",
}

OEM_TASK_TYPE: Final = "#Taskmon.v1_0_0.Task"
OEM_SOURCE_TYPE: Final = "#Taskmon.v1_0_0.AggregationSource"
"""`@odata.type` of what a Task has of our own."""

OEM_DESTINATION_TYPE: Final = "#Taskmon.v1_0_0.EventDestination"
"""The same of an EventDestination."""

OEM_NAMESPACES: Final = ("Taskmon", "Taskmon.v1_0_0")

PROTOCOL_VERSION: Final = "1.21.0"
"""`RedfishVersion` of the service root: the version of the protocol (DSP0266), not of a schema."""


def _full_name(name: str, version: str | None) -> str:
    return f"{name}.{version}.{name}" if version else f"{name}.{name}"


ODATA_TYPE: Final = {name: f"#{_full_name(name, version)}" for name, version in VERSIONS.items()}
"""`@odata.type` of each resource type: `#Task.v1_7_4.Task`, `#TaskCollection.TaskCollection`."""

ODATA_CONTEXT: Final = {name: f"/redfish/v1/$metadata#{name}.{name}" for name in VERSIONS}
"""`@odata.context` of each resource type."""
