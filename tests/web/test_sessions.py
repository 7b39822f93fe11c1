"""Login, logout and who is logged in (REDFISH.md S3 to S14)."""

import pytest

from tests.web.conftest import Service
from tests.web.standins import PASSWORD

SESSIONS = "/redfish/v1/SessionService/Sessions"
LOGIN = {"UserName": "operator", "Password": PASSWORD}


@pytest.mark.parametrize("path", [SESSIONS, f"{SESSIONS}/", f"{SESSIONS}/Members", f"{SESSIONS}/Members/"])
async def test_a_login_gives_a_token_and_the_session(service: Service, path: str) -> None:
    answer = await service.nobody.post(path, LOGIN)
    assert answer.status == 201
    token, uri = answer.headers["X-Auth-Token"], answer.headers["Location"]
    assert uri.startswith(f"{SESSIONS}/")
    assert answer.json["@odata.id"] == uri
    assert answer.json["UserName"] == "operator"
    assert answer.json["ClientOriginIPAddress"] == "127.0.0.1"
    assert token not in answer.raw.decode()
    assert PASSWORD not in answer.raw.decode()
    client = service.nobody.with_token(token)
    assert (await client.get(uri)).untagged == answer.json
    assert (await client.delete(uri)).status == 204
    assert (await client.get("/redfish/v1/Systems")).status == 401


async def test_what_a_session_has_and_no_login_sets_is_told_as_that(service: Service) -> None:
    more = {"Context": "a", "Token": "1234", "SessionType": "Redfish", "Color": "red"}
    answer = await service.nobody.post(SESSIONS, {**LOGIN, **more})
    assert (answer.status, answer.keys) == (400, 3 * ["PropertyNotWritable"] + ["PropertyUnknown"])
    assert [message["RelatedProperties"] for message in answer.messages] == [[f"#/{name}"] for name in more]


async def test_two_logins_are_two_sessions(service: Service) -> None:
    locations = {(await service.nobody.post(SESSIONS, LOGIN)).headers["Location"] for _ in range(2)}
    assert len(locations) == 2


@pytest.mark.parametrize("content_type", ["application/json", "application/json;charset=utf-8"])
async def test_both_usual_content_types_log_in(service: Service, content_type: str) -> None:
    answer = await service.nobody.post(SESSIONS, LOGIN, Content_Type=content_type)
    assert answer.status == 201


async def test_a_wrong_password_is_401_and_is_not_repeated(service: Service) -> None:
    answer = await service.nobody.post(SESSIONS, {"UserName": "operator", "Password": "wrong-secret"})
    assert (answer.status, answer.keys) == (401, ["NoValidSession"])
    assert b"wrong-secret" not in answer.raw
    assert "Location" not in answer.headers
    assert "X-Auth-Token" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        {"UserName": "operator", "Password": ["wrong-secret"]},
        {"UserName": "operator", "Password": {"a": "wrong-secret"}},
        {"UserName": ["operator"], "Password": "wrong-secret"},
        {"UserName": "operator", "Password": "wrong-secret" * 1000},
        {"Password": "wrong-secret"},
        {"UserName": "operator", "Password": "wrong-secret", "Extra": "x"},
    ],
)
async def test_a_login_that_is_malformed_never_repeats_the_password(service: Service, body: object) -> None:
    answer = await service.nobody.post(SESSIONS, body)
    assert answer.status == 400
    assert b"wrong-secret" not in answer.raw


async def test_sessions_are_listed_ones_own_only(service: Service) -> None:
    mine = await service.nobody.post(SESSIONS, LOGIN)
    admins = await service.nobody.post(SESSIONS, {"UserName": "administrator", "Password": PASSWORD})
    assert (await service.operator.get(SESSIONS)).json["Members"] == [{"@odata.id": mine.headers["Location"]}]
    assert (await service.admin.get(SESSIONS)).json["Members@odata.count"] == 2
    assert (await service.operator.get(admins.headers["Location"])).status == 403
    assert (await service.operator.delete(admins.headers["Location"])).status == 403
    assert (await service.admin.delete(mine.headers["Location"])).status == 204
    assert (await service.admin.delete(mine.headers["Location"])).status == 404


async def test_the_session_service(service: Service) -> None:
    body = (await service.reader.get("/redfish/v1/SessionService")).json
    assert body["SessionTimeout"] == 1800
    assert body["Sessions"] == {"@odata.id": SESSIONS}
