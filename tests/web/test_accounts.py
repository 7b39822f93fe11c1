"""The account service and accounts, over a real socket, with real accounts and the real gate."""

import asyncio
import base64

import pytest

from tests.web.client import Client
from tests.web.guarded import Guarded
from tests.web.standins import PASSWORD, ROLES, account

SERVICE = "/redfish/v1/AccountService"
ACCOUNTS = f"{SERVICE}/Accounts"
SESSIONS = "/redfish/v1/SessionService/Sessions"
ADMIN, OPERATOR, READER = (f"{ACCOUNTS}/{account(role)}" for role in ROLES)
NEW = {"UserName": "carol123", "Password": "Abcdefg-1234_xyz", "RoleId": "Operator"}
WORD = "another good word"


async def made(guarded: Guarded, **more: object) -> str:
    """The URI of a new account."""
    answer = await guarded.admin.post(ACCOUNTS, {**NEW, **more})
    assert answer.status == 201
    return answer.headers["Location"]


def basic(guarded: Guarded, name: str, password: str) -> Client:
    pair = base64.b64encode(f"{name}:{password}".encode()).decode()
    return Client(guarded.base, {"Authorization": f"Basic {pair}"})


# --- making and reading


@pytest.mark.parametrize("path", [ACCOUNTS, f"{ACCOUNTS}/", f"{ACCOUNTS}/Members"])
@pytest.mark.parametrize("role", ROLES)
async def test_an_account_is_made_and_there_at_once(guarded: Guarded, path: str, role: str) -> None:
    answer = await guarded.admin.post(path, {**NEW, "RoleId": role})
    assert answer.status == 201
    uri = answer.headers["Location"]
    assert answer.json["@odata.id"] == uri
    expected = {
        "UserName": "carol123",
        "Password": None,
        "RoleId": role,
        "Enabled": True,
        "Locked": False,
        "PasswordChangeRequired": False,
        "AccountTypes": ["Redfish"],
    }
    assert {name: answer.json[name] for name in expected} == expected
    assert answer.json["Links"]["Role"] == {"@odata.id": f"{SERVICE}/Roles/{role}"}
    assert NEW["Password"] not in answer.raw.decode()
    listed = (await guarded.admin.get(ACCOUNTS)).json
    assert [member["@odata.id"] for member in listed["Members"]] == [ADMIN, OPERATOR, READER, uri]
    assert listed["Members@odata.count"] == 4
    carol = basic(guarded, "carol123", NEW["Password"])
    assert (await carol.get(uri)).json == answer.json
    assert (await carol.post(ACCOUNTS, NEW)).status == (409 if role == "Administrator" else 403)


async def test_what_an_account_can_be_made_with(guarded: Guarded) -> None:
    uri = await made(
        guarded, Enabled=False, PasswordChangeRequired=True, Locked=False, AccountTypes=["Redfish"]
    )
    body = (await guarded.admin.get(uri)).json
    assert (body["Enabled"], body["PasswordChangeRequired"]) == (False, True)
    login = {"UserName": "carol123", "Password": NEW["Password"]}
    assert (await guarded.nobody.post(SESSIONS, login)).status == 401


@pytest.mark.parametrize(
    ("change", "key", "about"),
    [
        ({"UserName": "a:b"}, "PropertyValueError", "UserName"),
        ({"UserName": ""}, "PropertyValueError", "UserName"),
        ({"UserName": "x" * 65}, "PropertyValueError", "UserName"),
        ({"UserName": None}, "PropertyValueTypeError", "UserName"),
        ({"Password": "aaaaaaaaaa"}, "PropertyValueError", "Password"),
        ({"Password": "carol123"}, "PropertyValueError", "Password"),
        ({"Password": 12345678}, "PropertyValueTypeError", "Password"),
        ({"RoleId": "Emperor"}, "PropertyValueNotInList", "RoleId"),
        ({"Enabled": "yes"}, "PropertyValueTypeError", "Enabled"),
        ({"Locked": True}, "PropertyValueNotInList", "Locked"),
        ({"AccountTypes": ["SNMP"]}, "PropertyValueNotInList", "AccountTypes/0"),
        ({"AccountTypes": []}, "PropertyValueError", "AccountTypes"),
        ({"AccountTypes": "Redfish"}, "PropertyValueTypeError", "AccountTypes"),
        ({"Nickname": "caro"}, "PropertyUnknown", "Nickname"),
    ],
)
async def test_what_an_account_cannot_be_is_told(
    guarded: Guarded, change: dict[str, object], key: str, about: str
) -> None:
    answer = await guarded.admin.post(ACCOUNTS, {**NEW, **change})
    assert (answer.status, answer.keys) == (400, [key])
    assert "Location" not in answer.headers
    assert answer.messages[0]["RelatedProperties"] == [f"#/{about}"]
    assert "12345678" not in answer.raw.decode()
    assert (await guarded.admin.get(ACCOUNTS)).json["Members@odata.count"] == 3


async def test_what_is_missing_is_told_all_at_once(guarded: Guarded) -> None:
    answer = await guarded.admin.post(ACCOUNTS, {})
    assert (answer.status, answer.keys) == (400, ["CreateFailedMissingReqProperties"] * 3)


async def test_a_name_is_given_once(guarded: Guarded) -> None:
    answer = await guarded.admin.post(ACCOUNTS, {**NEW, "UserName": "operator"})
    assert (answer.status, answer.keys) == (409, ["ResourceAlreadyExists"])


async def test_ones_own_account_and_no_other(guarded: Guarded) -> None:
    assert (await guarded.operator.get(ACCOUNTS)).json["Members"] == [{"@odata.id": OPERATOR}]
    assert (await guarded.operator.get(OPERATOR)).json["UserName"] == "operator"
    assert (await guarded.operator.get(READER)).status == 403
    assert (await guarded.operator.get(f"{ACCOUNTS}/none")).status == 404
    assert (await guarded.nobody.get(f"{ACCOUNTS}/none", If_None_Match='"1"')).status == 401


# --- deleting


async def test_who_is_deleted_is_gone_with_all_sessions(guarded: Guarded) -> None:
    token = await guarded.token("operator")
    assert (await guarded.operator.get(OPERATOR)).status == 200
    assert (await guarded.admin.delete(OPERATOR)).status == 204
    assert (await guarded.nobody.with_token(token).get(SESSIONS)).status == 401
    assert (await guarded.operator.get(OPERATOR)).status == 401
    assert (await guarded.admin.get(OPERATOR)).status == 404
    assert (await guarded.admin.delete(OPERATOR)).status == 404
    assert (await guarded.nobody.get(OPERATOR, If_None_Match='"1"')).status == 401


async def test_the_last_administrator_cannot_go(guarded: Guarded) -> None:
    answer = await guarded.admin.delete(ADMIN)
    assert (answer.status, answer.keys) == (409, ["ResourceCannotBeDeleted"])
    assert "last enabled account" in answer.words
    assert "another administrator first" in answer.words
    for change, name in (({"Enabled": False}, "Enabled"), ({"RoleId": "ReadOnly"}, "RoleId")):
        answer = await guarded.admin.patch(ADMIN, change)
        assert (answer.status, answer.keys) == (409, ["PropertyValueExternalConflict"])
        assert answer.messages[0]["MessageArgs"][0] == name
    await made(guarded, RoleId="Administrator")
    assert (await guarded.admin.delete(ADMIN)).status == 204


# --- changing


@pytest.mark.parametrize(
    ("change", "reads"),
    [
        ({"RoleId": "ReadOnly"}, {"RoleId": "ReadOnly"}),
        ({"UserName": "oliver"}, {"UserName": "oliver"}),
        ({"Enabled": False}, {"Enabled": False}),
        ({"PasswordChangeRequired": True}, {"PasswordChangeRequired": True}),
        ({"Password": WORD}, {"Password": None}),
        ({"Locked": False}, {"Locked": False}),
        ({"AccountTypes": ["Redfish"]}, {"AccountTypes": ["Redfish"]}),
        ({"RoleId": "ReadOnly", "Enabled": False}, {"RoleId": "ReadOnly", "Enabled": False}),
    ],
)
async def test_what_an_administrator_changes_reads_back(
    guarded: Guarded, change: dict[str, object], reads: dict[str, object]
) -> None:
    before = await guarded.admin.get(OPERATOR)
    answer = await guarded.admin.patch(OPERATOR, change, If_Match=before.headers["ETag"])
    assert answer.status == 200
    after = await guarded.admin.get(OPERATOR)
    assert {name: after.json[name] for name in reads} == reads
    assert after.headers["ETag"] not in ("", before.headers["ETag"])
    assert after.headers["ETag"] == after.json["@odata.etag"]
    stale = await guarded.admin.patch(OPERATOR, change, If_Match=before.headers["ETag"])
    assert stale.status == 412
    assert (await guarded.admin.get(OPERATOR)).json == after.json


async def test_of_four_that_write_at_once_one_wins(guarded: Guarded) -> None:
    tag = (await guarded.admin.get(OPERATOR)).headers["ETag"]
    change = {"RoleId": "ReadOnly", "Password": WORD}
    answers = await asyncio.gather(
        *(guarded.admin.patch(OPERATOR, change, If_Match=tag, Connection="close") for _ in range(4))
    )
    assert sorted(answer.status for answer in answers) == [200, 412, 412, 412]


@pytest.mark.parametrize("tag", ['"never issued"', 'W/"1"', '"1"x', "1", '"1', '""'])
async def test_a_tag_that_is_not_the_present_one_is_412_before_the_body_matters(
    guarded: Guarded, tag: str
) -> None:
    before = await guarded.admin.get(OPERATOR)
    assert before.headers["ETag"] == '"1"'
    for body in ({"Enabled": False}, {"Enabled": "no"}, b"{"):
        answer = await guarded.admin.patch(OPERATOR, body, If_Match=tag)
        assert (answer.status, answer.keys) == (412, ["PreconditionFailed"])
    assert (await guarded.admin.get(OPERATOR)).json == before.json
    for good in ('"1"', '"0", "1"', "*"):
        assert (await guarded.admin.patch(OPERATOR, {"Enabled": "no"}, If_Match=good)).status == 400


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        ({}, ["NoOperation"]),
        ({"@odata.id": OPERATOR + "/"}, ["NoOperation"]),
        ({"Id": "x"}, ["PropertyNotWritable"]),
        ({"Nonsense": 1}, ["PropertyUnknown"]),
        ({"Nonsense": 1, "Name": "x"}, ["PropertyUnknown", "PropertyNotWritable"]),
        ({"RoleId": "ReadOnly", "Password": "short"}, ["PropertyValueError"]),
        ({"RoleId": None}, ["PropertyValueTypeError"]),
        ({"UserName": ""}, ["PropertyValueError"]),
        ({"UserName": "readonly"}, ["ResourceAlreadyExists"]),
    ],
)
async def test_what_cannot_be_changed_is_told_and_nothing_is_changed(
    guarded: Guarded, body: dict[str, object], keys: list[str]
) -> None:
    before = await guarded.admin.get(OPERATOR)
    answer = await guarded.admin.patch(OPERATOR, body)
    assert (answer.status, answer.keys) == (409 if "ResourceAlreadyExists" in keys else 400, keys)
    told = {name for name in body if "@odata" not in name} - {"RoleId"} or set(body) - {"@odata.id"}
    assert all(name in answer.words for name in told)
    assert (await guarded.admin.get(OPERATOR)).json == before.json


async def test_what_can_be_changed_is_and_the_rest_is_told(guarded: Guarded) -> None:
    answer = await guarded.admin.patch(OPERATOR, {"RoleId": "ReadOnly", "Nonsense": 1, "Enabled": "no"})
    assert (answer.status, answer.json["RoleId"], answer.json["Enabled"]) == (200, "ReadOnly", True)
    told = [message["MessageId"].rpartition(".")[2] for message in answer.json["@Message.ExtendedInfo"]]
    assert told == ["PropertyUnknown", "PropertyValueTypeError"]
    assert "@Message.ExtendedInfo" not in (await guarded.admin.get(OPERATOR)).json


@pytest.mark.parametrize(
    ("body", "status", "about", "set_"),
    [
        ({"RoleId": "Nope", "Enabled": False}, 200, ["RoleId"], {"Enabled": False}),
        ({"UserName": "readonly", "Enabled": False}, 200, ["UserName"], {"Enabled": False}),
        ({"RoleId": "Nope", "Foo": 1, "UserName": "a:b"}, 400, ["Foo", "RoleId", "UserName"], {}),
        ({"RoleId": "Nope", "UserName": "a:b", "Password": WORD}, 200, ["RoleId", "UserName"], {}),
        ({"RoleId": "Nope", "UserName": "readonly"}, 400, ["RoleId", "UserName"], {}),
        ({"Password": "short", "Foo": 1}, 400, ["Foo", "Password"], {}),
        ({"Password": 1, "RoleId": "ReadOnly"}, 400, ["Password"], {}),
        ({"Password": "short", "RoleId": "Nope", "Enabled": False}, 400, ["Password", "RoleId"], {}),
    ],
)  # fmt: skip
async def test_each_property_is_told_of_and_a_refused_password_lets_nothing_be_set(
    guarded: Guarded, body: dict[str, object], status: int, about: list[str], set_: dict[str, object]
) -> None:
    before = (await guarded.admin.get(OPERATOR)).json
    answer = await guarded.admin.patch(OPERATOR, body)
    assert answer.status == status
    messages = answer.messages if status == 400 else answer.json["@Message.ExtendedInfo"]
    assert [name for message in messages for name in message["RelatedProperties"]] == [
        f"#/{n}" for n in about
    ]
    after = (await guarded.admin.get(OPERATOR)).json
    assert after == {**before, **set_, "@odata.etag": after["@odata.etag"]}
    assert (after["@odata.etag"] == before["@odata.etag"]) is (status == 400)


async def test_who_alone_may_change_accounts_stays_so_and_the_rest_is_set(guarded: Guarded) -> None:
    alone = f"{ACCOUNTS}/{account('Administrator')}"
    change = {"RoleId": "ReadOnly", "Enabled": False, "PasswordChangeRequired": False, "UserName": "root"}
    refused = await guarded.admin.patch(alone, {"RoleId": "ReadOnly", "Enabled": False})
    assert (refused.status, refused.keys) == (409, 2 * ["PropertyValueExternalConflict"])
    answer = await guarded.admin.patch(alone, change)
    told = [message["RelatedProperties"] for message in answer.json["@Message.ExtendedInfo"]]
    assert (answer.status, told) == (200, [["#/Enabled"], ["#/RoleId"]])
    assert [answer.json[n] for n in ("UserName", "RoleId", "Enabled")] == ["root", "Administrator", True]


async def test_a_new_account_is_refused_with_all_that_is_wrong(guarded: Guarded) -> None:
    wrong = {"UserName": "a:b", "Password": "short", "RoleId": "Nope"}
    answer = await guarded.admin.post(ACCOUNTS, wrong)
    assert (answer.status, len(answer.messages)) == (400, 3)
    told = [message["RelatedProperties"] for message in answer.messages]
    assert told == [["#/UserName"], ["#/Password"], ["#/RoleId"]]


async def test_a_delete_with_a_stale_tag_does_nothing(guarded: Guarded) -> None:
    tag = (await guarded.admin.get(OPERATOR)).headers["ETag"]
    await guarded.admin.patch(OPERATOR, {"RoleId": "ReadOnly"})
    assert (await guarded.admin.delete(OPERATOR, If_Match=tag)).status == 412
    tag = (await guarded.admin.get(OPERATOR)).headers["ETag"]
    assert (await guarded.admin.delete(OPERATOR, If_Match=tag)).status == 204


async def test_the_own_password_and_nothing_else_is_ones_own_to_change(guarded: Guarded) -> None:
    assert (await guarded.operator.patch(OPERATOR, {"Password": WORD})).status == 200
    assert (await guarded.operator.get(OPERATOR)).status == 401
    changed = guarded.nobody.as_role("Operator", WORD)
    assert (await changed.get(OPERATOR)).status == 200
    for body in ({"RoleId": "Administrator"}, {"Password": PASSWORD, "RoleId": "Administrator"}):
        answer = await changed.patch(OPERATOR, body)
        assert (answer.status, answer.keys) == (403, ["InsufficientPrivilege"])
    assert (await changed.get(OPERATOR)).json["RoleId"] == "Operator"
    short = await changed.patch(OPERATOR, {"Password": "short"})
    assert (short.status, short.keys) == (400, ["PropertyValueError"])
    assert "8 to 128 characters" in short.words


@pytest.mark.parametrize("body", [{"Password": WORD}, {"Password": 1}, {}, b"{", {"Nonsense": 1}])
async def test_anothers_password_is_403_whatever_else_is_wrong(guarded: Guarded, body: object) -> None:
    for headers in ({}, {"If_Match": '"never issued"'}):
        answer = await guarded.reader.ask("PATCH", OPERATOR, body, headers)
        assert (answer.status, answer.keys) == (403, ["InsufficientPrivilege"])
    assert (await guarded.operator.get(OPERATOR)).status == 200
