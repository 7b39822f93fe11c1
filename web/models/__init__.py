"""What the service sends, as TypedDicts: rendering returns them, and the JSON Schemas are made from them."""

from typing import Final

from web.models.accounts import AccountService, ManagerAccount, Role
from web.models.base import (
    Accepted,
    Collection,
    ErrorBody,
    ErrorMessage,
    Heading,
    Link,
    RedfishError,
    RedfishMessage,
    StatusObject,
    Success,
)
from web.models.fleet import (
    Action,
    Aggregate,
    AggregationService,
    AggregationSource,
    ComputerSystem,
    ConnectionMethod,
    ResetAction,
)
from web.models.services import (
    ODataDocument,
    ODataValue,
    ServiceRoot,
    Session,
    SessionService,
    SessionServiceAnswer,
)
from web.models.tasks import PayloadObject, Task, TaskMonitor, TaskService, TaskServiceAnswer

SCHEMAS: Final[dict[str, type]] = {
    "ServiceRoot": ServiceRoot,
    "SessionService": SessionServiceAnswer,
    "SessionCollection": Collection,
    "Session": Session,
    "AccountService": AccountService,
    "ManagerAccountCollection": Collection,
    "ManagerAccount": ManagerAccount,
    "RoleCollection": Collection,
    "Role": Role,
    "TaskService": TaskServiceAnswer,
    "TaskCollection": Collection,
    "Task": Task,
    "TaskMonitor": TaskMonitor,
    "AggregationService": AggregationService,
    "AggregateCollection": Collection,
    "Aggregate": Aggregate,
    "AggregationSourceCollection": Collection,
    "AggregationSource": AggregationSource,
    "ConnectionMethodCollection": Collection,
    "ConnectionMethod": ConnectionMethod,
    "ComputerSystemCollection": Collection,
    "ComputerSystem": ComputerSystem,
    "RedfishError": RedfishError,
    "Success": Success,
    "Accepted": Accepted,
}
"""Every body that the service sends, by the name of its schema at /redfish/v1/SchemaStore/en/."""

__all__ = [
    "SCHEMAS",
    "Accepted",
    "AccountService",
    "Action",
    "Aggregate",
    "AggregationService",
    "AggregationSource",
    "Collection",
    "ComputerSystem",
    "ConnectionMethod",
    "ErrorBody",
    "ErrorMessage",
    "Heading",
    "Link",
    "ManagerAccount",
    "ODataDocument",
    "ODataValue",
    "PayloadObject",
    "RedfishError",
    "RedfishMessage",
    "ResetAction",
    "Role",
    "ServiceRoot",
    "Session",
    "SessionService",
    "SessionServiceAnswer",
    "StatusObject",
    "Success",
    "Task",
    "TaskMonitor",
    "TaskService",
    "TaskServiceAnswer",
]
