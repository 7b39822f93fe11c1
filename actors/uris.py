"""Where the resources are: the URIs that records and Messages name, and the way back to an id."""

from urllib.parse import unquote

from actors.access.records import AccountId, RoleId
from actors.events.records import SubscriptionId
from actors.inventory.records import AggregateId, SourceId, SystemId
from actors.tasks.task import TaskId

ROOT = "/redfish/v1"
TASKS = f"{ROOT}/TaskService/Tasks"
SYSTEMS = f"{ROOT}/Systems"
SOURCES = f"{ROOT}/AggregationService/AggregationSources"
AGGREGATES = f"{ROOT}/AggregationService/Aggregates"
ACCOUNT_SERVICE = f"{ROOT}/AccountService"
ACCOUNTS = f"{ACCOUNT_SERVICE}/Accounts"
ROLES = f"{ACCOUNT_SERVICE}/Roles"
EVENT_SERVICE_URI = f"{ROOT}/EventService"
SUBSCRIPTIONS = f"{EVENT_SERVICE_URI}/Subscriptions"


def account_uri(account_id: AccountId) -> str:
    return f"{ACCOUNTS}/{account_id}"


def role_uri(role_id: RoleId) -> str:
    return f"{ROLES}/{role_id}"


def task_uri(task_id: TaskId, parent: TaskId | None = None) -> str:
    return f"{TASKS}/{parent}/SubTasks/{task_id}" if parent else f"{TASKS}/{task_id}"


def monitor_uri(task_id: TaskId) -> str:
    return f"/taskmon/{task_id}"


def system_uri(system_id: SystemId) -> str:
    return f"{SYSTEMS}/{system_id}"


def source_uri(source_id: SourceId) -> str:
    return f"{SOURCES}/{source_id}"


def aggregate_uri(aggregate_id: AggregateId) -> str:
    return f"{AGGREGATES}/{aggregate_id}"


def subscription_uri(subscription_id: SubscriptionId) -> str:
    return f"{SUBSCRIPTIONS}/{subscription_id}"


def system_at(uri: str) -> SystemId | None:
    """The id in the URI of a system, a trailing slash aside; None where it is no such URI."""
    path = unquote(uri).removesuffix("/")
    prefix, _, last = path.rpartition("/")
    return SystemId(last) if prefix == SYSTEMS and last else None
