"""sushy, the client of OpenStack's ironic, follows tasks in each of its ways, and comes to the right end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sushy
from sushy import auth as sushy_auth
from sushy import exceptions
from sushy.connector import Connector
from sushy.taskmonitor import TaskMonitor

from tests.interop.house import House, Kind
from tests.interop.plain import TASKS, reset_target, until

pytestmark = pytest.mark.timeout(60)

WAIT = 20
"""Seconds that its `wait()` is given."""
UNDER_WAY = (sushy.TASK_STATE_NEW, sushy.TASK_STATE_STARTING, sushy.TASK_STATE_RUNNING)
FORCE_OFF = sushy.ResetType.FORCE_OFF.value


@contextmanager
def logged_in(house: House, auth: Any = None) -> Iterator[tuple[Any, Any]]:
    """Its root object and its connector; afterwards the session, if there is one, is logged out.

    The connector waits three seconds before it repeats a request after a 5xx, ten times, as it does by
    itself: a result that it takes for a passing trouble would be seen by the clock.
    """
    service = house.service
    connector = Connector(
        service.url, verify=str(service.certificate), server_side_retries=10, server_side_retries_delay=3
    )
    auth = auth or sushy_auth.SessionAuth(service.user, service.password)
    try:
        with auth:
            yield sushy.Sushy(service.url, auth=auth, connector=connector), connector
    finally:
        connector.close()


def ways_to_log_in(house: House) -> dict[str, Any]:
    account = (house.service.user, house.service.password)
    return {
        "session": sushy_auth.SessionAuth(*account),
        "basic": sushy_auth.BasicAuth(*account),
        "either": sushy_auth.SessionOrBasicAuth(*account),
    }


def start_reset(root: Any, connector: Any, system: str) -> Any:
    """Its monitor of a reset, made from the first answer as sushy itself makes it."""
    target = reset_target(system)
    response = connector.post(target, data={"ResetType": FORCE_OFF})
    assert response.status_code == 202
    monitor = TaskMonitor.from_response(
        connector, response, target, redfish_version=root.redfish_version, registries=root.lazy_registries
    )
    assert monitor.task_monitor_uri == response.headers["Location"]
    assert monitor.is_processing
    return monitor


def task_of(root: Any, monitor: Any) -> Any:
    """The Task behind a monitor, found as a client finds it: by the root's task service."""
    name = monitor.task_monitor_uri.rpartition("/")[2]
    (task,) = (task for task in root.get_task_service().tasks.get_members() if task.identity == name)
    return task


@pytest.mark.parametrize("way", ["session", "basic", "either"])
def test_waiting_for_a_reset_that_ends_well(house: House, way: str) -> None:
    path = house.take()
    with logged_in(house, ways_to_log_in(house)[way]) as (root, connector):
        monitor = start_reset(root, connector, path)
        monitor.wait(WAIT)
        assert not monitor.is_processing
        assert monitor.response.status_code == 200
        assert root.get_system(path).power_state is sushy.PowerState.OFF
        task = task_of(root, monitor)
        assert (task.task_state, task.task_status) == (sushy.TASK_STATE_COMPLETED, sushy.Health.OK)
        task.parse_messages()
        assert all(message.message for message in task.messages)


@pytest.mark.parametrize(("way", "kind"), [("session", Kind.FAILS), ("basic", Kind.REFUSED)])
def test_waiting_for_a_reset_that_fails(house: House, way: str, kind: Kind) -> None:
    path = house.take(kind)
    with logged_in(house, ways_to_log_in(house)[way]) as (root, connector):
        sessions = house.sessions
        monitor = start_reset(root, connector, path)
        begun = time.monotonic()
        with pytest.raises(exceptions.BadRequestError) as failure:
            monitor.wait(WAIT)
        assert time.monotonic() - begun < 15, "it took the failure for a passing trouble of ours"
        assert failure.value.detail
        with pytest.raises(exceptions.BadRequestError) as again:
            root.get_task_monitor(monitor.task_monitor_uri)
        assert again.value.body == failure.value.body
        task = task_of(root, monitor)
        assert (task.task_state, task.task_status) == (sushy.TASK_STATE_EXCEPTION, sushy.Health.CRITICAL)
        task.parse_messages()
        assert house.sessions == sessions, "it logged in again, as after a 401 or 403"


def test_a_blocking_post_returns_the_result_or_raises(house: House) -> None:
    well, fails = house.take(), house.take(Kind.FAILS)
    with logged_in(house) as (_, connector):
        result = connector.post(reset_target(well), data={"ResetType": FORCE_OFF}, blocking=True)
        assert result.status_code == 200
        assert result.json()["code"].endswith(".Success")
        with pytest.raises(exceptions.BadRequestError):
            connector.post(reset_target(fails), data={"ResetType": FORCE_OFF}, blocking=True)


@pytest.mark.parametrize(
    ("kind", "state"),
    [(Kind.WELL, sushy.TASK_STATE_COMPLETED), (Kind.FAILS, sushy.TASK_STATE_EXCEPTION)],
)
def test_looking_now_and_then_as_ironic_does(house: House, kind: Kind, state: Any) -> None:
    path = house.take(kind)
    with logged_in(house) as (root, connector):
        monitor = start_reset(root, connector, path)

        def over() -> bool | None:
            try:
                return None if monitor.check_is_processing else True
            except exceptions.BadRequestError:
                return True

        until(over, "an end of the reset")
        assert task_of(root, monitor).task_state is state


def test_reset_system_is_enough_to_have_the_effect(house: House) -> None:
    path = house.take()
    with logged_in(house) as (root, _):
        system = root.get_system(path)
        assert system.power_state is sushy.PowerState.ON
        assert sushy.ResetType.FORCE_OFF in system.get_allowed_reset_system_values()
        system.reset_system(sushy.ResetType.FORCE_OFF)

        def off() -> bool | None:
            # A forced look: sushy caches, and the service asks a server only now and then.
            system.refresh(force=True)
            return True if system.power_state is sushy.PowerState.OFF else None

        until(off, "a server that is off")
    assert len(house.resets_heard(path)) == 1


def test_all_systems_are_listed_and_one_answers(house: House) -> None:
    path = house.take()
    with logged_in(house) as (root, _):
        members = root.get_system_collection().members_identities
        assert path in members
        assert set(members) == set(house.plain.members("/redfish/v1/Systems"))
        assert root.get_system(path).identity == path.rpartition("/")[2]


def test_a_task_that_was_deleted_meanwhile_is_no_success(house: House) -> None:
    path = house.take(Kind.ENDLESS)
    with logged_in(house) as (root, connector):
        monitor = start_reset(root, connector, path)
        assert monitor.check_is_processing
        assert monitor.sleep_for == 1
        assert monitor.task.identity == monitor.task_monitor_uri.rpartition("/")[2]
        assert monitor.task.task_state in UNDER_WAY
        task = task_of(root, monitor)
        assert connector.delete(f"{TASKS}/{task.identity}").status_code == 204
        with pytest.raises(exceptions.ResourceNotFoundError):
            monitor.wait(WAIT)
        assert task.identity not in [one.identity for one in root.get_task_service().tasks.get_members()]


def test_its_session_is_there_until_it_is_closed(house: House) -> None:
    before = house.sessions
    with logged_in(house) as (_, _):
        assert len(house.sessions) == len(before) + 1
    assert house.sessions == before


def test_a_reader_whose_session_has_died_logs_in_again_and_learns_the_end(house: House) -> None:
    path = house.take()
    with logged_in(house) as (root, connector):
        before = set(house.sessions)
        monitor = start_reset(root, connector, path)
        for session in before:
            assert house.plain.delete(session).status_code == 204
        monitor.wait(WAIT)
        assert monitor.response.status_code == 200
        assert len(set(house.sessions) - before) == 1
    assert house.sessions == []


def test_a_wrong_password_is_told_as_one(house: House) -> None:
    wrong = sushy_auth.SessionAuth(house.service.user, "not the password")
    with pytest.raises(exceptions.AccessError), logged_in(house, wrong):
        pass
