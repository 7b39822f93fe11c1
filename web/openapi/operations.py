"""Every handler, and what each of its methods does: whatever is in the table of routes is described here."""

from collections.abc import Mapping
from typing import Any, Final

from web.accounts import CAN_CHANGE as ACCOUNT
from web.accounts import (
    NEW_ACCOUNT,
    SETTINGS,
    AccountHandler,
    AccountServiceHandler,
    AccountsHandler,
)
from web.aggregates import (
    ELEMENTS,
    AddElementsHandler,
    AggregateHandler,
    AggregateResetHandler,
    AggregatesHandler,
    RemoveElementsHandler,
)
from web.aggregation import (
    RESET_IN_BATCHES,
    RESET_SYSTEMS,
    AggregationServiceHandler,
    ConnectionMethodHandler,
    ConnectionMethodsHandler,
    ServiceResetHandler,
)
from web.answering import JSON, XML, YAML
from web.event_bodies import CAN_CHANGE as SUBSCRIPTION
from web.event_bodies import NEW_SUBSCRIPTION, RESUME, TEST_EVENT
from web.event_service import (
    DELIVERY,
    EventServiceHandler,
    SubmitTestEventHandler,
    TestEventInfoHandler,
)
from web.handler import RedfishHandler
from web.health import AliveHandler, ReadyHandler
from web.metrics import MetricsHandler
from web.monitor import MonitorHandler
from web.openapi.operation import (
    NO_BODY,
    OF_A_RESOURCE,
    Operation,
    change,
    collection,
    creation,
    document,
    resource,
    start,
    tasks,
)
from web.registries import (
    MessageRegistryHandler,
    PrivilegeMapHandler,
    RegistriesHandler,
    RegistryFileHandler,
)
from web.roles import CAN_CHANGE as ROLE
from web.roles import NEW_ROLE, RoleHandler, RolesHandler
from web.root import MetadataHandler, ODataHandler, OpenApiHandler, ServiceRootHandler, VersionsHandler
from web.schemas import JsonSchemaFileHandler, JsonSchemasHandler, SchemaHandler
from web.sessions import LOGIN, TIMEOUT, SessionHandler, SessionServiceHandler, SessionsHandler
from web.sources import CAN_CHANGE as CHANGE_SOURCE
from web.sources import NEW_SERVER, SourceHandler, SourcesHandler
from web.stream import EVENT_STREAM, StreamHandler
from web.subscriptions import ResumeHandler, SubscriptionHandler, SubscriptionsHandler, SuspendHandler
from web.systems import RESET_ONE, SystemHandler, SystemResetHandler, SystemsHandler
from web.tasks import (
    NOTHING,
    REASON,
    TASK_SERVICE_PATCH,
    WHICH,
    CancelHandler,
    DeleteEndedHandler,
    RetryHandler,
    SubTasksHandler,
    TaskHandler,
    TaskServiceHandler,
    TasksHandler,
)

_MATCH: Final = ("If-Match",)
_ABORT: Final = ("X-Abort-Reason",)
_RESULTS: Final[Mapping[int, str | tuple[str, ...]]] = {
    200: ("Success", "AggregationSource"),
    201: "AggregationSource",
    202: "TaskMonitor",
    204: NO_BODY,
    400: "RedfishError",
    409: "RedfishError",
    500: "RedfishError",
}
"""What a monitor answers: that the task goes on, or whatever the operation came to."""
_READ_ONLY: Final = (405,)
"""The answer to who would change a role that is predefined, or a stream."""
_ABORTED: Final = "Abort a live task, and remove it; a subtask stays with its parent."


def _removal(summary: str, **more: Any) -> dict[str, Operation]:
    return {"DELETE": Operation(summary, {204: NO_BODY}, **more)}


OPERATIONS: Final[Mapping[type[RedfishHandler], Mapping[str, Operation]]] = {
    AliveHandler: document("Watch", "Whether the process answers."),
    ReadyHandler: {
        "GET": Operation("Whether the service takes on work.", {200: "Watch", 503: "Watch"}),
    },
    MetricsHandler: {
        "GET": Operation(
            "What Prometheus reads.",
            {200: NO_BODY},
            refusals=(401, 403),
            media={"text/plain": "Prometheus"},
        ),
    },
    VersionsHandler: document("VersionsDocument", "The versions of the protocol."),
    ServiceRootHandler: resource("ServiceRoot", "The service root, where every client begins."),
    ODataHandler: document("ODataDocument", "The OData service document."),
    MetadataHandler: {
        "GET": Operation("The OData metadata document.", {200: NO_BODY}, media={XML: "CSDL"}),
    },
    OpenApiHandler: {
        "GET": Operation("This document.", {200: NO_BODY}, media={YAML: "OpenAPI"}),
    },
    SchemaHandler: {
        "GET": Operation(
            "A schema of what is sent.", {200: NO_BODY}, media={JSON: "JSON Schema", XML: "CSDL"}
        ),
    },
    JsonSchemasHandler: collection("JsonSchemaFileCollection", "The schemas of all resources."),
    JsonSchemaFileHandler: resource("JsonSchemaFile", "Where a schema can be read."),
    RegistriesHandler: collection("MessageRegistryFileCollection", "The message registries."),
    RegistryFileHandler: resource("MessageRegistryFile", "Where a message registry can be read."),
    MessageRegistryHandler: resource("MessageRegistry", "The messages that the service emits."),
    PrivilegeMapHandler: resource("PrivilegeRegistry", "Which privileges each method takes."),
    SessionServiceHandler: {
        **resource("SessionService", "How sessions are kept."),
        **change("SessionService", "Change how long unused sessions last.", TIMEOUT),
    },
    SessionsHandler: {
        **collection("SessionCollection", "The sessions that the caller may see."),
        **creation("Session", "Log in.", LOGIN, refusals=(401,), response_headers=("X-Auth-Token",)),
    },
    SessionHandler: {**resource("Session", "A session."), **_removal("Log out.", headers=_MATCH)},
    AccountServiceHandler: {
        **resource("AccountService", "How accounts are kept."),
        **change("AccountService", "Change what wrong passwords lead to.", SETTINGS),
    },
    AccountsHandler: {
        **collection("ManagerAccountCollection", "The accounts that the caller may see."),
        **creation("ManagerAccount", "Make an account.", NEW_ACCOUNT),
    },
    AccountHandler: {
        **resource("ManagerAccount", "An account."),
        **change("ManagerAccount", "Change an account, its password or its role.", ACCOUNT),
        **_removal("Remove an account.", headers=_MATCH),
    },
    RolesHandler: {
        **collection("RoleCollection", "The roles."),
        **creation("Role", "Make a role.", NEW_ROLE),
    },
    RoleHandler: {
        **resource("Role", "A role."),
        **change("Role", "Change what a role allows.", ROLE, _READ_ONLY),
        **_removal("Remove a role.", headers=_MATCH, refusals=_READ_ONLY),
    },
    TaskServiceHandler: {
        **resource("TaskService", "How tasks are kept."),
        **change("TaskService", "Change how long tasks and monitors are kept.", TASK_SERVICE_PATCH),
    },
    DeleteEndedHandler: {
        "POST": Operation("Remove all ended tasks of the caller's.", {204: NO_BODY}, body=NOTHING),
    },
    TasksHandler: tasks("The tasks that the caller may see, newest first."),
    TaskHandler: {
        "GET": Operation("A task or subtask.", {200: "Task"}, headers=("Prefer",), query=OF_A_RESOURCE),
        **_removal(_ABORTED, headers=(*_MATCH, *_ABORT)),
    },
    CancelHandler: {
        "POST": Operation("Abort a live task, and keep its record.", {204: NO_BODY}, body=REASON),
    },
    RetryHandler: start("POST", "Do again, as a new task, what failed of an ended one.", WHICH),
    SubTasksHandler: tasks("The subtasks of a task, in the order of its targets."),
    MonitorHandler: {
        "GET": Operation("How a task goes on, then its result.", _RESULTS, headers=("Prefer",)),
        **_removal(_ABORTED, headers=(*_MATCH, *_ABORT)),
    },
    EventServiceHandler: {
        **resource("EventService", "Who is told of events, and how."),
        **change("EventService", "Change how often a delivery is repeated, and when.", DELIVERY),
    },
    SubmitTestEventHandler: {
        "POST": Operation("Have a test event told.", {204: NO_BODY}, body=TEST_EVENT),
    },
    TestEventInfoHandler: resource("ActionInfo", "The parameters of SubmitTestEvent."),
    StreamHandler: {
        "GET": Operation(
            "A stream of events, as server-sent events.",
            {200: NO_BODY},
            headers=("Last-Event-ID",),
            query=("$filter",),
            media={EVENT_STREAM: "Server-sent events"},
        ),
    },
    SubscriptionsHandler: {
        **collection("EventDestinationCollection", "The subscriptions and streams that the caller may see."),
        **creation("EventDestination", "Subscribe to events.", NEW_SUBSCRIPTION),
    },
    SubscriptionHandler: {
        **resource("EventDestination", "A subscription or an open stream."),
        **change("EventDestination", "Change a subscription.", SUBSCRIPTION, _READ_ONLY),
        **_removal("Remove a subscription, or close a stream.", headers=_MATCH),
    },
    SuspendHandler: {
        "POST": Operation("Have a subscription told nothing.", {204: NO_BODY}, body=NOTHING),
    },
    ResumeHandler: {
        "POST": Operation("Have a subscription told again.", {204: NO_BODY}, body=RESUME),
    },
    AggregationServiceHandler: resource("AggregationService", "Where servers are added, grouped and reset."),
    ServiceResetHandler: start("POST", "Reset a list of systems.", RESET_SYSTEMS),
    ConnectionMethodsHandler: collection(
        "ConnectionMethodCollection", "The ways in which servers are reached."
    ),
    ConnectionMethodHandler: resource("ConnectionMethod", "A way in which servers are reached."),
    AggregatesHandler: {
        **collection("AggregateCollection", "The aggregates."),
        **creation("Aggregate", "Make an aggregate.", ELEMENTS),
    },
    AggregateHandler: {
        **resource("Aggregate", "An aggregate."),
        **_removal("Remove an aggregate; its systems stay.", headers=_MATCH),
    },
    AggregateResetHandler: start("POST", "Reset the systems of an aggregate.", RESET_IN_BATCHES),
    AddElementsHandler: {
        "POST": Operation(
            "Put systems into an aggregate.", {200: "Aggregate"}, body=ELEMENTS, headers=_MATCH
        ),
    },
    RemoveElementsHandler: {
        "POST": Operation(
            "Take systems out of an aggregate.", {200: "Aggregate"}, body=ELEMENTS, headers=_MATCH
        ),
    },
    SourcesHandler: {
        **collection("AggregationSourceCollection", "The servers that were added."),
        **start("POST", "Add a server.", NEW_SERVER),
    },
    SourceHandler: {
        **resource("AggregationSource", "A server that was added."),
        **change("AggregationSource", "Change how a server is reached.", CHANGE_SOURCE),
        **start("DELETE", "Remove a server.", headers=_MATCH),
    },
    SystemsHandler: collection("ComputerSystemCollection", "The systems of all servers."),
    SystemHandler: resource("ComputerSystem", "A system."),
    SystemResetHandler: start("POST", "Reset a system.", RESET_ONE),
}
