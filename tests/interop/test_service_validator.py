"""DMTF's Redfish Service Validator finds nothing wrong in a service where much has happened."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.interop.plain import (
    AGGREGATES,
    ROOT,
    SESSIONS,
    SOURCES,
    TASKS,
    Plain,
    plain_client,
    task_of,
    until,
)
from tests.interop.validator import have_a_validator, schemas_for, validate
from tests.service import Service, Simulator

WITHIN = 300.0
ACCOUNTS = f"{ROOT}/AccountService/Accounts"
ROLES = f"{ROOT}/AccountService/Roles"
EVENT_SERVICE = f"{ROOT}/EventService"
SUBSCRIPTIONS = f"{EVENT_SERVICE}/Subscriptions"

FAILS, ENDLESS, CUT_OFF, REMOVED, HELD, *WELL = range(9)
FAULTS = [
    {"server": f"127.0.0.{FAILS + 1}", "fault": "accepted", "task": "fail"},
    {"server": f"127.0.0.{ENDLESS + 1}", "fault": "accepted", "task": "never"},
    {"server": f"127.0.0.{CUT_OFF + 1}", "fault": "drop", "method": "POST", "path": "*.Reset"},
    {"server": f"127.0.0.{HELD + 1}", "fault": "accepted", "task": "never"},
]


def outcome(plain: Plain, task: str) -> tuple[str, str]:
    body = plain.task_in(task)
    return body["TaskState"], body["TaskStatus"]


def subtask_of(plain: Plain, accepted: requests.Response, system: str) -> str:
    """The subtask that is for this system."""
    target = f"{system}/Actions/ComputerSystem.Reset"
    subtasks = plain.members(f"{task_of(accepted)}/SubTasks")
    (found,) = (one for one in subtasks if plain.read(one)["Payload"]["TargetUri"] == target)
    return found


def have_people(plain: Plain) -> None:
    """Roles of one's own, and accounts of every sort: disabled, locked, with a password that is due."""
    for name, privileges in (("Auditor", ["Login", "ConfigureSelf"]), ("Nobody-1.x_y", [])):
        made = plain.post(ROLES, {"RoleId": name, "AssignedPrivileges": privileges})
        assert made.status_code == 201
    sorts: list[dict[str, object]] = [
        {"RoleId": "Auditor"},
        {"RoleId": "Operator", "Enabled": False},
        {"RoleId": "ReadOnly", "PasswordChangeRequired": True},
        {"RoleId": "Administrator"},
    ]
    for number, sort in enumerate(sorts):
        new = {"UserName": f"user {number}", "Password": "a long enough word", **sort}
        assert plain.post(ACCOUNTS, new).status_code == 201
    login = {"UserName": "user 0", "Password": "not the password"}
    for _ in range(plain.read(f"{ROOT}/AccountService")["AccountLockoutThreshold"]):
        assert plain.post(SESSIONS, login).status_code == 401
    locked = [
        plain.read(account)["UserName"]
        for account in plain.members(ACCOUNTS)
        if plain.read(account)["Locked"]
    ]
    assert locked == ["user 0"]


@contextmanager
def have_listeners(plain: Plain) -> Iterator[None]:
    """Subscriptions of every sort, whose destination nobody answers at, and a stream.

    But for one with EventTypes: the property is deprecated, which the validator warns of.
    """
    least = {"Destination": "https://127.0.0.1:1/", "Protocol": "Redfish"}
    most = {
        "Context": "all that can be said",
        "RegistryPrefixes": ["TaskEvent", "Taskmon"],
        "ExcludeRegistryPrefixes": ["Base"],
        "MessageIds": ["Taskmon.1.0.TestEvent"],
        "ExcludeMessageIds": ["TaskEvent.1.0.TaskStarted"],
        "ResourceTypes": ["EventService"],
        "OriginResources": [{"@odata.id": EVENT_SERVICE}],
        "SubordinateResources": True,
        "Severities": ["OK"],
        "HttpHeaders": [{"X-Mine": "1"}],
        "Oem": {"Taskmon": {"SigningKey": "a key of enough length"}},
    }
    sorts: list[dict[str, object]] = [{}, most, {"DeliveryRetryPolicy": "RetryForever"}]
    made = [plain.post(SUBSCRIPTIONS, {**least, **sort}) for sort in sorts]
    assert [answer.status_code for answer in made] == [201, 201, 201]
    suspended, told, _ = (answer.headers["Location"] for answer in made)
    action = f"{suspended}/Actions/EventDestination.SuspendSubscription"
    assert plain.post(action, {}).status_code == 204
    action = f"{EVENT_SERVICE}/Actions/EventService.SubmitTestEvent"
    assert plain.post(action, {}).status_code == 204
    failed = "an attempt to deliver that failed"
    until(lambda: plain.read(told)["Oem"]["Taskmon"]["LastError"] or None, failed)
    with plain.stream(f"{EVENT_SERVICE}/SSE?$filter=RegistryPrefix eq 'TaskEvent'"):
        yield


def have_a_past(plain: Plain, lines: list[dict[str, str]]) -> tuple[str, str]:
    """Tasks that ended in every way. Returned are a system whose resets never end, and such a reset."""
    systems = [system for (system,) in plain.add(lines[:-1])]
    not_added = plain.ask_to_add({**lines[-1], "Password": "wrong"})
    assert outcome(plain, task_of(not_added)) == ("Exception", "Critical")

    well = plain.aggregate([systems[number] for number in WELL])
    some = plain.aggregate([systems[number] for number in (FAILS, ENDLESS, *WELL)])
    plain.aggregate([systems[REMOVED]])
    reset = plain.reset(well, "ForceOff", BatchSize=2)
    assert outcome(plain, task_of(reset)) == ("Completed", "OK")
    cut_off = plain.reset(systems[CUT_OFF], "ForceOff")
    assert outcome(plain, task_of(cut_off)) == ("Completed", "Warning")

    # One subtask fails, one is aborted by itself, the others end well: the whole has failed.
    mixed = plain.reset(some, "PowerCycle")
    aborted = subtask_of(plain, mixed, systems[ENDLESS])
    plain.task_in(aborted, ["Running"])
    assert plain.delete(aborted).status_code == 204
    assert outcome(plain, task_of(mixed)) == ("Exception", "Critical")
    subtasks = plain.members(f"{task_of(mixed)}/SubTasks")
    states = sorted(plain.read(one)["TaskState"] for one in subtasks)
    assert states == ["Cancelled", *["Completed"] * len(WELL), "Exception"]

    # What failed is done again, and fails again.
    retry = plain.post(f"{task_of(mixed)}/Actions/Oem/Taskmon.Retry", {})
    assert (retry.status_code, len(plain.members(f"{task_of(retry)}/SubTasks"))) == (202, 2)
    aborted = subtask_of(plain, retry, systems[ENDLESS])
    plain.task_in(aborted, ["Running"])
    assert plain.delete(aborted).status_code == 204
    assert outcome(plain, task_of(retry)) == ("Exception", "Critical")

    source = f"{SOURCES}/{systems[REMOVED].rpartition('/')[2].partition('.')[0]}"
    removal = plain.delete(source)
    assert outcome(plain, task_of(removal)) == ("Completed", "OK")

    held = plain.reset(systems[HELD], "ForceOff")
    plain.task_in(task_of(held), ["Running"])
    return systems[HELD], task_of(held)


def have_a_present(plain: Plain, endless: str) -> tuple[str, str]:
    """A task that runs, with subtasks in every state that they can be in, and one that waits for it."""
    others = [system for system in plain.members(f"{ROOT}/Systems") if system != endless]
    # Its second batch waits for the first, and so for the server whose task never ends.
    running = plain.reset(plain.aggregate([endless, *others]), "GracefulRestart", BatchSize=len(others))
    plain.task_in(subtask_of(plain, running, endless), ["Running"])
    waiting = plain.reset(endless, "On")
    plain.task_in(task_of(waiting), ["Pending"])
    return task_of(running), task_of(waiting)


def everything(plain: Plain) -> set[str]:
    """The URIs of all that clients work with here."""
    services = ("TaskService", "SessionService", "AccountService", "AggregationService", "EventService")
    found = {f"{ROOT}/", *(f"{ROOT}/{name}" for name in services)}
    collections = [TASKS, SESSIONS, ACCOUNTS, ROLES, SOURCES, AGGREGATES, f"{ROOT}/Systems"]
    collections.append(f"{ROOT}/AggregationService/ConnectionMethods")
    found.add(f"{ROOT}/AccountService/PrivilegeMap")
    collections.append(SUBSCRIPTIONS)
    collections += [f"{ROOT}/Registries", f"{ROOT}/JsonSchemas"]
    while collections:
        collection = collections.pop()
        members = plain.members(collection)
        found.update([collection, *members])
        collections += [
            body["SubTasks"]["@odata.id"] for body in map(plain.read, members) if "SubTasks" in body
        ]
    return found


@pytest.mark.timeout(WITHIN + 120)
def test_it_finds_nothing_wrong_in_a_busy_service(no_proxy: None, tmp_path: Path) -> None:
    have_a_validator()
    with Simulator(tmp_path, 10, FAULTS) as simulator:
        settings = {"fleet.ca_file": simulator.certificate}
        with Service(tmp_path, settings) as service, plain_client(service) as plain:
            endless, left_live = have_a_past(plain, simulator.inventory)
        with Service(tmp_path, settings) as service, plain_client(service) as plain:
            plain.task_in(
                left_live, ["Running"]
            )  # it goes on after the stop, for its server's task never ends
            cancel = f"{left_live}/Actions/Oem/Taskmon.Cancel"
            assert plain.post(cancel, {"Reason": "It never ends."}).status_code == 204
            assert outcome(plain, left_live) == ("Cancelled", "Warning")
            login = plain.post(SESSIONS, {"UserName": service.user, "Password": service.password})
            assert login.status_code == 201
            running, waiting = have_a_present(plain, endless)
            have_people(plain)
            schemas = schemas_for(plain, tmp_path / "schemas")
            with have_listeners(plain):
                shown = everything(plain)
                verdict = validate(service, schemas, tmp_path / "validator", WITHIN)

            print(verdict)
            assert verdict.sentences == ()
            assert (verdict.exit_code, verdict.failed, verdict.warned) == (0, 0, 0)
            assert verdict.passed > 1000, "so few checks: does it have its schemas?"
            assert shown - verdict.visited == set()
            assert plain.read(running)["TaskState"] == "Running", "it should have run all the while"
            assert plain.read(waiting)["TaskState"] == "Pending"
            assert plain.members(SESSIONS) == [login.headers["Location"]]
