"""The registries that are served, and where the schemas are."""

from collections.abc import Mapping

import pytest

from actors import CATALOGUE, MESSAGE_REGISTRIES, Message
from tests.schemas import validate
from tests.web.conftest import Service
from tests.web.standins import a_task, account, viewer
from web.accounts import CAN_CHANGE
from web.models import SCHEMAS, OperationMap, PrivilegeRegistry
from web.openapi.paths import openapi_path
from web.render.privileges import entity_of, privilege_registry
from web.route import Route
from web.routes import LOGIN, MANAGER, ROUTES
from web.systems import SystemHandler, SystemResetHandler
from web.versions import ODATA_TYPE

REGISTRIES = "/redfish/v1/Registries"
JSON_SCHEMAS = "/redfish/v1/JsonSchemas"
PRIVILEGE_MAP = "/redfish/v1/AccountService/PrivilegeMap"


async def members(service: Service, collection: str) -> list[str]:
    body = (await service.reader.get(collection)).json
    return [member["@odata.id"] for member in body["Members"]]


async def test_each_registry_leads_to_its_messages(service: Service) -> None:
    root = (await service.nobody.get("/redfish/v1/")).json
    assert root["Registries"] == {"@odata.id": REGISTRIES}
    found = {}
    for uri in await members(service, REGISTRIES):
        file = (await service.reader.get(uri)).json
        (place,) = file["Location"]
        assert file["Languages"] == [place["Language"]] == ["en"]
        registry = (await service.reader.get(place["Uri"])).json
        assert registry["@odata.id"] == place["Uri"]
        assert registry["Language"] == "en"
        short = f"{registry['RegistryPrefix']}.{registry['RegistryVersion'].rpartition('.')[0]}"
        assert file["Registry"] == short
        found.update({f"{short}.{key}": message for key, message in registry["Messages"].items()})
    assert set(found) == {template.message_id for template in CATALOGUE.values()}
    assert {one.prefix for one in MESSAGE_REGISTRIES} == {"Base", "ResourceEvent", "TaskEvent", "Taskmon"}


async def test_a_message_that_is_sent_is_the_one_in_its_registry(service: Service) -> None:
    """Its text with the arguments in their places, which stand as %1, %2 … in the registry."""
    for template in CATALOGUE.values():
        sent = Message(template.key, tuple(f"argument {number}" for number in range(template.arguments)))
        prefix, _, rest = sent.message_id.partition(".")
        (registry,) = (one for one in MESSAGE_REGISTRIES if one.prefix == prefix)
        uri = f"{REGISTRIES}/{prefix}/{prefix}.{registry.version}"
        message = (await service.reader.get(uri)).json["Messages"][rest.rpartition(".")[2]]
        text = message["Message"]
        for number, argument in enumerate(sent.args, start=1):
            assert f"%{number}" in text
            text = text.replace(f"%{number}", argument)
        assert text == sent.text
        assert message["Resolution"] == sent.resolution
        assert message["MessageSeverity"] == sent.severity
        assert message["NumberOfArgs"] == len(sent.args) == len(message.get("ParamTypes", []))
        assert message["Description"].endswith(".")


async def test_there_is_no_registry_beside_these(service: Service) -> None:
    for path in ("Base.1.13", "base", "Update", "Base/Base", "Base/Base.1.13", "Base/TaskEvent.1.0.3"):
        assert (await service.reader.get(f"{REGISTRIES}/{path}")).status == 404


async def test_each_schema_of_a_resource_is_listed_and_where_it_is_said_to_be(service: Service) -> None:
    listed = {}
    for uri in await members(service, JSON_SCHEMAS):
        file = (await service.reader.get(uri)).json
        (place,) = file["Location"]
        schema = (await service.reader.get(place["Uri"])).json
        assert schema["title"] == file["Id"]
        listed[file["Id"]] = file["Schema"]
    assert listed == {name: ODATA_TYPE[name] for name in SCHEMAS if name in ODATA_TYPE}
    assert (await service.reader.get(f"{JSON_SCHEMAS}/Nothing")).status == 404


def allowed(operations: OperationMap | Mapping[str, object], method: str) -> set[str] | None:
    enough = operations.get(method)
    if enough is None:
        return None
    assert isinstance(enough, list)
    assert all(len(one["Privilege"]) == 1 for one in enough)
    return {one["Privilege"][0] for one in enough}


def said_of(registry: PrivilegeRegistry, route: Route, entity: str, method: str) -> set[str] | None:
    """What the registry says of a method at a path, read as a client reads it: overrides come first."""
    (mapping,) = (one for one in registry["Mappings"] if one["Entity"] == entity)
    path = route.path.partition("/Actions/")[0].removesuffix("/Members")
    for override in mapping.get("ResourceURIOverrides", []):
        if path in override["Targets"]:
            return allowed(override["OperationMap"], method)
    return allowed(mapping["OperationMap"], method)


async def test_the_privilege_map_says_what_the_routes_enforce(service: Service) -> None:
    registry: PrivilegeRegistry = (await service.reader.get(PRIVILEGE_MAP)).json
    validate(registry)
    told = 0
    for route in ROUTES:
        entity = entity_of(route, ROUTES)
        if entity is None:
            continue
        for method, needed in route.privileges.items():
            expected = {"NoAuth"} if needed is None else {str(privilege) for privilege in needed}
            assert said_of(registry, route, entity, method) == expected, (route.path, method)
            if method == "GET":
                assert said_of(registry, route, entity, "HEAD") == expected
            told += 1
    assert told > 40
    assert registry["OEMPrivilegesUsed"] == []


@pytest.mark.parametrize("role", ["ReadOnly", "Operator", "Administrator"])
async def test_the_privilege_map_says_which_properties_of_the_own_account_can_be_changed(
    service: Service, role: str
) -> None:
    mappings = (await service.reader.get(PRIVILEGE_MAP)).json["Mappings"]
    (mapping,) = (one for one in mappings if one["Entity"] == "ManagerAccount")
    instead = {name: one["OperationMap"] for one in mapping["PropertyOverrides"] for name in one["Targets"]}
    assert set(instead) == {"Password"}
    has = {str(privilege) for privilege in viewer(role).privileges}
    values = {
        "Password": "another horse 43",
        "Enabled": True,
        "Locked": False,
        "PasswordChangeRequired": False,
        "RoleId": role,
        "UserName": "somebody",
    }
    assert {*values, "AccountTypes"} == set(CAN_CHANGE), "AccountTypes has one value only"
    client = service.nobody.as_role(role)
    for name, value in sorted(values.items(), key=lambda one: one[0] == "UserName"):
        enough = allowed(instead.get(name, mapping["OperationMap"]), "PATCH")
        assert enough
        uri = f"/redfish/v1/AccountService/Accounts/{account(role)}"
        answer = await client.patch(uri, {name: value})
        assert answer.status == (200 if enough & has else 403), name
        if answer.status == 403:
            assert name in answer.words
            assert all(privilege in answer.words for privilege in enough)


def test_a_path_that_differs_from_others_of_its_type_is_an_override() -> None:
    routes = (
        Route("/a/{id}", SystemHandler, {"GET": LOGIN}),
        Route("/b/{id}", SystemHandler, {"GET": MANAGER}),
    )
    (mapping,) = privilege_registry(routes)["Mappings"]
    assert allowed(mapping["OperationMap"], "GET") == {"Login"}
    assert said_of(privilege_registry(routes), routes[1], "ComputerSystem", "GET") == {"ConfigureManager"}


def test_two_actions_of_a_resource_cannot_ask_for_different_privileges() -> None:
    """The registry has one entry for POST, so it could not say so."""
    routes = (
        Route("/a/{id}", SystemHandler, {"GET": LOGIN}),
        Route("/a/{id}/Actions/One", SystemResetHandler, {"POST": LOGIN}),
        Route("/a/{id}/Actions/Two", SystemResetHandler, {"POST": MANAGER}),
    )
    with pytest.raises(ValueError, match="asks for other privileges"):
        privilege_registry(routes)


async def test_a_task_and_its_monitor_have_different_schemas(service: Service) -> None:
    """They have the same `@odata.type`, and the monitor says more."""
    task = a_task("ReadOnly")
    service.tasks.add(task)
    for path in (f"/redfish/v1/TaskService/Tasks/{task.id}", f"/taskmon/{task.id}"):
        validate((await service.reader.get(path)).json)


def test_ids_in_paths_are_named_after_what_they_are_of() -> None:
    assert openapi_path("/x/Tasks/{id}/SubTasks/{id}") == "/x/Tasks/{TaskId}/SubTasks/{SubTaskId}"
    assert openapi_path("/x/Registries/{id}/{document}") == "/x/Registries/{RegistryId}/{document}"
