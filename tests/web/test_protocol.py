"""Methods, headers, queries and the open documents (REDFISH.md sections 1, 2, 6 and 11)."""

from xml.etree import ElementTree

import orjson
import pytest

from tests.web.conftest import SERVICE_UUID, Service
from tests.web.raw import BASIC, Wire, head
from tests.web.standins import a_task
from web.routes import ROUTES

ROOT = "/redfish/v1/"
RESET = "/redfish/v1/Systems/s1.1/Actions/ComputerSystem.Reset"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
RESOURCES = (
    "/redfish/v1/SessionService",
    "/redfish/v1/SessionService/Sessions",
    "/redfish/v1/AccountService",
    "/redfish/v1/AccountService/Accounts",
    "/redfish/v1/AccountService/Accounts/account-ReadOnly",
    "/redfish/v1/AccountService/Roles",
    "/redfish/v1/AccountService/Roles/Operator",
    "/redfish/v1/TaskService",
    "/redfish/v1/TaskService/Tasks",
    "/redfish/v1/AggregationService",
    "/redfish/v1/AggregationService/Aggregates",
    "/redfish/v1/AggregationService/AggregationSources",
    "/redfish/v1/AggregationService/AggregationSources/s1",
    "/redfish/v1/AggregationService/ConnectionMethods",
    "/redfish/v1/AggregationService/ConnectionMethods/Redfish",
    "/redfish/v1/Systems",
    "/redfish/v1/Systems/s1.1",
)


# --- the documents that are open to all


async def test_redfish_names_the_one_version(service: Service) -> None:
    for path in ("/redfish", "/redfish/"):
        assert (await service.nobody.get(path)).json == {"v1": "/redfish/v1/"}


async def test_the_root_is_the_same_with_and_without_its_slash(service: Service) -> None:
    with_slash = await service.nobody.get("/redfish/v1/")
    without = await service.nobody.get("/redfish/v1")
    assert with_slash.json == without.json
    root = with_slash.json
    assert root["@odata.id"] == "/redfish/v1/"
    assert root["UUID"] == SERVICE_UUID
    sessions = (await service.reader.get(root["SessionService"]["@odata.id"])).json["Sessions"]
    assert root["Links"]["Sessions"] == sessions
    names = ("SessionService", "AccountService", "Tasks", "AggregationService", "Systems", "Registries")
    for name in (*names, "JsonSchemas"):
        assert (await service.reader.get(root[name]["@odata.id"])).status == 200
    features = root["ProtocolFeaturesSupported"]
    expand = features.pop("ExpandQuery")
    assert expand.pop("MaxLevels") == 6
    assert features.pop("ExcerptQuery") is False  # see tests/web/test_queries.py
    assert all(value is True for value in (*features.values(), *expand.values()))


async def test_a_whole_uri_as_the_target_is_its_path(service: Service) -> None:
    async with await Wire.open(service.port) as wire:
        for origin in (f"http://127.0.0.1:{service.port}", "HTTPS://rack7", "http://[::1]:1"):
            await wire.send(head("GET", f"{origin}{ROOT}?$select=Id"))
            answer = await wire.answer()
            assert (answer.status, orjson.loads(answer.body)["Id"]) == (200, "RootService")
            for path, status in (("/redfish/v1/Systems", 200), ("/none", 404), ("", 404)):
                await wire.send(head("GET", f"{origin}{path}", BASIC))
                assert (await wire.answer()).status == status
        await wire.send(head("GET", f"ftp://rack7{ROOT}", BASIC))
        assert (await wire.answer()).status == 404


async def test_the_odata_document_leads_to_what_is_there(service: Service) -> None:
    body = (await service.nobody.get("/redfish/v1/odata")).json
    assert body["@odata.context"] == "/redfish/v1/$metadata"
    for entry in body["value"]:
        assert (await service.reader.get(entry["url"])).status == 200


@pytest.mark.parametrize("path", ["/redfish/v1/$metadata", "/redfish/v1/$metadata/"])
async def test_the_metadata_document_is_xml_and_its_first_schema_has_the_container(
    service: Service, path: str
) -> None:
    answer = await service.nobody.get(path)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.raw)  # noqa: S314 (our own)
    services = root.find(f"{EDMX}DataServices")
    assert services is not None
    schema = services.find(f"{EDM}Schema")
    assert schema is not None
    container = schema.find(f"{EDM}EntityContainer")
    assert container is not None
    assert container.get("Extends") == "ServiceRoot.v1_21_0.ServiceContainer"


# --- methods


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "POST", "PUT", "OPTIONS", "BREW", "FINISH", "PREPARE"])
async def test_no_other_method_works_on_the_root(service: Service, method: str) -> None:
    body: dict[str, str] | None = {} if method in ("PATCH", "POST", "PUT") else None
    answer = await service.admin.ask(method, ROOT, body)
    assert (answer.status, answer.keys) == (405, ["OperationNotAllowed"])
    assert answer.headers["Allow"] == "GET, HEAD"
    assert method in answer.words


@pytest.mark.parametrize("path", ["/redfish/v1/TaskService/Tasks", "/redfish/v1/Systems"])
async def test_members_of_a_collection_that_takes_no_post_is_told_as_that(
    service: Service, path: str
) -> None:
    for members in (f"{path}/Members", f"{path}/Members/"):
        answer = await service.admin.post(members, {})
        assert (answer.status, answer.keys, answer.headers["Allow"]) == (
            405,
            ["OperationNotAllowed"],
            "GET, HEAD",
        )
        assert f"Nothing can be made in {path} by POST." in answer.words
    assert (await service.nobody.post(f"{path}/Members", {})).status == 401
    named = await service.admin.post(f"{path}/some-id", {})
    assert (named.status, f"POST is none of {named.headers['Allow']}." in named.words) == (405, True)


async def test_the_method_comes_before_the_body_and_its_size(service: Service) -> None:
    assert (await service.admin.post(ROOT, b"{not json")).status == 405
    assert (await service.admin.post(ROOT, b" " * 5_000_000)).status == 405


@pytest.mark.parametrize("route", [route for route in ROUTES if "GET" not in route.privileges], ids=str)
async def test_an_action_is_posted_and_not_read(service: Service, route: object) -> None:
    path = str(route).replace("{id}", "any")
    answer = await service.admin.get(path)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        (ROOT, "GET, HEAD"),
        ("/redfish/v1/SessionService/Sessions", "GET, HEAD, POST"),
        ("/redfish/v1/TaskService/Tasks", "GET, HEAD"),
        ("/redfish/v1/AggregationService/Aggregates", "GET, HEAD, POST"),
        ("/redfish/v1/AggregationService/AggregationSources", "GET, HEAD, POST"),
        ("/redfish/v1/AggregationService/AggregationSources/s1", "GET, HEAD, PATCH, DELETE"),
        ("/redfish/v1/AggregationService/ConnectionMethods/Redfish", "GET, HEAD"),
        ("/redfish/v1/Systems/s1.1", "GET, HEAD"),
    ],
)
async def test_allow_lists_what_works(service: Service, path: str, allow: str) -> None:
    assert (await service.admin.get(path)).headers["Allow"] == allow
    assert (await service.admin.head(path)).headers["Allow"] == allow


async def test_an_invented_method_is_told_and_the_connection_closed(service: Service) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(head("BREW", ROOT, "Content-Length: 3") + b"tea")
        answer = await wire.answer()
        assert (answer.status, answer.headers["connection"]) == (405, "close")
        assert await wire.closed()


# --- headers


@pytest.mark.parametrize("path", [ROOT, *RESOURCES])
async def test_head_is_get_without_the_body(service: Service, path: str) -> None:
    got, headed = await service.reader.get(path), await service.reader.head(path)
    assert (got.status, headed.status) == (200, 200)
    ours = {name: value for name, value in got.headers.get_all() if name not in ("Date", "X-Request-Id")}
    assert {
        name: value for name, value in headed.headers.get_all() if name not in ("Date", "X-Request-Id")
    } == ours
    assert int(headed.headers["Content-Length"]) == len(got.raw)


@pytest.mark.parametrize("path", [ROOT, *RESOURCES])
async def test_a_link_leads_to_the_schema(service: Service, path: str) -> None:
    answer = await service.reader.get(path)
    name = answer.json["@odata.type"].lstrip("#").partition(".")[0]
    link = f"/redfish/v1/SchemaStore/en/{name}.json"
    assert answer.headers["Link"] == f"<{link}>; rel=describedby"
    assert (await service.reader.get(link)).json["title"] == name


async def test_the_same_resource_stands_behind_a_trailing_slash(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    for path in (*RESOURCES, f"/taskmon/{task.id}", f"/redfish/v1/TaskService/Tasks/{task.id}"):
        bare, slashed = await service.admin.get(path), await service.admin.get(f"{path}/")
        assert (bare.status, bare.raw) == (slashed.status, slashed.raw)
        assert (await service.admin.get(f"{path}//")).status == 404


@pytest.mark.parametrize("version", ["4.1", "3.0", "4", "", "4.0.1", "x" * 1000])
async def test_another_odata_version_is_412(service: Service, version: str) -> None:
    for path in (ROOT, "/redfish/v1/Systems"):
        answer = await service.reader.get(path, OData_Version=version)
        assert (answer.status, answer.keys) == (412, ["HeaderInvalid"])
        assert "4.0" in answer.words
    assert (await service.nobody.get("/redfish/v1/Systems", OData_Version=version)).status == 401


async def test_odata_version_4_0_is_fine(service: Service) -> None:
    assert (await service.nobody.get(ROOT, OData_Version="4.0")).status == 200


METADATA = "/redfish/v1/$metadata"


@pytest.mark.parametrize("accept", ["application/json", "application/*", "*/*", "text/html, *;q=0.1", ""])
async def test_who_takes_json_gets_it(service: Service, accept: str) -> None:
    for wanted in (accept, accept and f"{accept};charset=utf-8"):
        answer = await service.nobody.get(ROOT, Accept=wanted)
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize("accept", ["application/xml", "application/*", "*/*"])
async def test_who_takes_xml_gets_the_metadata(service: Service, accept: str) -> None:
    for wanted in (accept, f"{accept};charset=utf-8"):
        assert (await service.nobody.get(METADATA, Accept=wanted)).status == 200


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        (ROOT, "text/html"),
        (ROOT, "application/json;q=0, */*"),
        (ROOT, "*/*;q=0"),
        (ROOT, ",;q=,"),
        (METADATA, "application/json"),
        ("/redfish", "text/html"),
        ("/redfish/v1/odata", "text/html"),
        ("/redfish/v1/Systems", "image/png, text/*"),
    ],
)
async def test_what_cannot_be_had_like_that_is_406(service: Service, path: str, accept: str) -> None:
    answer = await service.reader.get(path, Accept=accept)
    assert (answer.status, answer.keys) == (406, ["HeaderInvalid"])
    assert f"Accept: {accept}" in answer.words
    assert (await service.reader.head(path, Accept=accept)).status == 406


async def test_accept_stands_in_the_way_of_nothing_else(service: Service) -> None:
    """What is done is told of, errors stay what they are, and a task monitor is for every client."""
    client, task = service.operator, a_task()
    service.tasks.add(task)
    assert (await client.get("/redfish/v1/nothing", Accept="image/png")).status == 404
    assert (await client.get(f"/taskmon/{task.id}", Accept="image/png")).status == 202
    assert (await client.post(RESET, {"ResetType": "On"}, Accept="image/png")).status == 202
    assert (await client.delete(f"/taskmon/{task.id}", Accept="image/png")).status == 204
    assert (await service.nobody.get("/healthz", Accept="text/plain")).status == 200


async def test_a_get_may_have_a_body(service: Service) -> None:
    for path in (ROOT, "/redfish/v1/Systems"):
        assert (await service.reader.ask("GET", path, {})).status == 200
        assert (await service.reader.ask("GET", path, b"{not json")).status == 200


async def test_a_page_from_elsewhere_cannot_act_with_a_browsers_credentials(service: Service) -> None:
    path, body = "/redfish/v1/Systems/s1.1/Actions/ComputerSystem.Reset", {"ResetType": "On"}
    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        answer = await service.operator.post(path, body, **headers)
        assert answer.status == 403
        assert answer.headers["Connection"] == "close"
    assert service.operations.orders == []
    assert (await service.operator.post(path, body, Sec_Fetch_Site="same-origin")).status == 202


async def test_connection_close_and_no_compression_are_fine(service: Service) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(head("GET", ROOT, "Connection: close", "Accept-Encoding: gzip"))
        answer = await wire.answer()
        assert answer.status == 200
        assert "content-encoding" not in answer.headers
        assert orjson.loads(answer.body)["Id"] == "RootService"
        assert await wire.closed()


# --- queries


@pytest.mark.parametrize("query", ["$unknown=1", "$selekt=Name", "%24orderby=x", "a=1&$Top=1", "$count", "$"])
async def test_a_query_option_of_odata_is_501(service: Service, query: str) -> None:
    for path in (ROOT, "/redfish/v1/Systems"):
        answer = await service.reader.get(f"{path}?{query}")
        assert (answer.status, answer.keys) == (501, ["QueryNotSupported"])
    assert "$" in answer.words
    assert (await service.nobody.get(f"/redfish/v1/Systems?{query}")).status == 401


@pytest.mark.parametrize("query", ["Only", "x", "x=$select", "taskmon.x=1", "a=1&b=2", "=", "&&", "%ff", "?"])
async def test_other_query_options_are_ignored(service: Service, query: str) -> None:
    plain = await service.reader.get("/redfish/v1/Systems")
    assert (await service.reader.get(f"/redfish/v1/Systems?{query}")).raw == plain.raw
