"""Requests that become tasks: what the operation is given, and who ordered it by which request."""

from typing import Any

import pytest

from actors import AS_SET, REDACTED, MaxFailures, ResetType, Trust
from tests.web.conftest import Service

SERVICE_RESET = "/redfish/v1/AggregationService/Actions/AggregationService.Reset"
SOURCES = "/redfish/v1/AggregationService/AggregationSources"
NEW_SERVER: dict[str, Any] = {
    "HostName": "10.0.0.2",
    "UserName": "root",
    "Password": "very secret",
    "Links": {"ConnectionMethod": {"@odata.id": "/redfish/v1/AggregationService/ConnectionMethods/Redfish"}},
}


async def test_a_reset_of_a_list_takes_links_and_plain_strings_in_order(service: Service) -> None:
    body = {
        "TargetURIs": [
            {"@odata.id": "/redfish/v1/Systems/s1.2", "@odata.type": "#ComputerSystem"},
            "/redfish/v1/Systems/s1.1/",
        ],
        "TargetURIs@odata.count": 2,
        "ResetType": "ForceRestart",
        "BatchSize": 1,
        "DelayBetweenBatchesInSeconds": 30,
        "Oem": {"Taskmon": {"MaxFailures": "10%"}},
    }
    answer = await service.operator.post(SERVICE_RESET, body, User_Agent="curl/8")
    assert answer.status == 202
    ((name, order, given),) = service.operations.orders
    assert name == "reset"
    assert given == (("s1.2", "s1.1"), ResetType.FORCE_RESTART, 1, 30, MaxFailures(10, percent=True))
    assert order.viewer.name == "operator"
    assert order.action == "AggregationService.Reset"
    assert order.payload.target_uri == SERVICE_RESET
    assert order.payload.http_operation == "POST"
    assert "User-Agent: curl/8" in order.payload.http_headers
    assert not any("uthorization" in header for header in order.payload.http_headers)
    assert '"BatchSize":1' in order.payload.json_body
    assert '"MaxFailures":"10%"' in order.payload.json_body


@pytest.mark.parametrize("oem", [{}, {"Oem": {}}, {"Oem": {"Taskmon": {}}}], ids=str)
async def test_batches_delays_and_a_stop_rule_are_none_unless_given(
    service: Service, oem: dict[str, Any]
) -> None:
    body = {"TargetURIs": ["/redfish/v1/Systems/s1.1"], "ResetType": "On", **oem}
    assert (await service.operator.post(SERVICE_RESET, body)).status == 202
    assert service.operations.orders[0][2] == (("s1.1",), ResetType.ON, 0, 0, None)


async def test_a_reset_of_an_aggregate(service: Service) -> None:
    aggregate = await service.fleet.create_aggregate([])
    path = f"/redfish/v1/AggregationService/Aggregates/{aggregate.id}/Actions/Aggregate.Reset"
    answer = await service.operator.post(
        path, {"ResetType": "On", "BatchSize": 8, "Oem": {"Taskmon": {"MaxFailures": 3}}}
    )
    assert answer.status == 202
    ((name, order, given),) = service.operations.orders
    assert (name, given) == ("reset_aggregate", (aggregate.id, ResetType.ON, 8, 0, MaxFailures(3)))
    assert (order.action, order.payload.target_uri) == ("Aggregate.Reset", path)


async def test_a_reset_of_one_system(service: Service) -> None:
    path = "/redfish/v1/Systems/s1.2/Actions/ComputerSystem.Reset"
    answer = await service.operator.post(path, {"ResetType": "ForceOff"})
    assert answer.status == 202
    ((name, order, given),) = service.operations.orders
    assert (name, given) == ("reset_system", ("s1.2", ResetType.FORCE_OFF))
    assert (order.action, order.payload.target_uri) == ("ComputerSystem.Reset", path)


@pytest.mark.parametrize("path", [SOURCES, f"{SOURCES}/", f"{SOURCES}/Members", f"{SOURCES}/Members/"])
async def test_a_server_is_added_as_a_task_that_does_not_show_its_password(
    service: Service, path: str
) -> None:
    answer = await service.admin.post(path, NEW_SERVER)
    assert answer.status == 202
    ((name, order, given),) = service.operations.orders
    assert (name, given) == ("add_server", ("10.0.0.2", "root", "very secret", AS_SET))
    assert "very secret" not in repr(order)
    task = (await service.admin.get(f"/redfish/v1/TaskService/Tasks/{answer.headers['Location'][9:]}")).json
    assert REDACTED in task["Payload"]["JsonBody"]
    assert task["Payload"]["TargetUri"] == path


async def test_a_server_is_added_with_a_trust_of_its_own(service: Service) -> None:
    shown = ":".join(["AB"] * 32)
    own = {"VerifyCertificate": False, "CertificateSHA256": shown, "RunTimeout": 60}
    assert (await service.admin.post(SOURCES, {**NEW_SERVER, "Oem": {"Taskmon": own}})).status == 202
    ((_, order, given),) = service.operations.orders
    assert given[-1] == Trust(verify=False, pin="ab" * 32)
    assert order.timeouts.run == 60


@pytest.mark.parametrize("pin", ["", "ab", "ab" * 33, "xy" * 32, 7, ["ab" * 32]])
async def test_a_pin_that_is_none_is_400_with_the_way_out(service: Service, pin: object) -> None:
    own = {"CertificateSHA256": pin, "VerifyCertificate": "no"}
    answer = await service.admin.post(SOURCES, {**NEW_SERVER, "Oem": {"Taskmon": own}})
    assert answer.status == 400
    told = answer.json["error"]["@Message.ExtendedInfo"]
    about = [message["RelatedProperties"] for message in told]
    assert about == [["#/Oem/Taskmon/VerifyCertificate"], ["#/Oem/Taskmon/CertificateSHA256"]]
    assert "64 hexadecimal digits" in told[1]["Resolution"]
    assert service.operations.orders == []


async def test_a_server_that_is_there_is_409_and_makes_no_task(service: Service) -> None:
    answer = await service.admin.post(SOURCES, {**NEW_SERVER, "HostName": "10.0.0.1:443"})
    assert (answer.status, answer.keys) == (409, ["ResourceAlreadyExists"])
    assert "Location" not in answer.headers
    assert service.tasks.by_id == {}


async def test_a_source_is_removed_as_a_task(service: Service) -> None:
    answer = await service.admin.delete(f"{SOURCES}/s1")
    assert answer.status == 202
    assert answer.headers["Location"].startswith("/taskmon/task")
    ((name, order, given),) = service.operations.orders
    assert (name, given) == ("remove_server", ("s1",))
    assert (order.payload.http_operation, order.payload.json_body) == ("DELETE", "")


async def test_what_is_not_there_is_404_before_its_body_is_read(service: Service) -> None:
    for action in ("Reset", "AddElements", "RemoveElements"):
        path = f"/redfish/v1/AggregationService/Aggregates/none/Actions/Aggregate.{action}"
        answer = await service.operator.post(path, b"{")
        assert (answer.status, answer.keys) == (404, ["ResourceNotFound"])
    assert (await service.admin.delete(f"{SOURCES}/none")).status == 404
    path = "/redfish/v1/Systems/none/Actions/ComputerSystem.Reset"
    assert (await service.operator.post(path, {"ResetType": "On"})).status == 404
    assert service.operations.orders == []
