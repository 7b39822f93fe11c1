"""What can be seen of a `$filter` before a service is asked: whether it speaks of what a Task has."""

import re
from typing import Final

TASK: Final = frozenset(
    {
        "Actions", "Description", "EndTime", "EstimatedDuration", "HidePayload", "Id", "Links", "Messages",
        "Name", "Oem", "Payload", "PercentComplete", "StartTime", "SubTasks", "TaskMonitor", "TaskState",
        "TaskStatus",
    }
)  # fmt: skip
"""The properties of Redfish's Task (Task.v1_7)."""
_STRING: Final = re.compile(r"'(?:[^']|'')*'")
_NAME: Final = re.compile(r"(?<![\w.:+/-])[A-Za-z_][\w@.#]*(?=[\s()/]|$)")
_NOT_NAMES: Final = frozenset(
    {"and", "or", "not", "eq", "ne", "gt", "ge", "lt", "le", "true", "false", "null"}
)


def not_of_a_task(expression: str) -> list[str]:
    """The names in this filter that stand for no property of a Task, in their order.

    A service takes what is not there as null, and so answers a mistyped name with an empty list.
    """
    names = _NAME.findall(_STRING.sub(" ", expression))
    return [name for name in dict.fromkeys(names) if name not in TASK | _NOT_NAMES and "@" not in name]
