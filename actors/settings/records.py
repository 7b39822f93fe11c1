"""What clients have set of one service, as it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

ServiceName = NewType("ServiceName", str)

TASK_SERVICE = ServiceName("TaskService")

SESSION_SERVICE = ServiceName("SessionService")

ACCOUNT_SERVICE = ServiceName("AccountService")

EVENT_SERVICE = ServiceName("EventService")

Value = str | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """The properties that were set of a Redfish service, by their names; `id` is the service's Id.

    What is not in `values` is as the settings file has it; what is, wins over the file.
    """

    id: ServiceName
    revision: int = 1
    values: Mapping[str, Value] = field(default_factory=dict)
