"""The account service: its rules are true, they can be changed, and wrong passwords lock an account."""

import pytest

from tests.web.guarded import Guarded
from tests.web.standins import account

SERVICE = "/redfish/v1/AccountService"
ACCOUNTS = f"{SERVICE}/Accounts"
OPERATOR = f"{ACCOUNTS}/{account('Operator')}"
RESET_AFTER = "AccountLockoutCounterResetAfter"
NEW = {"UserName": "carol123", "Password": "Abcdefg-1234_xyz", "RoleId": "Operator"}


async def test_the_service_tells_its_rules_truly(guarded: Guarded) -> None:
    body = (await guarded.reader.get(SERVICE)).json
    assert (body["Accounts"], body["Roles"]) == ({"@odata.id": ACCOUNTS}, {"@odata.id": f"{SERVICE}/Roles"})
    assert (body["HTTPBasicAuth"], body["LocalAccountAuth"]) == ("Enabled", "Enabled")
    least, most = body["MinPasswordLength"], body["MaxPasswordLength"]
    letters = "abcdefgh" * 100
    for length, status in (
        (least - 1, 400),
        (least, 201),
        (14, 201),
        (26, 201),
        (most, 201),
        (most + 1, 400),
    ):
        new = {**NEW, "UserName": f"user{length}", "Password": letters[:length]}
        answer = await guarded.admin.post(ACCOUNTS, new)
        assert answer.status == status
        if status == 400:
            assert f"{least} to {most} characters" in answer.words
            assert letters[:length] not in answer.raw.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"AccountLockoutThreshold": 3},
        {"AccountLockoutThreshold": 0},
        {"AccountLockoutDuration": 0},
        {"AccountLockoutDuration": 600, "AccountLockoutCounterResetAfter": 600},
        {"AccountLockoutCounterResetAfter": 0},
        {"AccountLockoutCounterResetEnabled": False, "AccountLockoutDuration": 1},
    ],
)
async def test_the_rules_of_lock_out_are_changed(guarded: Guarded, change: dict[str, object]) -> None:
    before = await guarded.admin.get(SERVICE)
    answer = await guarded.admin.patch(SERVICE, change, If_Match=before.headers["ETag"])
    assert answer.status == 200
    assert {name: answer.json[name] for name in change} == change
    after = await guarded.reader.get(SERVICE)
    assert after.json == answer.json
    assert after.headers["ETag"] != before.headers["ETag"]
    assert (await guarded.admin.patch(SERVICE, change, If_Match=before.headers["ETag"])).status == 412
    assert (await guarded.operator.patch(SERVICE, change)).status == 403


@pytest.mark.parametrize(
    ("change", "key", "name"),
    [
        ({"AccountLockoutThreshold": -1}, "PropertyValueError", "AccountLockoutThreshold"),
        ({"AccountLockoutThreshold": "3"}, "PropertyValueTypeError", "AccountLockoutThreshold"),
        ({"AccountLockoutThreshold": True}, "PropertyValueTypeError", "AccountLockoutThreshold"),
        ({"AccountLockoutDuration": 10}, "PropertyValueConflict", "AccountLockoutDuration"),
        (
            {"AccountLockoutCounterResetAfter": 301},
            "PropertyValueConflict",
            "AccountLockoutCounterResetAfter",
        ),
        ({"MinPasswordLength": 4}, "PropertyNotWritable", "MinPasswordLength"),
        ({"LDAP": {}}, "PropertyUnknown", "LDAP"),
    ],
)
async def test_rules_that_cannot_be_are_told(
    guarded: Guarded, change: dict[str, object], key: str, name: str
) -> None:
    before = (await guarded.admin.get(SERVICE)).json
    answer = await guarded.admin.patch(SERVICE, change)
    assert (answer.status, answer.keys) == (400, [key])
    assert answer.messages[0]["RelatedProperties"] == [f"#/{name}"]
    assert (await guarded.admin.get(SERVICE)).json == before


async def test_times_that_do_not_go_together_are_told_and_the_rest_is_set(guarded: Guarded) -> None:
    before = (await guarded.admin.get(SERVICE)).json
    change = {"AccountLockoutDuration": 2, "AccountLockoutThreshold": 7, "Foo": 1}
    answer = await guarded.admin.patch(SERVICE, change)
    assert answer.status == 200
    told = [message["RelatedProperties"] for message in answer.json["@Message.ExtendedInfo"]]
    assert told == [["#/Foo"], ["#/AccountLockoutDuration"]]
    after = (await guarded.admin.get(SERVICE)).json
    assert after == {**before, "AccountLockoutThreshold": 7, "@odata.etag": after["@odata.etag"]}
    del change["AccountLockoutThreshold"]
    nothing = await guarded.admin.patch(SERVICE, change)
    assert (nothing.status, nothing.keys) == (400, ["PropertyUnknown", "PropertyValueConflict"])
    assert (await guarded.admin.get(SERVICE)).json == after


async def test_counts_that_may_end_again_are_told_of_where_they_would_outlast_the_lock(
    guarded: Guarded,
) -> None:
    name = "AccountLockoutCounterResetEnabled"
    assert (await guarded.admin.patch(SERVICE, {name: False, "AccountLockoutDuration": 1})).status == 200
    answer = await guarded.admin.patch(SERVICE, {name: True})
    assert (answer.status, answer.keys) == (400, ["PropertyValueConflict"])
    assert answer.messages[0]["RelatedProperties"] == [f"#/{name}"]


async def test_who_is_locked_is_seen_and_unlocked_and_not_told(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    threshold = (await guarded.admin.get(SERVICE)).json["AccountLockoutThreshold"]
    wrong = guarded.nobody.as_role("Operator", "a wrong one")
    token = await guarded.token("operator")
    told = {(await wrong.get(OPERATOR)).raw for _ in range(threshold)}
    before = await guarded.admin.get(OPERATOR)
    assert "account operator is locked" in caplog.text
    caplog.clear()
    assert before.json["Locked"] is True
    right = await guarded.operator.get(OPERATOR)
    assert (right.status, {right.raw}) == (401, told)
    assert (await guarded.nobody.with_token(token).get(OPERATOR)).status == 200
    assert (await guarded.admin.patch(OPERATOR, {"Locked": True})).status == 400
    answer = await guarded.admin.patch(OPERATOR, {"Locked": False}, If_Match=before.headers["ETag"])
    assert (answer.status, answer.json["Locked"]) == (200, False)
    assert (await guarded.operator.get(OPERATOR)).status == 200
