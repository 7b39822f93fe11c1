"""The OpenAPI document: that it is complete, and as the service answers."""

import re
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import jsonschema
import orjson
import pytest

from actors import InvalidRequestError, NewSubscription
from tests.schemas import satisfies_one_of
from tests.web.conftest import Service
from tests.web.standins import account, viewer
from web.body import CreateWords, read_body
from web.handler import RedfishHandler
from web.kinds import Choice, LinkTo, Nested, NumberOrPercentage, Shape, SystemLinks, Text, Whole
from web.openapi.bodies import schema_of_shape
from web.openapi.document import openapi_document, operation_of
from web.openapi.operations import OPERATIONS
from web.openapi.paths import openapi_path, parameters_of
from web.openapi.query import QUERY_PARAMETERS
from web.query.parse import parse_query
from web.route import Route
from web.routes import LOGIN, ROUTES

OPENAPI = "/redfish/v1/openapi.yaml"
FEATURES = {
    "$filter": ("FilterQuery",),
    "$select": ("SelectQuery",),
    "only": ("OnlyMemberQuery",),
    "excerpt": ("ExcerptQuery",),
    "$expand": ("ExpandQuery", "ExpandAll"),
}


@pytest.fixture
async def document(service: Service) -> dict[str, Any]:
    answer = await service.reader.get(OPENAPI)
    assert answer.headers["Content-Type"] == "application/yaml; charset=utf-8"
    found: dict[str, Any] = orjson.loads(answer.raw)
    assert found["openapi"] == "3.1.0"
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (path, method.upper()): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def test_whatever_is_in_the_table_of_routes_is_described_and_nothing_else() -> None:
    served = {(route.handler, method) for route in ROUTES for method in route.privileges}
    described = {(handler, method) for handler, methods in OPERATIONS.items() for method in methods}
    missing = [f"{method} of {handler.__name__}" for handler, method in served - described]
    assert missing == [], "describe these in web/openapi/operations.py"
    assert described - served == set()


async def test_every_route_is_in_it_with_every_method(document: dict[str, Any]) -> None:
    expected = {(openapi_path(route.path), method) for route in ROUTES for method in route.allow.split(", ")}
    found = operations(document)
    assert set(found) == expected
    names = [operation["operationId"] for operation in found.values()]
    assert len(set(names)) == len(names)


async def test_it_tells_where_credentials_are_needed(document: dict[str, Any]) -> None:
    found = operations(document)
    for route in ROUTES:
        for method, needed in route.privileges.items():
            operation = found[openapi_path(route.path), method]
            assert (operation.get("security") == []) == (needed is None)
            assert all(str(privilege) in operation["description"] for privilege in needed or ())
    schemes = document["components"]["securitySchemes"]
    assert [set(entry) for entry in document["security"]] == [{name} for name in schemes]
    assert schemes["Session"]["name"] == "X-Auth-Token"


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref":"(#[^"]+)"', orjson.dumps(document).decode()))
    assert len(references) > 20
    for reference in references:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


async def test_its_schemas_are_json_schemas(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for operation in operations(document).values():
        if body := operation.get("requestBody"):
            jsonschema.Draft202012Validator.check_schema(body["content"]["application/json"]["schema"])


async def test_each_operation_has_what_openapi_asks_of_it(document: dict[str, Any]) -> None:
    parameters = document["components"]["parameters"]
    for (path, method), operation in operations(document).items():
        given = [
            parameters[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
            for one in (*document["paths"][path].get("parameters", []), *operation["parameters"])
        ]
        names = [(one["in"], one["name"]) for one in given]
        assert len(set(names)) == len(names), (path, method)
        assert all("schema" in one for one in given)
        in_path = {one["name"] for one in given if one["in"] == "path" and one["required"]}
        assert in_path == set(parameters_of(path))
        for response in operation["responses"].values():
            assert "$ref" in response or {"description", "headers"} <= response.keys()
    for header in document["components"]["headers"].values():
        assert {"description", "schema"} <= header.keys()


async def test_a_change_that_changes_nothing_is_none(service: Service, document: dict[str, Any]) -> None:
    changes = [path for path, method in operations(document) if method == "PATCH"]
    assert len(changes) == 8
    service.fleet.add_source("s1")
    new = NewSubscription(destination="https://192.0.2.1/")
    subscription = await service.house.events.subscribe(new, viewer("Administrator"))
    for path in changes:
        body = document["paths"][path]["patch"]["requestBody"]
        validator = jsonschema.Draft202012Validator(body["content"]["application/json"]["schema"])
        uri = path.replace("{AccountId}", account("Operator")).replace("{RoleId}", "Custom")
        uri = uri.replace("{AggregationSourceId}", "s1").replace("{SubscriptionId}", subscription.id)
        if "Custom" in uri:
            await service.access.roles.create(viewer("Administrator"), "Custom", [])
        for nothing in ({}, {"@odata.id": uri}):
            assert not validator.is_valid(nothing)
            answer = await service.admin.patch(uri, nothing)
            assert (answer.status, answer.keys) == (400, ["NoOperation"]), uri
        assert body["required"]


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("$top", ["0", "1000000000000", "1000000000001", "-1", "1.5", "x", ""]),
        ("$skip", ["0", "1000000000000", "1000000000001", "-1"]),
        ("$select", ["Id", "*", " Id , Status/State", "@odata.id", "Id,", "/Id", "Íd", ",".join("a" * 101)]),
        ("$expand", [".", "*", "~", ".($levels=6)", ".($levels=7)", ".($levels=0)", "..", "", "Members"]),
        ("only", ["", "x"]),
        ("taskmon.order", ["newest", "oldest", "", "Newest"]),
        ("taskmon.text", ["", "x" * 200, "x" * 201]),
        ("taskmon.after", ["1.2", "-1.2", "1.-2", "1", "", f"{10**18}.1", f"{10**18 - 1}.1"]),
    ],
)
def test_what_an_option_takes_by_the_document_is_what_the_service_reads(
    option: str, values: list[str]
) -> None:
    schema = QUERY_PARAMETERS[option]["schema"]
    for value in values:
        number = schema["type"] == "integer" and re.fullmatch(r"-?\d+", value)
        right = jsonschema.Draft202012Validator(schema).is_valid(int(value) if number else value)
        if right:
            parse_query(f"{option}={quote(value)}")
        else:
            with pytest.raises(InvalidRequestError):
                parse_query(f"{option}={quote(value)}")


TASKS = "/redfish/v1/TaskService/Tasks"
HEADING = {"@odata.id": TASKS, "@odata.type": "#TaskCollection.TaskCollection", "@odata.context": "/x"}
ROLE = {"@odata.id": "/x", "@odata.type": "#Role.v1_3_3.Role", "@odata.context": "/x"}


@pytest.mark.parametrize(
    ("body", "right"),
    [
        (HEADING, True),
        ({**HEADING, "Name": "Tasks"}, True),
        ({**HEADING, "Members": [{"@odata.id": "/x"}]}, True),
        ({**HEADING, "Members": [{**ROLE, "RoleId": "x"}, {"@odata.id": "/y"}]}, True),
        ({**HEADING, "Members": [{**HEADING, "Members": [ROLE]}]}, True),
        ({}, False),
        ({**HEADING, "@odata.type": ROLE["@odata.type"]}, False),
        ({**HEADING, "Nothing": 1}, False),
        ({**HEADING, "Name": 1}, False),
        ({**HEADING, "Members": [{"@odata.id": "/x", "RoleId": "x"}]}, False),
        ({**HEADING, "Members": [{**ROLE, "TaskState": "New"}]}, False),
        ({**HEADING, "Members": [{**ROLE, "RoleId": None}]}, False),
    ],
)
def test_what_a_query_makes_of_a_collection_is_described(body: dict[str, Any], right: bool) -> None:
    described = [{"$ref": "#/components/schemas/ShapedTaskCollection"}]
    if right:
        satisfies_one_of(described, body)
    else:
        with pytest.raises(jsonschema.ValidationError):
            satisfies_one_of(described, body)


async def test_it_has_the_query_options_that_the_root_advertises(
    service: Service, document: dict[str, Any]
) -> None:
    """Whoever adds a query option adds it to the document too."""
    features = (await service.nobody.get("/redfish/v1/")).json["ProtocolFeaturesSupported"]
    collection = document["paths"]["/redfish/v1/TaskService/Tasks"]["get"]
    parameters = [
        document["components"]["parameters"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        for one in collection["parameters"]
    ]
    documented = {one["name"] for one in parameters if one["in"] == "query"}
    for option, path in FEATURES.items():
        advertised: Any = features
        for step in path:
            advertised = advertised[step]
        assert (option in documented) == bool(advertised), f"describe {option} in web/openapi/query.py"


def test_a_handler_that_is_not_described_is_refused_with_a_sentence() -> None:
    class NewHandler(RedfishHandler):
        """Nobody has described it."""

    with pytest.raises(KeyError, match=r"Describe GET of NewHandler in web/openapi/operations\.py"):
        openapi_document([Route("/new", NewHandler, {"GET": LOGIN})])
    with pytest.raises(KeyError, match="Describe PATCH"):
        operation_of(next(iter(OPERATIONS)), "PATCH")


class Colour(StrEnum):
    """For the test below."""

    RED = "Red"


SHAPE: Shape = {
    "Text": Text(required=True, longest=5),
    "Choice": Choice(Colour),
    "Whole": Whole(most=9),
    "Failures": NumberOrPercentage(),
    "Systems": SystemLinks(most=2),
    "Link": LinkTo("/redfish/v1/here"),
    "Nested": Nested({"Inner": Text(required=True)}),
}
SYSTEM = "/redfish/v1/Systems/a"


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ({}, True),
        ({"Text": ""}, False),
        ({"Text": "123456"}, False),
        ({"Text": None}, False),
        ({"Choice": "Red", "@odata.etag": 1, "Text@odata.type": "x"}, True),
        ({"Choice": "red"}, False),
        ({"Whole": 9}, True),
        ({"Whole": -1}, False),
        ({"Whole": 10}, False),
        ({"Whole": True}, False),
        ({"Failures": 1}, True),
        ({"Failures": "100%"}, True),
        ({"Failures": 0}, False),
        ({"Failures": 2**31}, False),
        ({"Failures": "0%"}, False),
        ({"Failures": "101%"}, False),
        ({"Failures": "10 %"}, False),
        ({"Systems": [SYSTEM, {"@odata.id": f"{SYSTEM}/"}]}, True),
        ({"Systems": [SYSTEM] * 3}, False),
        ({"Systems": ["/redfish/v1/Systems"]}, False),
        ({"Systems": [{"id": SYSTEM}]}, False),
        ({"Systems": SYSTEM}, False),
        ({"Link": {"@odata.id": "/redfish/v1/here"}}, True),
        ({"Link": "/redfish/v1/here/"}, True),
        ({"Link": "/redfish/v1/there"}, False),
        ({"Nested": {"Inner": "x"}}, True),
        ({"Nested": {}}, False),
        ({"Nested": []}, False),
        ({"Unknown": 1}, False),
    ],
)
def test_what_a_body_may_hold_by_the_document_is_what_the_service_reads(
    given: dict[str, Any], right: bool
) -> None:
    body = {"Text": "12345", **given}
    schema = schema_of_shape(SHAPE)
    assert jsonschema.Draft202012Validator(schema).is_valid(body) == right
    if right:
        assert read_body(body, SHAPE, CreateWords())["Text"] == "12345"
    else:
        with pytest.raises(InvalidRequestError):
            read_body(body, SHAPE, CreateWords())
