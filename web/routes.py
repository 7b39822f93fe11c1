"""Every URL of the service: its handler, its methods and who may use them. Tests and documents walk it.

The privileges are those of DMTF's privilege registry 1.3.0, entity by entity. Two are our own: our
specification names both ConfigureManager and ConfigureComponents for deleting a task, and either is
enough, as it is for cancelling one, for deleting all that have ended, and for doing again what failed,
where the operation itself also asks for what it needs; and whoever may reset an aggregate
or a system may reset a list of systems.
An own session may be ended with ConfigureSelf, the own account read and given a new password; that it is the
own one, the gate and the accounts see to. So it is with subscriptions to events, which `Events` sees to.
"""

from typing import Final

from actors import (
    ACCOUNT_SERVICE,
    ACCOUNTS,
    AGGREGATES,
    CHANGE_ACCOUNT,
    CHANGE_OF_ACCOUNT,
    RETRY,
    ROLES,
    SEE_ACCOUNT,
    SOURCES,
    SUBSCRIPTIONS,
    SYSTEMS,
    TASKS,
    AnyOf,
    Privilege,
)
from web.accounts import AccountHandler, AccountServiceHandler, AccountsHandler
from web.aggregates import (
    AddElementsHandler,
    AggregateHandler,
    AggregateResetHandler,
    AggregatesHandler,
    RemoveElementsHandler,
)
from web.aggregation import (
    AggregationServiceHandler,
    ConnectionMethodHandler,
    ConnectionMethodsHandler,
    ServiceResetHandler,
)
from web.dashboard import DashboardHandler, FrontDoorHandler
from web.event_service import EventServiceHandler, SubmitTestEventHandler, TestEventInfoHandler
from web.handler import NothingHere
from web.health import AliveHandler, ReadyHandler
from web.metrics import MetricsHandler
from web.monitor import MonitorHandler
from web.registries import (
    MessageRegistryHandler,
    PrivilegeMapHandler,
    RegistriesHandler,
    RegistryFileHandler,
)
from web.render.event_service import RESUME, SUBMIT_TEST_EVENT, SUSPEND
from web.render.tasks import CANCEL, DELETE_ENDED
from web.roles import RoleHandler, RolesHandler
from web.root import MetadataHandler, ODataHandler, OpenApiHandler, ServiceRootHandler, VersionsHandler
from web.route import OPEN, Route
from web.schemas import JsonSchemaFileHandler, JsonSchemasHandler, SchemaHandler
from web.sessions import SessionHandler, SessionServiceHandler, SessionsHandler
from web.sources import SourceHandler, SourcesHandler
from web.stream import StreamHandler
from web.subscriptions import ResumeHandler, SubscriptionHandler, SubscriptionsHandler, SuspendHandler
from web.systems import SystemHandler, SystemResetHandler, SystemsHandler
from web.tasks import (
    CancelHandler,
    DeleteEndedHandler,
    RetryHandler,
    SubTasksHandler,
    TaskHandler,
    TaskServiceHandler,
    TasksHandler,
)
from web.uris import (
    AGGREGATION_SERVICE,
    CONNECTION_METHODS,
    EVENT_SERVICE,
    EVENT_STREAM,
    JSON_SCHEMAS,
    METADATA,
    ODATA,
    OPENAPI,
    PRIVILEGE_MAP,
    REGISTRIES,
    SCHEMA_STORE,
    SERVICE_ROOT,
    SESSION_SERVICE,
    SESSIONS,
    TASK_SERVICE,
    TEST_EVENT_INFO,
)

LOGIN: Final[AnyOf] = (Privilege.LOGIN,)
MANAGER: Final[AnyOf] = (Privilege.CONFIGURE_MANAGER,)
COMPONENTS: Final[AnyOf] = (Privilege.CONFIGURE_COMPONENTS,)
EITHER: Final[AnyOf] = (Privilege.CONFIGURE_MANAGER, Privilege.CONFIGURE_COMPONENTS)
USERS: Final[AnyOf] = (Privilege.CONFIGURE_USERS,)
OWN_SESSION: Final[AnyOf] = (Privilege.CONFIGURE_MANAGER, Privilege.CONFIGURE_SELF)
OWN_SUBSCRIPTION: Final[AnyOf] = (Privilege.CONFIGURE_MANAGER, Privilege.CONFIGURE_SELF)

_READ: Final = {"GET": LOGIN}

ROUTES: Final = (
    # the most asked first: they are tried in this order
    Route("/taskmon/{id}", MonitorHandler, {"GET": LOGIN, "DELETE": EITHER}),
    Route(f"{TASKS}/{{id}}", TaskHandler, {"GET": LOGIN, "DELETE": EITHER}),
    Route(TASKS, TasksHandler, _READ),
    Route(f"{TASKS}/{{id}}/SubTasks", SubTasksHandler, _READ),
    Route(f"{TASKS}/{{id}}/SubTasks/{{id}}", TaskHandler, {"GET": LOGIN, "DELETE": EITHER}),
    Route(f"{TASKS}/{{id}}/Actions/Oem/{CANCEL}", CancelHandler, {"POST": EITHER}),
    Route(f"{TASKS}/{{id}}/SubTasks/{{id}}/Actions/Oem/{CANCEL}", CancelHandler, {"POST": EITHER}),
    Route(f"{TASKS}/{{id}}/Actions/Oem/{RETRY}", RetryHandler, {"POST": EITHER}),
    Route(TASK_SERVICE, TaskServiceHandler, {"GET": LOGIN, "PATCH": MANAGER}),
    Route(f"{TASK_SERVICE}/Actions/{DELETE_ENDED}", DeleteEndedHandler, {"POST": EITHER}),
    Route("/healthz", AliveHandler, {"GET": OPEN}),
    Route("/readyz", ReadyHandler, {"GET": OPEN}),
    Route("/metrics", MetricsHandler, {"GET": OPEN}),
    Route("/redfish", VersionsHandler, {"GET": OPEN}),
    Route(SERVICE_ROOT, ServiceRootHandler, {"GET": OPEN}),
    Route(ODATA, ODataHandler, {"GET": OPEN}),
    Route(METADATA, MetadataHandler, {"GET": OPEN}),
    Route(f"{SCHEMA_STORE}/{{file}}", SchemaHandler, _READ),
    Route(OPENAPI, OpenApiHandler, _READ),
    Route(JSON_SCHEMAS, JsonSchemasHandler, _READ),
    Route(f"{JSON_SCHEMAS}/{{id}}", JsonSchemaFileHandler, _READ),
    Route(REGISTRIES, RegistriesHandler, _READ),
    Route(PRIVILEGE_MAP, PrivilegeMapHandler, _READ),
    Route(f"{REGISTRIES}/{{id}}", RegistryFileHandler, _READ),
    Route(f"{REGISTRIES}/{{id}}/{{document}}", MessageRegistryHandler, _READ),
    Route(SESSION_SERVICE, SessionServiceHandler, {"GET": LOGIN, "PATCH": MANAGER}),
    Route(SESSIONS, SessionsHandler, {"GET": LOGIN, "POST": OPEN}),
    Route(f"{SESSIONS}/Members", SessionsHandler, {"POST": OPEN}),
    Route(f"{SESSIONS}/{{id}}", SessionHandler, {"GET": LOGIN, "DELETE": OWN_SESSION}),
    Route(ACCOUNT_SERVICE, AccountServiceHandler, {"GET": LOGIN, "PATCH": USERS}),
    Route(ACCOUNTS, AccountsHandler, {"GET": LOGIN, "POST": USERS}),
    Route(f"{ACCOUNTS}/Members", AccountsHandler, {"POST": USERS}),
    Route(
        f"{ACCOUNTS}/{{id}}",
        AccountHandler,
        {"GET": SEE_ACCOUNT, "PATCH": CHANGE_ACCOUNT, "DELETE": USERS},
        of_properties={"PATCH": CHANGE_OF_ACCOUNT},
    ),
    Route(ROLES, RolesHandler, {"GET": LOGIN, "POST": MANAGER}),
    Route(f"{ROLES}/Members", RolesHandler, {"POST": MANAGER}),
    Route(f"{ROLES}/{{id}}", RoleHandler, {"GET": LOGIN, "PATCH": MANAGER, "DELETE": MANAGER}),
    Route(EVENT_SERVICE, EventServiceHandler, {"GET": LOGIN, "PATCH": MANAGER}),
    Route(f"{EVENT_SERVICE}/Actions/{SUBMIT_TEST_EVENT}", SubmitTestEventHandler, {"POST": MANAGER}),
    Route(TEST_EVENT_INFO, TestEventInfoHandler, _READ),
    Route(EVENT_STREAM, StreamHandler, _READ),
    Route(SUBSCRIPTIONS, SubscriptionsHandler, {"GET": LOGIN, "POST": EITHER}),
    Route(f"{SUBSCRIPTIONS}/Members", SubscriptionsHandler, {"POST": EITHER}),
    Route(
        f"{SUBSCRIPTIONS}/{{id}}",
        SubscriptionHandler,
        {"GET": LOGIN, "PATCH": OWN_SUBSCRIPTION, "DELETE": OWN_SUBSCRIPTION},
    ),
    Route(f"{SUBSCRIPTIONS}/{{id}}/Actions/{SUSPEND}", SuspendHandler, {"POST": OWN_SUBSCRIPTION}),
    Route(f"{SUBSCRIPTIONS}/{{id}}/Actions/{RESUME}", ResumeHandler, {"POST": OWN_SUBSCRIPTION}),
    Route(AGGREGATION_SERVICE, AggregationServiceHandler, _READ),
    Route(f"{AGGREGATION_SERVICE}/Actions/AggregationService.Reset", ServiceResetHandler, {"POST": EITHER}),
    Route(CONNECTION_METHODS, ConnectionMethodsHandler, _READ),
    Route(f"{CONNECTION_METHODS}/{{id}}", ConnectionMethodHandler, _READ),
    Route(AGGREGATES, AggregatesHandler, {"GET": LOGIN, "POST": EITHER}),
    Route(f"{AGGREGATES}/Members", AggregatesHandler, {"POST": EITHER}),
    Route(f"{AGGREGATES}/{{id}}", AggregateHandler, {"GET": LOGIN, "DELETE": EITHER}),
    Route(f"{AGGREGATES}/{{id}}/Actions/Aggregate.Reset", AggregateResetHandler, {"POST": EITHER}),
    Route(f"{AGGREGATES}/{{id}}/Actions/Aggregate.AddElements", AddElementsHandler, {"POST": EITHER}),
    Route(f"{AGGREGATES}/{{id}}/Actions/Aggregate.RemoveElements", RemoveElementsHandler, {"POST": EITHER}),
    Route(SOURCES, SourcesHandler, {"GET": LOGIN, "POST": MANAGER}),
    Route(f"{SOURCES}/Members", SourcesHandler, {"POST": MANAGER}),
    Route(f"{SOURCES}/{{id}}", SourceHandler, {"GET": LOGIN, "PATCH": MANAGER, "DELETE": MANAGER}),
    Route(SYSTEMS, SystemsHandler, _READ),
    Route(f"{SYSTEMS}/{{id}}", SystemHandler, _READ),
    Route(f"{SYSTEMS}/{{id}}/Actions/ComputerSystem.Reset", SystemResetHandler, {"POST": COMPONENTS}),
)

PAGES: Final = (
    Route("/", FrontDoorHandler, {"GET": OPEN}),
    Route("/ui", DashboardHandler, {"GET": OPEN}),
    Route("/ui/{file}", DashboardHandler, {"GET": OPEN}),
    Route("/ui/{folder}/{file}", DashboardHandler, {"GET": OPEN}),
)
"""The dashboard: files for browsers. They are no part of the interface, and in none of its descriptions."""

NOWHERE: Final = Route("", NothingHere, {})
"""What is in none of the routes."""
