"""The aggregation service, aggregates, sources, connection methods and systems as resources."""

from typing import Any

import pytest

from actors import ResetType, SourceChange
from tests.web.conftest import Service
from tests.web.standins import a_system

SERVICE = "/redfish/v1/AggregationService"
AGGREGATES = f"{SERVICE}/Aggregates"
ALL = [reset_type.value for reset_type in ResetType]


async def test_the_service_leads_to_its_parts_and_offers_its_reset(service: Service) -> None:
    body = (await service.reader.get(SERVICE)).json
    for name in ("Aggregates", "AggregationSources", "ConnectionMethods"):
        assert body[name] == {"@odata.id": f"{SERVICE}/{name}"}
        assert (await service.reader.get(body[name]["@odata.id"])).status == 200
    assert body["Actions"] == {
        "#AggregationService.Reset": {
            "target": f"{SERVICE}/Actions/AggregationService.Reset",
            "ResetType@Redfish.AllowableValues": ALL,
        }
    }


@pytest.mark.parametrize("path", [AGGREGATES, f"{AGGREGATES}/Members"])
async def test_the_life_of_an_aggregate(service: Service, path: str) -> None:
    elements = [{"@odata.id": "/redfish/v1/Systems/s1.2"}]
    made = await service.operator.post(path, {"Elements": elements})
    assert made.status == 201
    uri = made.headers["Location"]
    assert made.json["@odata.id"] == uri
    assert made.json["Elements"] == elements
    assert made.json["ElementsCount"] == 1
    assert made.json["Actions"]["#Aggregate.Reset"]["target"] == f"{uri}/Actions/Aggregate.Reset"
    read = await service.reader.get(uri)
    assert read.json == made.json
    assert read.headers["Allow"] == "GET, HEAD, DELETE"
    assert (await service.reader.get(AGGREGATES)).json["Members"] == [{"@odata.id": uri}]

    more = {"Elements": ["/redfish/v1/Systems/s1.1"]}
    added = await service.operator.post(f"{uri}/Actions/Aggregate.AddElements", more)
    assert added.status == 200
    assert added.json["Elements"] == [*elements, {"@odata.id": "/redfish/v1/Systems/s1.1"}]
    removed = await service.operator.post(f"{uri}/Actions/Aggregate.RemoveElements", {"Elements": elements})
    assert removed.json["Elements"] == [{"@odata.id": "/redfish/v1/Systems/s1.1"}]

    assert (await service.operator.delete(uri)).status == 204
    assert (await service.operator.get(uri)).status == 404
    assert (await service.operator.delete(uri)).status == 404


async def test_what_is_wrong_with_the_elements_points_to_them(service: Service) -> None:
    body = {"Elements": ["/redfish/v1/Systems/s1.1", "/redfish/v1/Systems/none"]}
    answer = await service.operator.post(AGGREGATES, body)
    assert answer.status == 400
    assert answer.messages[0]["RelatedProperties"] == ["#/Elements/1"]
    assert "Location" not in answer.headers
    assert service.fleet.aggregates() == []


async def test_a_source_shows_everything_but_its_password(service: Service) -> None:
    answer = await service.reader.get(f"{SERVICE}/AggregationSources/s1")
    assert answer.json["HostName"] == "10.0.0.1:443"
    assert answer.json["UserName"] == "root"
    assert answer.json["Password"] is None
    assert b"sealed" not in answer.raw
    assert answer.json["Links"]["ResourcesAccessed"] == [
        {"@odata.id": "/redfish/v1/Systems/s1.1"},
        {"@odata.id": "/redfish/v1/Systems/s1.2"},
    ]
    method = await service.reader.get(answer.json["Links"]["ConnectionMethod"]["@odata.id"])
    assert method.json["ConnectionMethodType"] == "Redfish"
    assert method.json["Links"]["AggregationSources"] == [{"@odata.id": answer.json["@odata.id"]}]


async def test_there_is_one_connection_method_with_the_same_id_always(service: Service) -> None:
    listed = (await service.reader.get(f"{SERVICE}/ConnectionMethods")).json["Members"]
    assert listed == [{"@odata.id": f"{SERVICE}/ConnectionMethods/Redfish"}]
    assert (await service.reader.get(f"{SERVICE}/ConnectionMethods/Other")).status == 404


async def test_a_system_shows_what_was_seen_of_it(service: Service) -> None:
    body = (await service.reader.get("/redfish/v1/Systems/s1.1")).untagged
    assert body == {
        "@odata.id": "/redfish/v1/Systems/s1.1",
        "@odata.type": "#ComputerSystem.v1_28_0.ComputerSystem",
        "@odata.context": "/redfish/v1/$metadata#ComputerSystem.ComputerSystem",
        "Id": "s1.1",
        "Name": "Server 1",
        "Manufacturer": "Acme",
        "Model": "M1",
        "SerialNumber": "0815",
        "UUID": "7bb4fd7e-4f50-4f5f-9d8f-1d63c4cd2f2a",
        "PowerState": "On",
        "LastResetTime": "2026-11-23T11:00:00Z",
        "Actions": {
            "#ComputerSystem.Reset": {
                "target": "/redfish/v1/Systems/s1.1/Actions/ComputerSystem.Reset",
                "ResetType@Redfish.AllowableValues": ["On", "ForceOff"],
            }
        },
    }


async def test_what_a_server_leaves_out_or_writes_wrongly_is_left_out(service: Service) -> None:
    bare = a_system(
        "s1.9",
        uuid="not a uuid",
        manufacturer="",
        model="",
        serial_number="",
        power_state=None,
        last_reset="yesterday",
        reset_uri="",
    )
    service.fleet.known_systems["s1.9"] = bare
    body = (await service.reader.get("/redfish/v1/Systems/s1.9")).json
    assert not {"UUID", "Manufacturer", "Model", "SerialNumber", "LastResetTime", "Actions"} & set(body)
    assert body["PowerState"] is None


async def test_a_system_that_does_not_say_its_reset_types_offers_all(service: Service) -> None:
    service.fleet.known_systems["s1.9"] = a_system("s1.9", reset_types=())
    reset = (await service.reader.get("/redfish/v1/Systems/s1.9")).json["Actions"]["#ComputerSystem.Reset"]
    assert reset["ResetType@Redfish.AllowableValues"] == ALL


async def test_the_systems_are_listed(service: Service) -> None:
    body = (await service.reader.get("/redfish/v1/Systems")).json
    assert [member["@odata.id"] for member in body["Members"]] == [
        "/redfish/v1/Systems/s1.1",
        "/redfish/v1/Systems/s1.2",
    ]
    assert body["Members@odata.count"] == 2


# --- changing how a server is reached

SOURCE = f"{SERVICE}/AggregationSources/s1"


async def test_how_a_server_is_reached_can_be_changed(service: Service) -> None:
    before = await service.admin.get(SOURCE)
    assert before.json["Oem"]["Taskmon"] == {
        "@odata.type": "#Taskmon.v1_0_0.AggregationSource",
        "VerifyCertificate": None,
        "CertificateSHA256": None,
    }
    change = {
        "UserName": "root2",
        "Password": "another secret",
        "Oem": {"Taskmon": {"VerifyCertificate": True, "CertificateSHA256": "AB" * 32}},
    }
    answer = await service.admin.patch(SOURCE, change, **{"If-Match": before.headers["ETag"]})
    assert (answer.status, answer.json["UserName"], answer.json["Password"]) == (200, "root2", None)
    assert answer.headers["ETag"] != before.headers["ETag"]
    assert service.fleet.source_changes == [
        SourceChange(user_name="root2", password="another secret", verify=True, pin="ab" * 32)
    ]
    assert (await service.admin.patch(SOURCE, change, **{"If-Match": before.headers["ETag"]})).status == 412


async def test_a_pin_is_taken_away_by_null_and_stays_where_it_is_not_named(service: Service) -> None:
    assert (
        await service.admin.patch(SOURCE, {"Oem": {"Taskmon": {"CertificateSHA256": None}}})
    ).status == 200
    assert (await service.admin.patch(SOURCE, {"UserName": "root2"})).status == 200
    assert service.fleet.source_changes == [SourceChange(pin=""), SourceChange(user_name="root2")]


async def test_each_property_is_taken_or_told_of_however_deep_it_stands(service: Service) -> None:
    own = {"VerifyCertificate": None, "CertificateSHA256": "short", "Nope": 3}
    answer = await service.admin.patch(SOURCE, {"UserName": "root2", "Oem": {"Taskmon": own, "Foo": {}}})
    assert answer.status == 200
    assert service.fleet.source_changes == [SourceChange(user_name="root2", verify_as_set=True)]
    about = [one["RelatedProperties"] for one in answer.json["@Message.ExtendedInfo"]]
    assert about == [["#/Oem/Taskmon/CertificateSHA256"], ["#/Oem/Taskmon/Nope"], ["#/Oem/Foo"]]


@pytest.mark.parametrize("nothing", [{"Oem": {}}, {"Oem": {"Taskmon": {}}}])
async def test_a_change_of_nothing_is_none(service: Service, nothing: dict[str, Any]) -> None:
    answer = await service.admin.patch(SOURCE, nothing)
    assert (answer.status, answer.keys) == (400, ["NoOperation"])
    assert service.fleet.source_changes == []


async def test_a_source_is_removed_only_if_it_is_as_the_request_expects(service: Service) -> None:
    etag = (await service.admin.get(SOURCE)).headers["ETag"]
    assert (await service.admin.delete(SOURCE, **{"If-Match": '"other"'})).status == 412
    assert service.operations.orders == []
    assert (await service.admin.delete(SOURCE, **{"If-Match": etag})).status == 202


async def test_what_of_a_source_cannot_be_changed_is_told(service: Service) -> None:
    answer = await service.admin.patch(SOURCE, {"HostName": "other", "UserName": "root2"})
    assert answer.status == 200
    (message,) = answer.json["@Message.ExtendedInfo"]
    assert message["MessageId"].endswith("PropertyNotWritable")
    assert (await service.operator.patch(SOURCE, {"UserName": "root2"})).status == 403
    assert (await service.admin.patch(f"{SOURCE}x", {"UserName": "root2"})).status == 404
