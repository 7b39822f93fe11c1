"""Running things: the tasks, who may use them, and what they act on. What is named here is for others."""

from actors.access.accounts import AccountRuleError, add_account, check_name, check_password, check_role
from actors.access.gate import Gate
from actors.access.records import Account, AccountId, Session, SessionId, Viewer
from actors.access.roles import PREDEFINED_ROLES, Privilege
from actors.access.rules import AnyOf, may, may_see
from actors.audit import audit
from actors.inventory.fleet import Fleet
from actors.inventory.records import (
    Aggregate,
    AggregateId,
    PowerState,
    ResetType,
    Source,
    SourceId,
    System,
    SystemId,
)
from actors.operations.clocks import NO_TIMEOUTS, Timeouts
from actors.operations.order import KeyedRequest, Order
from actors.operations.reset_server import ResetLimits
from actors.operations.retry import RETRY, Again
from actors.operations.service import Operations
from actors.operations.stop_rule import MaxFailures
from actors.settings.records import SESSION_SERVICE, TASK_SERVICE, ServiceName, ServiceSettings, Value
from actors.start import Actors, Limits, World, start_actors
from actors.tasks.catalogue import CATALOGUE, Health, Template
from actors.tasks.errors import (
    AlreadyThereError,
    BadCredentialsError,
    BusyError,
    ChangedError,
    ClientError,
    ConflictError,
    FencedError,
    IllegalTransitionError,
    InvalidRequestError,
    KeyReusedError,
    KeyUnusableError,
    NoRoomError,
    NotAllowedError,
    NotFoundError,
    RevisionConflictError,
    ServerError,
    StoreUnavailableError,
    TaskmonError,
)
from actors.tasks.messages import Message
from actors.tasks.payload import REDACTED, Payload, payload_of, redacted
from actors.tasks.ports import Clock
from actors.tasks.retention import (
    AUTO_DELETE,
    LONGEST_KEPT,
    MONITOR_EXPIRY,
    OverwritePolicy,
    Retention,
    RetentionRules,
)
from actors.tasks.service import LONGEST_REASON, Tasks
from actors.tasks.states import LIVE, TERMINAL, TaskState
from actors.tasks.task import Abort, Percent, Result, Task, TaskId, new_task_id
from actors.uris import (
    AGGREGATES,
    ROOT,
    SOURCES,
    SYSTEMS,
    TASKS,
    aggregate_uri,
    monitor_uri,
    source_uri,
    system_at,
    system_uri,
    task_uri,
)

__all__ = [
    "AGGREGATES",
    "AUTO_DELETE",
    "CATALOGUE",
    "LIVE",
    "LONGEST_KEPT",
    "LONGEST_REASON",
    "MONITOR_EXPIRY",
    "NO_TIMEOUTS",
    "PREDEFINED_ROLES",
    "REDACTED",
    "RETRY",
    "ROOT",
    "SESSION_SERVICE",
    "SOURCES",
    "SYSTEMS",
    "TASKS",
    "TASK_SERVICE",
    "TERMINAL",
    "Abort",
    "Account",
    "AccountId",
    "AccountRuleError",
    "Actors",
    "Again",
    "Aggregate",
    "AggregateId",
    "AlreadyThereError",
    "AnyOf",
    "BadCredentialsError",
    "BusyError",
    "ChangedError",
    "ClientError",
    "Clock",
    "ConflictError",
    "FencedError",
    "Fleet",
    "Gate",
    "Health",
    "IllegalTransitionError",
    "InvalidRequestError",
    "KeyReusedError",
    "KeyUnusableError",
    "KeyedRequest",
    "Limits",
    "MaxFailures",
    "Message",
    "NoRoomError",
    "NotAllowedError",
    "NotFoundError",
    "Operations",
    "Order",
    "OverwritePolicy",
    "Payload",
    "Percent",
    "PowerState",
    "Privilege",
    "ResetLimits",
    "ResetType",
    "Result",
    "Retention",
    "RetentionRules",
    "RevisionConflictError",
    "ServerError",
    "ServiceName",
    "ServiceSettings",
    "Session",
    "SessionId",
    "Source",
    "SourceId",
    "StoreUnavailableError",
    "System",
    "SystemId",
    "Task",
    "TaskId",
    "TaskState",
    "TaskmonError",
    "Tasks",
    "Template",
    "Timeouts",
    "Value",
    "Viewer",
    "World",
    "add_account",
    "aggregate_uri",
    "audit",
    "check_name",
    "check_password",
    "check_role",
    "may",
    "may_see",
    "monitor_uri",
    "new_task_id",
    "payload_of",
    "redacted",
    "source_uri",
    "start_actors",
    "system_at",
    "system_uri",
    "task_uri",
]
