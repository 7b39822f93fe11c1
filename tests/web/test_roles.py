"""Roles, over a real socket, with real accounts and the real gate."""

import pytest

from actors import PREDEFINED_ROLES
from tests.web.guarded import Guarded
from tests.web.standins import account
from web.route import Route
from web.routes import ROUTES

ROLES = "/redfish/v1/AccountService/Roles"
OPERATOR = f"/redfish/v1/AccountService/Accounts/{account('Operator')}"
AUDITOR = {"RoleId": "Auditor", "AssignedPrivileges": ["Login", "ConfigureSelf"]}


async def test_the_predefined_roles_are_redfishs(guarded: Guarded) -> None:
    listed = (await guarded.reader.get(ROLES)).json
    assert [member["@odata.id"] for member in listed["Members"]] == [
        f"{ROLES}/{name}" for name in PREDEFINED_ROLES
    ]
    everything = ["Login", "ConfigureManager", "ConfigureUsers", "ConfigureSelf", "ConfigureComponents"]
    expected = {
        "Administrator": everything,
        "Operator": ["Login", "ConfigureSelf", "ConfigureComponents"],
        "ReadOnly": ["Login", "ConfigureSelf"],
    }
    for name, privileges in expected.items():
        body = (await guarded.reader.get(f"{ROLES}/{name}")).json
        assert (body["Id"], body["RoleId"], body["IsPredefined"]) == (name, name, True)
        assert sorted(body["AssignedPrivileges"]) == sorted(privileges)


@pytest.mark.parametrize("name", PREDEFINED_ROLES)
async def test_a_predefined_role_cannot_be_changed_and_says_so(guarded: Guarded, name: str) -> None:
    uri = f"{ROLES}/{name}"
    before = await guarded.admin.get(uri)
    assert before.headers["Allow"] == "GET, HEAD"
    for headers in ({}, {"If_Match": before.headers["ETag"]}):
        for method, body in (("PATCH", {"AssignedPrivileges": ["Login"]}), ("DELETE", None)):
            answer = await guarded.admin.ask(method, uri, body, headers)
            assert (answer.status, answer.keys) == (405, ["OperationNotAllowed"])
            assert answer.headers["Allow"] == "GET, HEAD"
            assert "predefined" in answer.words
            assert (await guarded.operator.ask(method, uri, body, headers)).status == 403
    assert (await guarded.admin.get(uri)).json == before.json


@pytest.mark.parametrize("route", [route for route in ROUTES if route.privileges], ids=str)
async def test_who_may_not_log_in_may_do_nothing_that_takes_credentials(
    guarded: Guarded, route: Route
) -> None:
    """Not by Basic either, whatever else the role allows, nor in a session from before."""
    token = await guarded.token("operator")
    all_else = [name for name in PREDEFINED_ROLES["Administrator"] if name != "Login"]
    made = await guarded.admin.post(ROLES, {"RoleId": "Shut", "AssignedPrivileges": all_else})
    assert made.status == 201
    assert (await guarded.admin.patch(OPERATOR, {"RoleId": "Shut"})).status == 200
    before = await guarded.admin.get(ROLES)
    path = OPERATOR if route.path.endswith("/Accounts/{id}") else route.path.replace("{", "").replace("}", "")
    for client in (guarded.operator, guarded.nobody.with_token(token)):
        for method in route.privileges:
            if not route.is_open(method):
                answer = await client.ask(method, path, {} if method in ("POST", "PATCH") else None)
                assert (answer.status, answer.keys) == (403, ["InsufficientPrivilege"]), method
                assert "Login" in answer.words
    assert (await guarded.admin.get(ROLES)).json == before.json


@pytest.mark.parametrize("path", [ROLES, f"{ROLES}/Members"])
async def test_a_role_is_made_changed_used_and_deleted(guarded: Guarded, path: str) -> None:
    answer = await guarded.admin.post(path, AUDITOR)
    assert (answer.status, answer.headers["Location"]) == (201, f"{ROLES}/Auditor")
    assert answer.json["IsPredefined"] is False
    uri = answer.headers["Location"]
    read = await guarded.reader.get(uri)
    assert read.headers["Allow"] == "GET, HEAD, PATCH, DELETE"
    assert read.json == answer.json
    assert (await guarded.admin.patch(OPERATOR, {"RoleId": "Auditor"})).status == 200
    assert (await guarded.operator.post("/redfish/v1/AggregationService/Aggregates", {})).status == 403
    wider = {"AssignedPrivileges": ["Login", "ConfigureSelf", "ConfigureManager"]}
    changed = await guarded.admin.patch(uri, wider, If_Match=read.headers["ETag"])
    assert changed.status == 200
    assert set(changed.json["AssignedPrivileges"]) == set(wider["AssignedPrivileges"])
    assert (await guarded.admin.patch(uri, wider, If_Match=read.headers["ETag"])).status == 412
    assert (await guarded.operator.post(ROLES, {})).status == 400  # let in by the privilege just given
    refused = await guarded.admin.delete(uri)
    assert (refused.status, refused.keys) == (409, ["ResourceInUse"])
    assert "operator" in refused.words
    assert "another role" in refused.words
    assert (await guarded.admin.patch(OPERATOR, {"RoleId": "ReadOnly"})).status == 200
    assert (await guarded.admin.delete(uri, If_Match=read.headers["ETag"])).status == 412
    assert (await guarded.admin.delete(uri)).status == 204
    assert (await guarded.admin.get(uri)).status == 404


@pytest.mark.parametrize(
    ("change", "key", "about"),
    [
        ({"RoleId": "a/b"}, "PropertyValueError", "RoleId"),
        ({"RoleId": ""}, "PropertyValueError", "RoleId"),
        ({"RoleId": 7}, "PropertyValueTypeError", "RoleId"),
        ({"AssignedPrivileges": ["Login", "Fly"]}, "PropertyValueNotInList", "AssignedPrivileges/1"),
        ({"AssignedPrivileges": [["Login"]]}, "PropertyValueNotInList", "AssignedPrivileges/0"),
        ({"AssignedPrivileges": ["Login"] * 51}, "PropertyValueError", "AssignedPrivileges"),
        ({"AssignedPrivileges": ["Fly"] * 100_000}, "PropertyValueError", "AssignedPrivileges"),
        ({"AssignedPrivileges": "Login"}, "PropertyValueTypeError", "AssignedPrivileges"),
        ({"OemPrivileges": ["Fly"]}, "PropertyUnknown", "OemPrivileges"),
    ],
)
async def test_what_a_role_cannot_be_is_told(
    guarded: Guarded, change: dict[str, object], key: str, about: str
) -> None:
    answer = await guarded.admin.post(ROLES, {**AUDITOR, **change})
    assert (answer.status, answer.keys) == (400, [key])
    assert answer.messages[0]["RelatedProperties"] == [f"#/{about}"]
    assert (await guarded.admin.get(ROLES)).json["Members@odata.count"] == 3


async def test_a_name_is_given_once(guarded: Guarded) -> None:
    for name in ("Operator", "operator"):
        answer = await guarded.admin.post(ROLES, {**AUDITOR, "RoleId": name})
        assert (answer.status, answer.keys) == (409, ["ResourceAlreadyExists"])
        assert "Operator" in answer.words
