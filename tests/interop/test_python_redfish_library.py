"""DMTF's python-redfish-library follows tasks as its documentation says, and comes to the right end."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import pytest
import redfish
import redfish_utilities  # type: ignore[import-untyped]
from redfish.aio import AsyncRedfishClient
from redfish.messages import RedfishOperationFailedError
from redfish.rest.v1 import InvalidCredentialsError

from actors import LIVE
from tests.interop.house import House, Kind
from tests.interop.plain import AGGREGATES, REDFISH_METHOD, SOURCES, TASKS, reset_target

pytestmark = pytest.mark.timeout(60)

BOTH = pytest.mark.parametrize("auth", ["session", "basic"])
FAILURES = pytest.mark.parametrize(("auth", "kind"), [("session", Kind.FAILS), ("basic", Kind.REFUSED)])
PAUSE = 0.1
"""Its documentation says five seconds where there is no Retry-After; the tests are in more of a hurry."""


def new_client(house: House, password: str = "") -> Any:
    """A client that verifies the service's certificate. One retry: a test that needs ten has failed."""
    service = house.service
    return redfish.redfish_client(
        base_url=service.url,
        username=service.user,
        password=password or service.password,
        cafile=str(service.certificate),
        timeout=20,
        max_retry=1,
    )


@contextmanager
def logged_in(house: House, auth: str = "session") -> Iterator[Any]:
    """A client that is logged in, and is logged out afterwards."""
    client = new_client(house)
    client.login(auth=auth)
    try:
        yield client
    finally:
        client.logout()


def followed(client: Any, response: Any) -> Any:
    """What the monitor answers in the end: the documentation's loop, which also reads each TaskState."""
    assert response.is_processing
    task = response.monitor(client)
    while task.is_processing:
        assert task.dict["TaskState"] in LIVE
        time.sleep(min(task.retry_after or 5, PAUSE))
        task = response.monitor(client)
    return task


def reset(client: Any, system: str, reset_type: str) -> Any:
    return client.post(reset_target(system), body={"ResetType": reset_type})


def task_of(client: Any, response: Any) -> dict[str, Any]:
    """The Task of a response that was accepted."""
    task: dict[str, Any] = client.get(f"{TASKS}/{response.task_location.rpartition('/')[2]}").dict
    return task


@BOTH
def test_a_reset_that_ends_well_is_a_success(house: House, auth: str) -> None:
    system = house.take()
    with logged_in(house, auth) as client:
        response = reset(client, system, "ForceOff")
        assert response.retry_after is None
        final = followed(client, response)
        assert final.status == 200
        assert final.dict["code"].endswith(".Success")
        assert client.get(system).dict["PowerState"] == "Off"
        assert task_of(client, response)["TaskState"] == "Completed"
    (heard,) = house.resets_heard(system)
    assert heard["body"] == {"ResetType": "ForceOff"}


@FAILURES
def test_a_reset_that_fails_is_a_failure(house: House, auth: str, kind: Kind) -> None:
    system = house.take(kind)
    with logged_in(house, auth) as client:
        response = reset(client, system, "ForceOff")
        final = followed(client, response)
        assert final.status == 400
        error = final.dict["error"]
        assert error["message"]
        assert error["@Message.ExtendedInfo"]
        task = task_of(client, response)
        assert (task["TaskState"], task["TaskStatus"]) == ("Exception", "Critical")
        again = response.monitor(client)
        assert (again.status, again.dict) == (final.status, final.dict)
    assert len(house.resets_heard(system)) == 1


def test_of_many_servers_one_that_fails_fails_the_whole(house: House) -> None:
    systems = [house.take(), house.take(Kind.FAILS), house.take()]
    with logged_in(house) as client:
        elements = [{"@odata.id": system} for system in systems]
        aggregate = client.post(AGGREGATES, body={"Elements": elements})
        assert aggregate.status == 201
        body = {"ResetType": "ForceOff", "BatchSize": 2}
        response = client.post(reset_target(aggregate.getheader("Location")), body=body)
        final = followed(client, response)
        assert final.status == 400
        task = task_of(client, response)
        assert task["TaskState"] == "Exception"
        members = client.get(task["SubTasks"]["@odata.id"]).dict["Members"]
        states = [client.get(member["@odata.id"]).dict["TaskState"] for member in members]
        assert sorted(states) == ["Completed", "Completed", "Exception"]
        assert [client.get(system).dict["PowerState"] for system in systems] == ["Off", "On", "Off"]


def test_a_task_that_was_deleted_meanwhile_is_no_success(house: House) -> None:
    system = house.take(Kind.ENDLESS)
    with logged_in(house) as client:
        response = reset(client, system, "ForceOff")
        assert response.monitor(client).is_processing
        task = f"{TASKS}/{response.task_location.rpartition('/')[2]}"
        deleted = client.delete(task)
        assert (deleted.status, deleted.dict) == (204, {})
        final = response.monitor(client)
        assert not final.is_processing
        assert final.status == 404
        assert final.dict["error"]["@Message.ExtendedInfo"]
        assert client.get(task).status == 404


def test_a_server_is_removed_and_added_again_as_tasks(house: House) -> None:
    system = house.take()
    with logged_in(house) as client:
        source = f"{SOURCES}/{system.rpartition('/')[2].partition('.')[0]}"
        host = client.get(source).dict["HostName"]
        (line,) = (line for line in house.simulator.inventory if line["HostName"] == host)

        final = followed(client, client.delete(source))
        assert (final.status, final.dict) == (204, {})
        assert client.get(source).status == 404
        assert client.get(system).status == 404

        links = {"ConnectionMethod": {"@odata.id": REDFISH_METHOD}}
        final = followed(client, client.post(SOURCES, body={**line, "Links": links}))
        assert final.status == 201
        location = final.getheader("Location")
        assert final.dict["@odata.id"] == location
        read = client.get(location)
        assert read.dict == {**final.dict, "@odata.etag": read.getheader("ETag")}
        (added,) = final.dict["Links"]["ResourcesAccessed"]
        assert client.get(added["@odata.id"]).dict["PowerState"] == "On"


def test_what_clients_send_one_after_the_other_is_never_refused(house: House) -> None:
    system = house.take()
    with logged_in(house) as client:
        assert client.get(system).dict["PowerState"] == "On"
        for reset_type, after in (
            ("On", "On"),
            ("ForceOff", "Off"),
            ("ForceRestart", "On"),
            ("ForceOff", "Off"),
            ("PowerCycle", "On"),
            ("ForceOn", "On"),
        ):
            final = followed(client, reset(client, system, reset_type))
            assert (reset_type, final.status) == (reset_type, 200)
            assert (reset_type, client.get(system).dict["PowerState"]) == (reset_type, after)


def test_dmtfs_own_tools_wait_for_the_end(house: House) -> None:
    well, fails = house.take(), house.take(Kind.FAILS)
    with logged_in(house) as client:
        ids = [system.rpartition("/")[2] for system in (well, fails)]
        started = [redfish_utilities.system_reset(client, one, "GracefulShutdown") for one in ids]
        ended = [redfish_utilities.poll_task_monitor(client, one, silent=True) for one in started]
        redfish_utilities.verify_response(ended[0])
        with pytest.raises(RedfishOperationFailedError, match="server's own task"):
            redfish_utilities.verify_response(ended[1])


def test_a_session_is_there_until_the_logout(house: House) -> None:
    before = house.sessions
    client = new_client(house)
    client.login(auth="session")
    (opened,) = set(house.sessions) - set(before)
    assert opened == client.get_session_location()
    client.logout()
    assert house.sessions == before
    with logged_in(house, "basic") as client:
        assert client.get(opened).status == 404
        assert house.sessions == before


@BOTH
def test_a_wrong_password_is_told_as_one(house: House, auth: str) -> None:
    client = new_client(house, password="not the password")
    with pytest.raises(InvalidCredentialsError):
        client.login(auth=auth)
    client.logout()


@pytest.mark.parametrize(("kind", "status"), [(Kind.WELL, 200), (Kind.FAILS, 400)])
async def test_its_asyncio_variant_follows_the_monitor_too(house: House, kind: Kind, status: int) -> None:
    service, system = house.service, house.take(kind)
    tls = ssl.create_default_context(cafile=str(service.certificate))
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as http,
        AsyncRedfishClient(service.url, service.user, service.password, session=http, timeout=20) as client,
    ):
        response = await client.post(reset_target(system), body={"ResetType": "ForceOff"})
        assert response.status == 202
        final = await client.get(response.getheader("Location"))
        while final.status == 202:
            assert final.dict["TaskState"] in LIVE
            await asyncio.sleep(PAUSE)
            final = await client.get(response.getheader("Location"))
        assert final.status == status
    assert house.sessions == []
