"""A password that must be changed: its owner reads the own account, changes it, logs out, and no more."""

import pytest

from tests.web.guarded import Guarded
from tests.web.standins import PASSWORD, ROLES, account

SERVICE = "/redfish/v1/AccountService"
ACCOUNTS = f"{SERVICE}/Accounts"
SESSIONS = "/redfish/v1/SessionService/Sessions"
ADMIN, OPERATOR, READER = (f"{ACCOUNTS}/{account(role)}" for role in ROLES)
WORD = "another good word"


async def due(guarded: Guarded) -> None:
    assert (await guarded.admin.patch(READER, {"PasswordChangeRequired": True})).status == 200


async def test_a_login_with_a_due_password_says_so(guarded: Guarded) -> None:
    await due(guarded)
    answer = await guarded.nobody.post(SESSIONS, {"UserName": "readonly", "Password": PASSWORD})
    assert answer.status == 201
    (message,) = answer.json["@Message.ExtendedInfo"]
    assert message["MessageId"] == "Base.1.13.PasswordChangeRequired"
    assert message["MessageArgs"] == [READER]
    client = guarded.nobody.with_token(answer.headers["X-Auth-Token"])
    assert (await client.get(answer.headers["Location"])).status == 403
    assert (await client.get(READER)).status == 200
    assert (await client.delete(answer.headers["Location"])).status == 204
    assert (await client.get(READER)).status == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", SESSIONS),
        ("HEAD", SESSIONS),
        ("GET", SERVICE),
        ("GET", ACCOUNTS),
        ("GET", "/redfish/v1/Systems"),
        ("GET", OPERATOR),
        ("PATCH", OPERATOR),
        ("DELETE", READER),
        ("POST", ACCOUNTS),
        ("GET", "/nowhere"),
        ("BREW", READER),
    ],
)
async def test_with_a_due_password_nothing_else_is_done(guarded: Guarded, method: str, path: str) -> None:
    await due(guarded)
    answer = await guarded.reader.ask(method, path, {} if method in ("POST", "PATCH") else None)
    assert answer.status == 403
    if method != "HEAD":
        assert answer.keys == ["PasswordChangeRequired"]
        assert answer.messages[0]["MessageArgs"] == [READER]


async def test_a_due_password_is_changed_and_all_is_well(guarded: Guarded) -> None:
    await due(guarded)
    own = await guarded.reader.get(READER)
    assert own.json["PasswordChangeRequired"] is True
    same = await guarded.reader.patch(READER, {"Password": PASSWORD})
    assert (same.status, same.keys) == (400, ["PropertyValueError"])
    sly = await guarded.reader.patch(READER, {"PasswordChangeRequired": False})
    assert (sly.status, sly.keys) == (403, ["PasswordChangeRequired"])
    answer = await guarded.reader.patch(READER, {"Password": WORD}, If_Match=own.headers["ETag"])
    assert answer.status == 200
    assert answer.json["PasswordChangeRequired"] is False
    assert (await guarded.nobody.as_role("ReadOnly", WORD).get(SESSIONS)).status == 200


async def test_not_even_an_administrator_does_anything_with_a_due_password(guarded: Guarded) -> None:
    assert (await guarded.admin.patch(ADMIN, {"PasswordChangeRequired": True})).status == 200
    mine, theirs = await guarded.session("administrator"), await guarded.session("operator")
    assert (await guarded.admin.delete(theirs)).status == 403
    assert (await guarded.admin.patch(ADMIN, {"PasswordChangeRequired": False})).status == 403
    assert (await guarded.admin.patch(READER, {"Password": WORD})).status == 403
    assert (await guarded.admin.delete(mine)).status == 204
