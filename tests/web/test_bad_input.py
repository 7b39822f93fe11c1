"""Requests that cannot work: the right status, a body that says what is wrong, and nothing half done."""

from typing import Any

import pytest

from tests.web.conftest import Service
from tests.web.raw import BASIC, Wire, head
from tests.web.standins import PASSWORD
from tests.web.test_operations import NEW_SERVER, SERVICE_RESET, SOURCES

SYSTEM = "/redfish/v1/Systems/s1.1"
ONE_RESET = f"{SYSTEM}/Actions/ComputerSystem.Reset"
GOOD: dict[str, Any] = {"TargetURIs": [{"@odata.id": SYSTEM}], "ResetType": "On"}


async def refused(service: Service, path: str, body: Any, status: int = 400, **headers: str) -> Any:
    """The answer to a POST that is refused with this status; no task and no aggregate was made."""
    answer = await service.admin.post(path, body, **{"Content_Type": "application/json", **headers})
    assert answer.status == status, answer.raw
    assert "Location" not in answer.headers
    assert service.operations.orders == []
    assert service.fleet.aggregates() == []
    return answer


# --- bodies that are no JSON object


@pytest.mark.parametrize(
    "body", [b"{", b"{'a': 1}", b'{"a": 1,}', b"\xff\xfe{}", b"nonsense", b'{"a": NaN}', b"[" * 100_000]
)
async def test_malformed_json(service: Service, body: bytes) -> None:
    answer = await refused(service, SERVICE_RESET, body)
    assert answer.keys == ["MalformedJSON"]
    assert "line 1" in answer.words
    assert "JSON object" in answer.words


@pytest.mark.parametrize(
    ("body", "kind"), [(b"[]", "an array"), (b'"x"', "a string"), (b"1", "a plain value"), (b"null", "null")]
)
async def test_a_body_that_is_no_object(service: Service, body: bytes, kind: str) -> None:
    answer = await refused(service, SERVICE_RESET, body)
    assert answer.keys == ["UnrecognizedRequestBody"]
    assert kind in answer.words


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "multipart/form-data", "json", "text/json; charset=utf-8"],
)
async def test_a_body_declared_as_something_else(service: Service, content_type: str) -> None:
    answer = await service.admin.post(SERVICE_RESET, GOOD, Content_Type=content_type)
    assert answer.status == 415
    assert content_type in answer.words
    assert "application/json" in answer.words
    assert service.operations.orders == []


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/octet-stream"])
async def test_a_content_type_that_nobody_chose_stands_in_no_ones_way(
    service: Service, content_type: str
) -> None:
    answer = await service.admin.post(SERVICE_RESET, GOOD, Content_Type=content_type)
    assert answer.status == 202
    answer = await service.admin.post(SERVICE_RESET, b"{", Content_Type=content_type)
    assert (answer.status, answer.keys) == (400, ["MalformedJSON"])
    answer = await service.admin.post(SERVICE_RESET, b"ResetType=On", Content_Type=content_type)
    assert (answer.status, answer.keys) == (415, ["HeaderInvalid"])


async def test_a_body_without_a_content_type_is_read_as_json(service: Service) -> None:
    for body, expected in ((b'{"ResetType": "On"}', 202), (b"ResetType=On", 400)):
        async with await Wire.open(service.port) as wire:
            await wire.send(head("POST", ONE_RESET, BASIC, f"Content-Length: {len(body)}") + body)
            assert (await wire.answer()).status == expected


# --- what an action refuses


async def test_a_missing_reset_type_is_never_guessed(service: Service) -> None:
    answer = await refused(service, SERVICE_RESET, {"TargetURIs": [SYSTEM]})
    assert answer.keys == ["ActionParameterMissing"]
    assert answer.messages[0]["MessageArgs"] == ["AggregationService.Reset", "ResetType"]
    assert answer.messages[0]["RelatedProperties"] == ["#/ResetType"]


@pytest.mark.parametrize("path", [SERVICE_RESET, ONE_RESET])
async def test_an_unknown_reset_type_names_those_there_are(service: Service, path: str) -> None:
    answer = await service.admin.post(path, {**GOOD, "ResetType": "on"})
    assert answer.status == 400
    assert "ActionParameterValueNotInList" in answer.keys
    assert "ForceRestart" in answer.words


WRONG_TYPES = [
    ("ResetType", 1),
    ("ResetType", None),
    ("ResetType", ["On"]),
    ("BatchSize", "8"),
    ("BatchSize", True),
    ("BatchSize", 1.5),
    ("BatchSize", 8.0),
    ("BatchSize", None),
    ("BatchSize", [8]),
    ("DelayBetweenBatchesInSeconds", "1"),
    ("DelayBetweenBatchesInSeconds", False),
    ("DelayBetweenBatchesInSeconds", {}),
    ("TargetURIs", SYSTEM),
    ("TargetURIs", {"@odata.id": SYSTEM}),
    ("TargetURIs", None),
]


@pytest.mark.parametrize(("name", "value"), WRONG_TYPES, ids=str)
async def test_wrong_types(service: Service, name: str, value: object) -> None:
    answer = await refused(service, SERVICE_RESET, {**GOOD, name: value})
    assert answer.keys == ["ActionParameterValueTypeError"]
    assert answer.messages[0]["MessageArgs"][1:] == [name, "AggregationService.Reset"]
    assert answer.messages[0]["RelatedProperties"] == [f"#/{name}"]


@pytest.mark.parametrize("entry", [1, None, [], {}, {"@odata.id": 1}, {"@odata.id": None}, {"Id": "s1.1"}])
async def test_a_target_of_the_wrong_type_is_named_by_its_place(service: Service, entry: object) -> None:
    answer = await refused(service, SERVICE_RESET, {**GOOD, "TargetURIs": [SYSTEM, entry]})
    assert answer.keys == ["ActionParameterValueTypeError"]
    assert answer.messages[0]["RelatedProperties"] == ["#/TargetURIs/1"]


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "s1.1",
        "/redfish/v1/Systems",
        "/redfish/v1/Systems/",
        "/redfish/v1/Chassis/1",
        "/redfish/v1/Systems/s1.1/Processors",
        "https://elsewhere/redfish/v1/Systems/s1.1",
        "/redfish/v1/TaskService/Tasks/task1",
    ],
)
async def test_a_target_that_is_no_system(service: Service, uri: str) -> None:
    answer = await refused(service, SERVICE_RESET, {**GOOD, "TargetURIs": [{"@odata.id": uri}]})
    assert answer.keys == ["ActionParameterValueFormatError"]
    assert answer.messages[0]["MessageArgs"][0] == uri
    assert "/redfish/v1/Systems" in answer.words


@pytest.mark.parametrize(
    ("targets", "where"),
    [([], "#/TargetURIs"), ([SYSTEM, f"{SYSTEM}/"], "#/TargetURIs/1"), ([f"{SYSTEM}0"], "#/TargetURIs/0")],
)
async def test_no_target_a_target_twice_and_one_that_is_not_there(
    service: Service, targets: list[str], where: str
) -> None:
    answer = await refused(service, SERVICE_RESET, {**GOOD, "TargetURIs": targets})
    assert answer.keys == ["ActionParameterValueError"]
    assert answer.messages[0]["RelatedProperties"] == [where]


@pytest.mark.parametrize("name", ["BatchSize", "DelayBetweenBatchesInSeconds"])
@pytest.mark.parametrize("value", [-1, -(2**63), 2**31, 2**63])
async def test_numbers_out_of_range(service: Service, name: str, value: int) -> None:
    answer = await refused(service, SERVICE_RESET, {**GOOD, name: value})
    assert answer.keys == ["ActionParameterValueError"]
    assert answer.messages[0]["RelatedProperties"] == [f"#/{name}"]
    assert str(value) in answer.words
    assert "from 0" in answer.words


@pytest.mark.parametrize(
    ("value", "key"),
    [
        *((value, "ActionParameterValueTypeError") for value in (None, True, 1.0, [1], {"Percent": 10})),
        *((value, "ActionParameterValueError") for value in (0, -1, 2**31, 2**63)),
        *(
            (value, "ActionParameterValueFormatError")
            for value in ("", "10", "%", "0%", "101%", "010%", "1.5%", "10 %", "-1%", "10%\n", "\u0661%")
        ),
    ],
    ids=repr,
)
async def test_a_stop_rule_is_a_whole_number_or_a_percentage(
    service: Service, value: object, key: str
) -> None:
    body = {"ResetType": "On", "Oem": {"Taskmon": {"MaxFailures": value}}}
    aggregate = await service.fleet.create_aggregate([])
    path = f"/redfish/v1/AggregationService/Aggregates/{aggregate.id}/Actions/Aggregate.Reset"
    for where, sent in ((SERVICE_RESET, {**GOOD, **body}), (path, body)):
        answer = await service.admin.post(where, sent)
        assert (answer.status, answer.keys) == (400, [key])
        assert answer.messages[0]["RelatedProperties"] == ["#/Oem/Taskmon/MaxFailures"]
        assert "Oem/Taskmon/MaxFailures" in answer.messages[0]["MessageArgs"]
        assert "from 1 to" in answer.words
    assert service.operations.orders == []


@pytest.mark.parametrize(
    ("oem", "key", "place"),
    [
        ([], "ActionParameterValueTypeError", "#/Oem"),
        ({"Taskmon": 3}, "ActionParameterValueTypeError", "#/Oem/Taskmon"),
        ({"Taskmon": {"MaxFailure": 3}}, "ActionParameterUnknown", "#/Oem/Taskmon/MaxFailure"),
        ({"Another": {}}, "ActionParameterUnknown", "#/Oem/Another"),
    ],
    ids=str,
)
async def test_what_is_wrong_around_a_stop_rule(service: Service, oem: object, key: str, place: str) -> None:
    answer = await refused(service, SERVICE_RESET, {**GOOD, "Oem": oem})
    assert answer.keys == [key]
    assert answer.messages[0]["RelatedProperties"] == [place]


async def test_an_unknown_parameter_is_named_with_the_one_that_may_be_meant(service: Service) -> None:
    answer = await refused(service, SERVICE_RESET, {**GOOD, "Batchsize": 8})
    assert answer.keys == ["ActionParameterUnknown"]
    assert answer.messages[0]["MessageArgs"] == ["AggregationService.Reset", "Batchsize"]
    assert "Write BatchSize" in answer.words


async def test_annotations_of_odata_are_passed_over_and_others_are_not(service: Service) -> None:
    annotated = {**GOOD, "@odata.id": "x", "@odata.etag": 1, "TargetURIs@odata.count": 1}
    assert (await service.admin.post(SERVICE_RESET, annotated)).status == 202
    apply_time = {**GOOD, "@Redfish.OperationApplyTime": "OnReset"}
    answer = await service.admin.post(SERVICE_RESET, apply_time)
    assert (answer.status, answer.keys) == (400, ["ActionParameterUnknown"])


async def test_all_mistakes_are_told_at_once(service: Service) -> None:
    body = {"TargetURIs": [1, "x"], "BatchSize": "8", "DelayBetweenBatchesInSeconds": -1, "Extra": 0}
    answer = await refused(service, SERVICE_RESET, body)
    places = [message["RelatedProperties"][0] for message in answer.messages]
    assert places == [
        "#/TargetURIs/0",
        "#/TargetURIs/1",
        "#/ResetType",
        "#/BatchSize",
        "#/DelayBetweenBatchesInSeconds",
        "#/Extra",
    ]
    assert answer.json["error"]["code"] == "Base.1.13.GeneralError"


async def test_of_very_many_mistakes_the_first_are_told(service: Service) -> None:
    answer = await refused(service, SERVICE_RESET, {**GOOD, "TargetURIs": [0] * 50_000})
    assert len(answer.messages) == 51
    assert "more mistakes" in answer.words
    many = {**GOOD, **{f"x{number}": 0 for number in range(50_000)}}
    assert len((await refused(service, SERVICE_RESET, many)).messages) == 51


async def test_more_targets_than_can_be_checked_in_time_are_refused_at_once(service: Service) -> None:
    answer = await refused(service, SERVICE_RESET, {**GOOD, "TargetURIs": [SYSTEM] * 50_001})
    assert answer.keys == ["ActionParameterValueError"]
    assert "50001" in answer.words
    assert "50000" in answer.words


async def test_an_absent_body_lacks_what_is_needed(service: Service) -> None:
    for body in (b"", b"  \r\n", b"{}"):
        answer = await refused(service, SERVICE_RESET, body)
        assert answer.keys == ["ActionParameterMissing", "ActionParameterMissing"]


async def test_a_system_is_reset_without_batches(service: Service) -> None:
    path = ONE_RESET
    answer = await refused(service, path, {"ResetType": "On", "BatchSize": 1})
    assert answer.keys == ["ActionParameterUnknown"]


async def test_actions_on_elements_know_their_parameter(service: Service) -> None:
    aggregate = await service.fleet.create_aggregate([])
    path = f"/redfish/v1/AggregationService/Aggregates/{aggregate.id}/Actions/Aggregate.AddElements"
    for body, key in (
        ({}, "ActionParameterMissing"),
        ({"Elements": [], "x": 1}, "ActionParameterUnknown"),
        ({"Elements": "x"}, "ActionParameterValueTypeError"),
        ({"Elements": ["x"]}, "ActionParameterValueFormatError"),
    ):
        answer = await service.admin.post(path, body)
        assert (answer.status, answer.keys) == (400, [key])


# --- what a create refuses


async def test_an_aggregate_needs_elements(service: Service) -> None:
    path = "/redfish/v1/AggregationService/Aggregates"
    for body, key in (
        ({}, "CreateFailedMissingReqProperties"),
        ({"Elements": None}, "PropertyValueTypeError"),
        ({"Elements": ["nowhere"]}, "PropertyValueFormatError"),
        ({"Elements": [], "Color": "red"}, "PropertyUnknown"),
    ):
        answer = await refused(service, path, body)
        assert answer.keys == [key]


@pytest.mark.parametrize("name", ["HostName", "UserName", "Password", "Links"])
async def test_a_server_needs_each_of_its_properties(service: Service, name: str) -> None:
    body = {key: value for key, value in NEW_SERVER.items() if key != name}
    answer = await refused(service, SOURCES, body)
    assert answer.keys == ["CreateFailedMissingReqProperties"]
    assert answer.messages[0]["MessageArgs"] == [name]


@pytest.mark.parametrize(
    ("change", "key", "place"),
    [
        ({"HostName": ""}, "PropertyValueError", "#/HostName"),
        ({"HostName": "h" * 2000}, "PropertyValueError", "#/HostName"),
        ({"HostName": 1}, "PropertyValueTypeError", "#/HostName"),
        ({"Links": []}, "PropertyValueTypeError", "#/Links"),
        ({"Links": {}}, "CreateFailedMissingReqProperties", "#/Links/ConnectionMethod"),
        ({"Links": {"ConnectionMethod": 1}}, "PropertyValueTypeError", "#/Links/ConnectionMethod"),
        (
            {"Links": {"ConnectionMethod": {"@odata.id": "/redfish/v1/x"}}},
            "PropertyValueNotInList",
            "#/Links/ConnectionMethod",
        ),
        ({"SNMP": {}}, "PropertyUnknown", "#/SNMP"),
        ({"a/b~c": {}}, "PropertyUnknown", "#/a~1b~0c"),
    ],
    ids=str,
)
async def test_what_is_wrong_with_a_server(
    service: Service, change: dict[str, Any], key: str, place: str
) -> None:
    answer = await refused(service, SOURCES, {**NEW_SERVER, **change})
    assert answer.keys == [key]
    assert answer.messages[0]["RelatedProperties"] == [place]
    assert b"very secret" not in answer.raw


async def test_a_servers_password_is_never_repeated(service: Service) -> None:
    for change in ({"Password": ["very secret"]}, {"Password": {"x": "very secret"}}, {"Password": ""}):
        answer = await refused(service, SOURCES, {**NEW_SERVER, **change})
        assert b"very secret" not in answer.raw
    inside = {"HostName": {"Password": "very secret", "n": 1}}
    answer = await refused(service, SOURCES, {**NEW_SERVER, **inside})
    assert b"very secret" not in answer.raw


async def test_what_is_repeated_is_cut_to_a_line_and_prints(service: Service) -> None:
    answer = await refused(service, SERVICE_RESET, {**GOOD, "ResetType": "On\r\n\x1b[31m" + "x" * 5000})
    (message,) = answer.messages
    assert len(message["MessageArgs"][0]) <= 81
    assert all(char.isprintable() for char in message["Message"])


async def test_of_two_values_for_a_property_the_last_counts(service: Service) -> None:
    body = b'{"TargetURIs": ["/redfish/v1/Systems/s1.1"], "ResetType": "On", "ResetType": "ForceOff"}'
    await service.admin.post(SERVICE_RESET, body, Content_Type="application/json")
    assert service.operations.orders[0][2][1] == "ForceOff"


# --- and the rest of the list


async def test_an_expired_token_is_401(service: Service) -> None:
    session, token = await service.gate.login("operator", PASSWORD, "")
    client = service.nobody.with_token(token)
    assert (await client.get(SYSTEM)).status == 200
    del service.gate.by_id[session.id]
    answer = await client.get(SYSTEM)
    assert (answer.status, answer.keys) == (401, ["NoValidSession"])
    assert "/redfish/v1/SessionService/Sessions" in answer.words
