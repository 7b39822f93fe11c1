"""DMTF's own tools and library manage accounts: add, change, unlock and remove them, and see to passwords."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redfish
import redfish_utilities  # type: ignore[import-untyped]
import requests
from redfish.messages import RedfishOperationFailedError, RedfishPasswordChangeRequiredError
from redfish.rest.v1 import InvalidCredentialsError

from tests.interop.plain import SESSIONS, plain_client
from tests.service import Service

pytestmark = pytest.mark.timeout(120)

ACCOUNTS = "/redfish/v1/AccountService/Accounts"
NAME, PASSWORD, OTHER = "carol123", "Abcdefg-1234_xyz", "Xyzabcd-4321_gfe"
ROLES = ("ReadOnly", "Operator", "Administrator")


@pytest.fixture
def service(no_proxy: None, tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path) as running:
        yield running


def new_client(service: Service, name: str, password: str) -> Any:
    return redfish.redfish_client(
        base_url=service.url,
        username=name,
        password=password,
        cafile=str(service.certificate),
        timeout=20,
        max_retry=1,
    )


@contextmanager
def logged_in(service: Service, name: str = "", password: str = "", auth: str = "session") -> Iterator[Any]:
    client = new_client(service, name or service.user, password or service.password)
    client.login(auth=auth)
    try:
        yield client
    finally:
        client.logout()


def user(client: Any, name: str = NAME) -> dict[str, Any] | None:
    """What the list of users says of this one."""
    found = {one["UserName"]: one for one in redfish_utilities.get_users(client)}
    return found.get(name)


@pytest.mark.parametrize("auth", ["session", "basic"])
def test_an_account_is_added_changed_and_removed(service: Service, auth: str) -> None:
    with logged_in(service, auth=auth) as admin:
        redfish_utilities.add_user(admin, NAME, PASSWORD, "ReadOnly")
        assert user(admin) == {
            "UserName": NAME,
            "RoleId": "ReadOnly",
            "Locked": False,
            "Enabled": True,
            "PasswordChangeRequired": False,
        }
        for role in ROLES:
            redfish_utilities.modify_user(admin, NAME, new_role=role)
            changed = user(admin)
            assert changed is not None
            assert changed["RoleId"] == role
        with logged_in(service, NAME, PASSWORD) as carol:
            assert len(redfish_utilities.get_users(carol)) == 2
            redfish_utilities.modify_user(admin, NAME, new_role="ReadOnly")
            assert [one["UserName"] for one in redfish_utilities.get_users(carol)] == [NAME]
        redfish_utilities.modify_user(admin, NAME, new_enabled=False)
        with pytest.raises(InvalidCredentialsError):
            new_client(service, NAME, PASSWORD).login(auth=auth)
        redfish_utilities.modify_user(admin, NAME, new_enabled=True, new_password=OTHER)
        with logged_in(service, NAME, OTHER):
            pass
        redfish_utilities.modify_user(admin, NAME, new_name="carola")
        redfish_utilities.delete_user(admin, "carola")
        assert [one["UserName"] for one in redfish_utilities.get_users(admin)] == [service.user]


def test_what_is_wrong_is_told_in_their_words(service: Service) -> None:
    with logged_in(service) as admin:
        with pytest.raises(RedfishOperationFailedError, match="8 to 128 characters"):
            redfish_utilities.add_user(admin, NAME, "short", "ReadOnly")
        with pytest.raises(RedfishOperationFailedError, match="last enabled account"):
            redfish_utilities.delete_user(admin, service.user)
        assert user(admin) is None


@pytest.mark.parametrize("role", ROLES)
def test_a_due_password_is_told_at_the_login_and_changed_by_its_owner(service: Service, role: str) -> None:
    with logged_in(service) as admin:
        redfish_utilities.add_user(admin, NAME, PASSWORD, role)
        redfish_utilities.modify_user(admin, NAME, new_pass_chng_req=True)
        client = new_client(service, NAME, PASSWORD)
        with pytest.raises(RedfishPasswordChangeRequiredError) as told:
            client.login(auth="session")
        own = told.value.args[1]
        assert client.get("/redfish/v1/SessionService/Sessions").status == 403
        redfish_utilities.modify_user(client, NAME, new_password=OTHER, user_uri=own)
        assert client.get("/redfish/v1/SessionService/Sessions").status == 200
        client.logout()
        with logged_in(service, NAME, OTHER) as carol:
            assert carol.get(own).dict["PasswordChangeRequired"] is False


def test_an_account_that_was_locked_is_unlocked(service: Service) -> None:
    with logged_in(service) as admin:
        redfish_utilities.add_user(admin, NAME, PASSWORD, "Operator")
        threshold = admin.get("/redfish/v1/AccountService").dict["AccountLockoutThreshold"]
        for _ in range(threshold):
            with pytest.raises(InvalidCredentialsError):
                new_client(service, NAME, "not the password").login(auth="session")
        with pytest.raises(InvalidCredentialsError):
            new_client(service, NAME, PASSWORD).login(auth="session")
        locked = user(admin)
        assert locked is not None
        assert locked["Locked"] is True
        redfish_utilities.modify_user(admin, NAME, new_locked=False)
        with logged_in(service, NAME, PASSWORD):
            pass


def test_of_four_that_write_at_once_over_their_own_connections_one_wins(service: Service) -> None:
    with plain_client(service) as plain:
        made = plain.post(ACCOUNTS, {"UserName": NAME, "Password": PASSWORD, "RoleId": "Operator"})
        account, tag = made.headers["Location"], made.headers["ETag"]

        def write(_: int) -> int:
            with plain_client(service) as other:
                change = {"RoleId": "ReadOnly", "Password": OTHER}
                return other.ask("PATCH", account, change, **{"If-Match": tag}).status_code

        with ThreadPoolExecutor(4) as threads:
            assert sorted(threads.map(write, range(4))) == [200, 412, 412, 412]
        assert plain.read(account)["RoleId"] == "ReadOnly"


def test_all_of_it_is_there_after_a_restart_and_no_password_is(no_proxy: None, tmp_path: Path) -> None:
    service_uri, roles = "/redfish/v1/AccountService", "/redfish/v1/AccountService/Roles"
    with Service(tmp_path) as service, plain_client(service) as plain:
        role = {"RoleId": "Auditor", "AssignedPrivileges": ["Login", "ConfigureSelf"]}
        assert plain.post(roles, role).status_code == 201
        new = {"UserName": NAME, "Password": PASSWORD, "RoleId": "Auditor", "PasswordChangeRequired": True}
        own = plain.post(ACCOUNTS, new).headers["Location"]
        assert plain.ask("PATCH", service_uri, {"AccountLockoutThreshold": 3}).status_code == 200
        login = plain.post(SESSIONS, {"UserName": NAME, "Password": PASSWORD})
        before = {path: plain.read(path) for path in (own, f"{roles}/Auditor", service_uri)}
    with Service(tmp_path) as service, plain_client(service) as plain:
        assert {path: plain.read(path) for path in before} == before
        token = login.headers["X-Auth-Token"]
        carol = requests.Session()
        carol.trust_env, carol.verify = False, str(service.certificate)
        with carol:
            headers = {"X-Auth-Token": token}
            assert carol.get(f"{service.url}{own}", headers=headers).json()["UserName"] == NAME
            assert carol.get(f"{service.url}{SESSIONS}", headers=headers).status_code == 403
        plain.delete(own)
        assert plain.delete(f"{roles}/Auditor").status_code == 204
        written = service.log
    for file in service.data.iterdir():
        assert PASSWORD.encode() not in file.read_bytes()
        assert token.encode() not in file.read_bytes()
    assert PASSWORD not in written
    assert token not in written
