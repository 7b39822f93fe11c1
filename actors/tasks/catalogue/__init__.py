"""The catalogue of the Redfish Messages that this service can emit: ids, texts and severities.

Ids, argument counts and severities are those of DMTF's message registries Base 1.13.0, TaskEvent 1.0.3
and ResourceEvent 1.2.1; texts and resolutions say the same in our own words. What they have no message
for is in a registry of our own, Taskmon. A MessageId has two version numbers (`Base.1.13.Success`):
Redfish DSP0266, "MessageId format", and what clients look for. What was published stays in the same words,
for stored tasks are shown in them: who wants others adds a message. Each registry has its rows in a module
of its own; Base, the longest, in two.
"""

from typing import Final

from actors.tasks.catalogue.base_request import REQUEST
from actors.tasks.catalogue.base_resource import RESOURCE
from actors.tasks.catalogue.resource_event import RESOURCE_EVENT_ROWS
from actors.tasks.catalogue.task_event import TASK_EVENT_ROWS
from actors.tasks.catalogue.taskmon import TASKMON_ROWS
from actors.tasks.catalogue.template import Health, Row, Template

__all__ = ["BASE", "CATALOGUE", "RESOURCE_EVENT", "ROWS", "TASKMON", "TASK_EVENT", "Health", "Template"]

BASE, TASK_EVENT, RESOURCE_EVENT, TASKMON = "Base.1.13", "TaskEvent.1.0", "ResourceEvent.1.2", "Taskmon.1.0"

ROWS: Final[dict[str, tuple[Row, ...]]] = {
    BASE: REQUEST + RESOURCE,
    TASK_EVENT: TASK_EVENT_ROWS,
    RESOURCE_EVENT: RESOURCE_EVENT_ROWS,
    TASKMON: TASKMON_ROWS,
}
"""The rows of each registry. A key is in one registry only."""

CATALOGUE: Final[dict[str, Template]] = {
    row[0]: Template(registry, *row) for registry, rows in ROWS.items() for row in rows
}
"""Every message, by its key, in the order of the registries."""
