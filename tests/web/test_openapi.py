"""The OpenAPI document: that it is complete, and as the service answers."""

import re
from enum import StrEnum
from typing import Any

import jsonschema
import orjson
import pytest

from actors import InvalidRequestError
from tests.web.conftest import Service
from web.body import (
    Choice,
    CreateWords,
    LinkTo,
    Nested,
    NumberOrPercentage,
    Shape,
    SystemLinks,
    Text,
    Whole,
    read_body,
)
from web.handler import RedfishHandler
from web.openapi.bodies import schema_of_shape
from web.openapi.document import openapi_document, operation_of
from web.openapi.operations import OPERATIONS
from web.openapi.paths import openapi_path
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
        assert (option in documented) == bool(advertised), f"describe {option} in web/openapi/document.py"


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
