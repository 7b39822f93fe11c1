"""Who is let in: the privileges against the published registry, and how credentials are read."""

import json
from pathlib import Path

import pytest

from actors import Privilege, TaskId
from tests.support import lacking
from tests.web.client import Client
from tests.web.conftest import Service
from tests.web.standins import a_task
from web.route import Route
from web.routes import ROUTES

REGISTRY = (
    Path(__file__).parents[3] / "shared" / "dmtf" / "registries" / "Redfish_1.3.0_PrivilegeRegistry.json"
)


ENTITIES = {
    "/taskmon/{id}": "Task",
    "/redfish/v1/": "ServiceRoot",
    "/redfish/v1/SessionService": "SessionService",
    "/redfish/v1/SessionService/Sessions": "SessionCollection",
    "/redfish/v1/SessionService/Sessions/Members": "SessionCollection",
    "/redfish/v1/SessionService/Sessions/{id}": "Session",
    "/redfish/v1/AccountService": "AccountService",
    "/redfish/v1/AccountService/Accounts": "ManagerAccountCollection",
    "/redfish/v1/AccountService/Accounts/Members": "ManagerAccountCollection",
    "/redfish/v1/AccountService/Accounts/{id}": "ManagerAccount",
    "/redfish/v1/AccountService/Roles": "RoleCollection",
    "/redfish/v1/AccountService/Roles/Members": "RoleCollection",
    "/redfish/v1/AccountService/Roles/{id}": "Role",
    "/redfish/v1/TaskService": "TaskService",
    "/redfish/v1/TaskService/Actions/TaskService.DeleteAllCompletedTasks": "TaskService",
    "/redfish/v1/TaskService/Tasks": "TaskCollection",
    "/redfish/v1/TaskService/Tasks/{id}": "Task",
    "/redfish/v1/TaskService/Tasks/{id}/Actions/Oem/Taskmon.Cancel": "Task",
    "/redfish/v1/TaskService/Tasks/{id}/Actions/Oem/Taskmon.Retry": "Task",
    "/redfish/v1/TaskService/Tasks/{id}/SubTasks": "TaskCollection",
    "/redfish/v1/TaskService/Tasks/{id}/SubTasks/{id}": "Task",
    "/redfish/v1/TaskService/Tasks/{id}/SubTasks/{id}/Actions/Oem/Taskmon.Cancel": "Task",
    # the published registry names files, not what is in them
    "/redfish/v1/SchemaStore/en/{file}": "JsonSchemaFile",
    "/redfish/v1/openapi.yaml": "JsonSchemaFile",
    "/redfish/v1/JsonSchemas": "JsonSchemaFileCollection",
    "/redfish/v1/JsonSchemas/{id}": "JsonSchemaFile",
    "/redfish/v1/Registries": "MessageRegistryFileCollection",
    "/redfish/v1/AccountService/PrivilegeMap": "MessageRegistryFile",
    "/redfish/v1/Registries/{id}": "MessageRegistryFile",
    "/redfish/v1/Registries/{id}/{document}": "MessageRegistryFile",
    "/redfish/v1/EventService": "EventService",
    "/redfish/v1/EventService/Actions/EventService.SubmitTestEvent": "EventService",
    "/redfish/v1/EventService/SSE": "EventService",
    "/redfish/v1/EventService/SubmitTestEventActionInfo": "ActionInfo",
    "/redfish/v1/EventService/Subscriptions": "EventDestinationCollection",
    "/redfish/v1/EventService/Subscriptions/Members": "EventDestinationCollection",
    "/redfish/v1/EventService/Subscriptions/{id}": "EventDestination",
    "/redfish/v1/EventService/Subscriptions/{id}/Actions/EventDestination.SuspendSubscription": (
        "EventDestination"
    ),
    "/redfish/v1/EventService/Subscriptions/{id}/Actions/EventDestination.ResumeSubscription": (
        "EventDestination"
    ),
    "/redfish/v1/AggregationService": "AggregationService",
    "/redfish/v1/AggregationService/Actions/AggregationService.Reset": "AggregationService",
    "/redfish/v1/AggregationService/ConnectionMethods": "ConnectionMethodCollection",
    "/redfish/v1/AggregationService/ConnectionMethods/{id}": "ConnectionMethod",
    "/redfish/v1/AggregationService/Aggregates": "AggregateCollection",
    "/redfish/v1/AggregationService/Aggregates/Members": "AggregateCollection",
    "/redfish/v1/AggregationService/Aggregates/{id}": "Aggregate",
    "/redfish/v1/AggregationService/Aggregates/{id}/Actions/Aggregate.Reset": "Aggregate",
    "/redfish/v1/AggregationService/Aggregates/{id}/Actions/Aggregate.AddElements": "Aggregate",
    "/redfish/v1/AggregationService/Aggregates/{id}/Actions/Aggregate.RemoveElements": "Aggregate",
    "/redfish/v1/AggregationService/AggregationSources": "AggregationSourceCollection",
    "/redfish/v1/AggregationService/AggregationSources/Members": "AggregationSourceCollection",
    "/redfish/v1/AggregationService/AggregationSources/{id}": "AggregationSource",
    "/redfish/v1/Systems": "ComputerSystemCollection",
    "/redfish/v1/Systems/{id}": "ComputerSystem",
    "/redfish/v1/Systems/{id}/Actions/ComputerSystem.Reset": "ComputerSystem",
}
OURS = {
    ("Task", "DELETE"): {"ConfigureManager", "ConfigureComponents"},
    ("Task", "POST"): {"ConfigureManager", "ConfigureComponents"},
    ("TaskService", "POST"): {"ConfigureManager", "ConfigureComponents"},
    ("AggregationService", "POST"): {"ConfigureManager", "ConfigureComponents"},
    ("SessionCollection", "POST"): set(),  # the login itself: open (REDFISH.md S3)
    ("ServiceRoot", "GET"): set(),
}
WITHOUT_ENTITY = {"/healthz", "/readyz", "/metrics", "/redfish", "/redfish/v1/odata", "/redfish/v1/$metadata"}


def test_the_privileges_are_those_of_the_published_registry() -> None:
    if not REGISTRY.exists():
        lacking("DMTF's privilege registry is not beside the checkout")
    mappings = json.loads(REGISTRY.read_text())["Mappings"]
    published = {mapping["Entity"]: mapping["OperationMap"] for mapping in mappings}
    overrides = {mapping["Entity"]: mapping.get("PropertyOverrides", []) for mapping in mappings}
    assert {route.path for route in ROUTES} == {*ENTITIES, *WITHOUT_ENTITY}
    for route in ROUTES:
        if route.path in WITHOUT_ENTITY:
            assert route.privileges == {"GET": None}
            continue
        entity = ENTITIES[route.path]
        for method, needed in route.privileges.items():
            theirs = {one for entry in published[entity][method] for one in entry["Privilege"]}
            expected = OURS.get((entity, method), theirs)
            assert {privilege.value for privilege in needed or ()} == expected, (route.path, method)
            assert route.of_properties.get(method, {}) == {
                name: tuple(one for entry in override["OperationMap"][method] for one in entry["Privilege"])
                for override in overrides[entity]
                for name in override["Targets"]
                if method in override["OperationMap"]
            }


async def test_a_uri_that_does_not_exist_is_401_before_it_is_404(service: Service) -> None:
    for path in ("/", "/redfish/v2", "/redfish/v1/Chassis", "/redfish/v1/SchemaStore/en", "/taskmon"):
        for client in (service.nobody, service.nobody.with_token("abc"), service.nobody.as_role("x", "y")):
            for method in ("GET", "HEAD", "POST", "DELETE", "BREW"):
                assert (await client.ask(method, path)).status == 401, (method, path)
        answer = await service.reader.get(path)
        assert (answer.status, answer.keys) == (404, ["InvalidURI"])
        assert path in answer.words
        assert (await service.admin.ask("BREW", path)).status == 404


async def test_what_is_not_there_needs_credentials_too(service: Service) -> None:
    assert (await service.nobody.get("/taskmon/none", If_None_Match='"1"')).status == 401


async def test_a_token_goes_before_basic(service: Service) -> None:
    client = service.admin
    client.headers["X-Auth-Token"] = "no such token"
    assert (await client.get("/redfish/v1/Systems")).status == 401
    client.headers["X-Auth-Token"] = ""
    assert (await client.get("/redfish/v1/Systems")).status == 200


@pytest.mark.parametrize(
    "value", ["Basic", "Basic ", "Basic YQ==", "Basic /w==", "Bearer YTpi", "Basic a b c"]
)
async def test_credentials_that_cannot_be_read_are_401(service: Service, value: str) -> None:
    answer = await Client(service.base, {"Authorization": value}).get("/redfish/v1/Systems")
    assert (answer.status, answer.keys) == (401, ["NoValidSession"])


async def test_no_refusal_repeats_credentials(service: Service) -> None:
    for client in (
        service.nobody.with_token("deadbeef-secret-token"),
        service.nobody.as_role("Administrator", "hunter2-secret"),
    ):
        for path in ("/redfish/v1/Systems", "/nowhere"):
            answer = await client.get(path)
            assert answer.status == 401
            assert b"secret" not in answer.raw
            assert "secret" not in str(answer.headers)


async def test_credentials_are_not_looked_at_where_none_are_needed(service: Service) -> None:
    stale = service.nobody.with_token("stale")
    for path in ("/redfish", "/redfish/v1", "/redfish/v1/", "/redfish/v1/odata", "/redfish/v1/$metadata"):
        assert (await stale.get(path)).status == 200
    login = {"UserName": "operator", "Password": "correct horse 42"}
    assert (await stale.post("/redfish/v1/SessionService/Sessions", login)).status == 201


async def test_a_refusal_for_privilege_names_what_is_needed(service: Service) -> None:
    task = a_task("ReadOnly", id=TaskId("mine"))
    service.tasks.add(task)
    answer = await service.reader.delete("/redfish/v1/TaskService/Tasks/mine")
    assert (answer.status, answer.keys) == (403, ["InsufficientPrivilege"])
    assert Privilege.CONFIGURE_MANAGER in answer.words
    assert Privilege.CONFIGURE_COMPONENTS in answer.words
    assert service.tasks.deleted == []


async def test_privilege_comes_before_the_body(service: Service) -> None:
    path = "/redfish/v1/AggregationService/AggregationSources"
    assert (await service.operator.post(path, b"{not json")).status == 403


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_each_handler_has_just_the_methods_that_some_route_names(route: Route) -> None:
    named = {m for other in ROUTES if other.handler is route.handler for m in other.privileges}
    verbs = ("GET", "POST", "PATCH", "DELETE")
    has = {m for m in verbs if getattr(route.handler, m.lower()).__name__ != "not_served"}
    assert has == named
