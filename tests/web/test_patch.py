"""PATCH, property by property, shown on the TaskService (REDFISH.md E7 to E12 and B1 to B3)."""

from asyncio import gather
from typing import Any

import pytest

from tests.web.conftest import Service

PATH = "/redfish/v1/TaskService"
MINUTES = "TaskAutoDeleteTimeoutMinutes"


async def minutes(service: Service) -> int:
    found: int = (await service.reader.get(PATH)).json[MINUTES]
    return found


async def test_a_change_is_shown_with_a_new_tag(service: Service) -> None:
    before = await service.admin.get(PATH)
    assert before.headers["Allow"] == "GET, HEAD, PATCH"
    answer = await service.admin.ask("PATCH", PATH, {MINUTES: 5})
    assert (answer.status, answer.json[MINUTES]) == (200, 5)
    assert "@Message.ExtendedInfo" not in answer.json
    after = await service.admin.get(PATH)
    assert after.json == answer.json
    assert after.headers["ETag"] == answer.headers["ETag"] != before.headers["ETag"]
    assert (await service.admin.get(PATH, If_None_Match=after.headers["ETag"])).status == 304


async def test_the_same_value_again_is_a_write_too(service: Service) -> None:
    first = await service.admin.ask("PATCH", PATH, {MINUTES: 5})
    again = await service.admin.ask("PATCH", PATH, {MINUTES: 5}, {"If-Match": first.headers["ETag"]})
    assert again.status == 200
    assert again.headers["ETag"] != first.headers["ETag"]


async def test_of_four_writers_with_one_tag_one_wins(service: Service) -> None:
    match = {"If-Match": (await service.admin.get(PATH)).headers["ETag"]}
    answers = await gather(*(service.admin.ask("PATCH", PATH, {MINUTES: 7}, match) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 412, 412, 412]


@pytest.mark.parametrize("spoil", ['"never"', "{}x", "W/{}", "x", ""])
async def test_another_tag_is_412_before_the_body_is_looked_at(service: Service, spoil: str) -> None:
    tag = (await service.admin.get(PATH)).headers["ETag"]
    for body in ({MINUTES: 7}, {}, b"{not json"):
        answer = await service.admin.ask("PATCH", PATH, body, {"If-Match": spoil.replace("{}", tag)})
        assert (answer.status, answer.keys) == (412, ["PreconditionFailed"])
    assert await minutes(service) == 90


async def test_any_tag_will_do_where_the_client_says_so(service: Service) -> None:
    assert (await service.admin.ask("PATCH", PATH, {MINUTES: 7}, {"If-Match": "*"})).status == 200


async def test_the_privilege_comes_before_tag_and_body(service: Service) -> None:
    for client in (service.reader, service.operator):
        answer = await client.ask("PATCH", PATH, b"{not json", {"If-Match": '"never"'})
        assert (answer.status, answer.keys) == (403, ["InsufficientPrivilege"])
    assert (await service.nobody.ask("PATCH", PATH, {MINUTES: 7})).status == 401


@pytest.mark.parametrize(
    ("body", "key", "about"),
    [
        ({"Nonsense": 1}, "PropertyUnknown", "Nonsense"),
        ({"DateTime": "2026-01-01T00:00:00Z"}, "PropertyNotWritable", "DateTime"),
        ({"Id": "x"}, "PropertyNotWritable", "Id"),
        ({"CompletedTaskOverWritePolicy": "Oldest"}, "PropertyNotWritable", "CompletedTaskOverWritePolicy"),
        ({MINUTES: 0}, "PropertyValueError", MINUTES),
        ({MINUTES: 5_256_001}, "PropertyValueError", MINUTES),
        ({MINUTES: "5"}, "PropertyValueTypeError", MINUTES),
        ({MINUTES: True}, "PropertyValueTypeError", MINUTES),
        ({MINUTES: None}, "PropertyValueTypeError", MINUTES),
        ({}, "NoOperation", None),
        ({"@odata.id": f"{PATH}/", "@odata.etag": "x"}, "NoOperation", None),
    ],
)
async def test_what_cannot_be_set_is_400_and_named(
    service: Service, body: dict[str, Any], key: str, about: str | None
) -> None:
    answer = await service.admin.ask("PATCH", PATH, body)
    assert (answer.status, answer.keys) == (400, [key])
    if about:
        assert answer.messages[0]["RelatedProperties"] == [f"#/{about}"]
        assert about in answer.messages[0]["MessageArgs"]
    assert await minutes(service) == 90


async def test_what_can_be_set_is_and_the_rest_is_told_of(service: Service) -> None:
    body = {"Nonsense": 1, MINUTES: 7, "Name": "x"}
    answer = await service.admin.ask("PATCH", PATH, body, {"Prefer": "return=minimal"})
    assert (answer.status, answer.json["@odata.id"], answer.json[MINUTES]) == (200, PATH, 7)
    told = answer.json["@Message.ExtendedInfo"]
    assert [one["RelatedProperties"] for one in told] == [["#/Nonsense"], ["#/Name"]]
    assert "Preference-Applied" not in answer.headers
    assert await minutes(service) == 7


async def test_the_client_says_how_much_it_wants_to_read(service: Service) -> None:
    for prefer, status in (("return=minimal", 204), ("return=representation", 200)):
        answer = await service.admin.ask("PATCH", PATH, {MINUTES: 7}, {"Prefer": prefer})
        assert (answer.status, answer.headers["Preference-Applied"]) == (status, prefer)
        assert (await service.admin.get(PATH)).headers["ETag"] == answer.headers["ETag"]


async def test_how_long_sessions_last_is_changed_in_the_same_way(service: Service) -> None:
    path = "/redfish/v1/SessionService"
    tag = (await service.admin.get(path)).headers["ETag"]
    for wrong in (29, 86_401, "60", None):
        assert (await service.admin.ask("PATCH", path, {"SessionTimeout": wrong})).status == 400
    for least_or_most in (30, 86_400):
        answer = await service.admin.ask("PATCH", path, {"SessionTimeout": least_or_most})
        assert (answer.status, answer.json["SessionTimeout"]) == (200, least_or_most)
        assert (await service.reader.get(path)).headers["ETag"] == answer.headers["ETag"] != tag
    assert (await service.admin.ask("PATCH", path, {"SessionTimeout": 60}, {"If-Match": tag})).status == 412
    assert (await service.operator.ask("PATCH", path, {"SessionTimeout": 60})).status == 403


async def test_a_number_that_may_be_unset_takes_null(service: Service) -> None:
    name = "TaskMonitorAutoExpirySeconds"
    assert (await service.reader.get(PATH)).json[name] is None
    for value in (0, 90, None):
        answer = await service.admin.ask("PATCH", PATH, {name: value})
        assert (answer.status, answer.json[name]) == (200, value)
    answer = await service.admin.ask("PATCH", PATH, {name: -1})
    assert (answer.status, answer.keys) == (400, ["PropertyValueError"])
