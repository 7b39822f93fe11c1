"""The schemas that are made from the models, and the models against DMTF's own schemas."""

import re
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, NotRequired, TypedDict
from xml.etree import ElementTree

import jsonschema
import pytest

from tests.schemas import satisfies
from tests.support import lacking
from tests.web.conftest import Service
from web.models import SCHEMAS
from web.models.notes import Doc, Range, Time
from web.render.metadata import METADATA_DOCUMENT, references
from web.render.oem import OEM_DOCUMENT
from web.schema import _of_model, schema_of
from web.versions import OEM_NAMESPACES, OEM_TASK_TYPE, VERSIONS

CSDL = Path(__file__).parents[3] / "shared" / "dmtf" / "csdl"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
STORE = "/redfish/v1/SchemaStore/en"
OEM_URI = f"{STORE}/Taskmon_v1.xml"


@pytest.mark.parametrize("name", SCHEMAS)
async def test_each_schema_can_be_read_and_is_one(service: Service, name: str) -> None:
    for path in (f"{STORE}/{name}.json", f"{STORE}/{name}.json/"):
        answer = await service.reader.get(path)
        assert answer.status == 200
        assert answer.json == schema_of(name)
    assert answer.json["$id"] == f"{STORE}/{name}.json"
    jsonschema.Draft202012Validator.check_schema(answer.json)


async def test_there_is_no_schema_of_what_is_not_sent(service: Service) -> None:
    for name in ("Nothing.json", "Task", "task.json", ".json", "Task.xml"):
        assert (await service.reader.get(f"{STORE}/{name}")).status == 404


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_property_is_described(name: str) -> None:
    schema = schema_of(name)
    for model in (schema, *schema.get("$defs", {}).values()):
        assert model["description"]
        assert model["additionalProperties"] is False
        for key, described in model["properties"].items():
            assert described["description"], key


class Colour(StrEnum):
    """For the test below."""

    RED = "Red"


class Inner(TypedDict):
    """An inner thing."""

    at: Annotated[Time, Doc("When.")]


class Outer(TypedDict):
    """An outer thing."""

    count: Annotated[int, Range(0, 9), Doc("How many.")]
    colours: Annotated[list[Colour], Doc("Which.")]
    inner: NotRequired[Annotated[Inner | None, Doc("Inside.")]]


def test_what_a_model_says_is_what_its_schema_says() -> None:
    definitions: dict[str, object] = {}
    schema = _of_model(Outer, definitions)  # type: ignore[arg-type]
    assert schema == {
        "type": "object",
        "description": "An outer thing.",
        "properties": {
            "colours": {
                "type": "array",
                "items": {"type": "string", "enum": ["Red"]},
                "description": "Which.",
            },
            "count": {"type": "integer", "minimum": 0, "maximum": 9, "description": "How many."},
            "inner": {"anyOf": [{"$ref": "#/$defs/Inner"}, {"type": "null"}], "description": "Inside."},
        },
        "required": ["colours", "count"],
        "additionalProperties": False,
    }
    assert definitions == {
        "Inner": {
            "type": "object",
            "description": "An inner thing.",
            "properties": {"at": {"type": "string", "format": "date-time", "description": "When."}},
            "required": ["at"],
            "additionalProperties": False,
        }
    }


async def test_a_body_with_something_more_or_less_does_not_satisfy(service: Service) -> None:
    body = (await service.reader.get("/redfish/v1/Systems/s1.1")).json
    satisfies("ComputerSystem", body)
    wrong = (
        {**body, "Extra": 1},
        {key: value for key, value in body.items() if key != "Name"},
        {**body, "PowerState": "Maybe"},
        {**body, "LastResetTime": "yesterday"},
        {**body, "@odata.type": "#ComputerSystem.v1_0_0.ComputerSystem"},
    )
    for other in wrong:
        with pytest.raises(jsonschema.ValidationError):
            satisfies("ComputerSystem", other)


# --- against what DMTF publishes


@cache
def published(name: str) -> ElementTree.Element:
    if not CSDL.exists():
        lacking("DMTF's schemas are not beside the checkout")
    return ElementTree.parse(CSDL / f"{name}_v1.xml").getroot()  # noqa: S314 (DMTF's own)


def properties_of(type_name: str) -> set[str]:
    """The names of the properties of a type such as `Task.v1_7_4.Task`, those it inherits included."""
    namespace, _, short = type_name.rpartition(".")
    for schema in published(type_name.partition(".")[0]).iter(f"{EDM}Schema"):
        if schema.get("Namespace") == namespace:
            for kind in ("EntityType", "ComplexType"):
                for found in schema.iter(f"{EDM}{kind}"):
                    if found.get("Name") == short:
                        own = {
                            str(one.get("Name"))
                            for tag in ("Property", "NavigationProperty")
                            for one in found.findall(f"{EDM}{tag}")
                        }
                        base = found.get("BaseType")
                        return own | (properties_of(base) if base else set())
    raise AssertionError(f"{type_name} is not published")


@pytest.mark.parametrize("name", VERSIONS)
def test_each_type_and_each_property_is_published_for_its_version(name: str) -> None:
    version = VERSIONS[name]
    known = properties_of(f"{name}.{version}.{name}" if version else f"{name}.{name}")
    sent = {key for key in schema_of(name)["properties"] if "@" not in key}
    assert sent <= known


def test_the_metadata_document_refers_to_files_and_namespaces_that_are_published() -> None:
    root = ElementTree.fromstring(METADATA_DOCUMENT)  # noqa: S314 (our own)
    found = {}
    for reference in root.iter(f"{EDMX}Reference"):
        if reference.get("Uri") == OEM_URI:
            continue
        matched = re.fullmatch(
            r"http://redfish\.dmtf\.org/schemas/v1/(\w+)_v1\.xml", reference.get("Uri", "")
        )
        assert matched
        found[matched[1]] = [include.get("Namespace") for include in reference.iter(f"{EDMX}Include")]
    assert {**references(), "RedfishExtensions": ["RedfishExtensions.v1_0_0"]} == found
    for name, namespaces in found.items():
        there = {schema.get("Namespace") for schema in published(name).iter(f"{EDM}Schema")}
        assert set(namespaces) <= there, name


async def test_what_is_our_own_is_described_where_the_metadata_document_says(service: Service) -> None:
    root = ElementTree.fromstring(METADATA_DOCUMENT)  # noqa: S314 (our own)
    (reference,) = (one for one in root.iter(f"{EDMX}Reference") if one.get("Uri", "").startswith("/"))
    assert reference.get("Uri") == OEM_URI
    named = [include.get("Namespace") for include in reference.iter(f"{EDMX}Include")]
    answer = await service.reader.get(OEM_URI)
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert answer.raw.decode() == OEM_DOCUMENT
    schemas = {one.get("Namespace"): one for one in ElementTree.fromstring(answer.raw).iter(f"{EDM}Schema")}  # noqa: S314
    assert list(schemas) == named == list(OEM_NAMESPACES)
    actions = {action.get("Name") for action in schemas["Taskmon"].iter(f"{EDM}Action")}
    offered = schema_of("Task")["$defs"]["TaskOemActions"]["properties"]
    assert {f"#Taskmon.{name}" for name in actions} == set(offered)
    found = schemas[OEM_TASK_TYPE[1:].rpartition(".")[0]].iter(f"{EDM}ComplexType")
    described = {
        one.get("Name"): {
            part.get("Name")
            for part in one.iter(f"{EDM}Property")
            if all(note.get("EnumMember") != "OData.Permission/Write" for note in part)
        }
        for one in found
    }
    shown = {
        "Task": "TaskmonTask",
        "AggregationSource": "TaskmonSource",
        "EventDestination": "TaskmonDestination",
    }
    assert set(described) == set(shown)
    for name, model in shown.items():
        properties = set(schema_of(name)["$defs"][model]["properties"])
        assert described[name] | {"@odata.type"} == properties, name


def test_the_metadata_document_holds_the_closure() -> None:
    """Whatever the types that are sent refer to, by properties that are sent (REDFISH.md D4)."""
    needed = {*VERSIONS, "Resource", "Message", "MessageRegistry", "Settings", "ActionInfo", "ResolutionStep"}
    needed |= {"LogEntry", "Privileges", "Event", "RedfishError"}
    assert needed <= set(references())
