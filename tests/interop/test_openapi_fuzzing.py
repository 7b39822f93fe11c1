"""A fuzzer that knows the service by its OpenAPI document finds nothing that is not as it says there."""

import re
from pathlib import Path

import pytest

from tests.interop.fuzzer import ENDLESS as STREAMS
from tests.interop.fuzzer import fuzz, have_a_fuzzer
from tests.interop.plain import ROOT, SESSIONS, SOURCES, TASKS, Plain, plain_client, task_of
from tests.service import ADMIN, PASSWORD, Service, Simulator
from web.routes import ROUTES

ACCOUNTS = f"{ROOT}/AccountService/Accounts"
READING, ALL = 45, 40
"""Seconds for each of the two runs, at most."""
ENDLESS = {"server": "127.0.0.1", "fault": "accepted", "task": "never"}


def last(uri: str) -> str:
    return uri.rpartition("/")[2]


def furnish(plain: Plain, lines: list[dict[str, str]]) -> dict[str, list[str]]:
    """Something of every kind, tasks that go on and such as have ended; their ids, by parameter."""
    systems = [system for (system,) in plain.add(lines)]
    aggregate = plain.aggregate(systems)
    ended = plain.reset(systems[1], "ForceOff")
    plain.task_in(task_of(ended))
    live = plain.reset(aggregate, "GracefulRestart")
    plain.task_in(task_of(live), ["Running"])
    subtasks = [last(uri) for uri in plain.members(f"{task_of(live)}/SubTasks")]
    tasks = [last(uri) for uri in plain.members(TASKS)]
    assert plain.post(SESSIONS, {"UserName": ADMIN, "Password": PASSWORD}).status_code == 201
    olga = plain.post(ACCOUNTS, {"UserName": "olga", "Password": PASSWORD, "RoleId": "Operator"})
    assert olga.status_code == 201
    listener = {"Destination": "https://127.0.0.1:1/", "Protocol": "Redfish"}
    subscription = plain.post(f"{ROOT}/EventService/Subscriptions", listener)
    assert subscription.status_code == 201
    return {
        "AccountId": [last(olga.headers["Location"])],
        "RoleId": ["Operator", "ReadOnly"],
        "TaskId": tasks,
        "SubTaskId": subtasks,
        "TaskmonId": [*tasks, *subtasks],
        "SystemId": [last(uri) for uri in systems],
        "AggregateId": [last(aggregate)],
        "AggregationSourceId": [last(uri) for uri in plain.members(SOURCES)],
        "ConnectionMethodId": ["Redfish"],
        "SessionId": [last(uri) for uri in plain.members(SESSIONS)],
        "RegistryId": ["Base"],
        "SubscriptionId": [last(subscription.headers["Location"])],
        "JsonSchemaId": ["Task", "Aggregate"],
        "file": ["Task.json", "Taskmon_v1.xml"],
        "document": ["Base.1.13.0"],
    }


def never_read(log: str) -> list[str]:
    """The routes that have a GET of which none was answered 2xx, by the service's log."""
    answered = set(re.findall(r" GET (\S+) \S+ 2\d\d ", log))
    return [
        route.path
        for route in ROUTES
        if "GET" in route.privileges
        and route.path not in STREAMS
        and not any(re.fullmatch(route.pattern, path) for path in answered)
    ]


@pytest.mark.timeout(READING + ALL + 240)
def test_it_finds_nothing_but_what_the_document_says(no_proxy: None, tmp_path: Path) -> None:
    have_a_fuzzer()
    with (
        Simulator(tmp_path, 3, [ENDLESS]) as simulator,
        Service(tmp_path, {"fleet.ca_file": simulator.certificate}) as service,
        plain_client(service) as plain,
    ):
        ids = furnish(plain, simulator.inventory)
        heard = len(service.log)
        # First without the methods that take away what there is to read.
        reading = fuzz(service, ids, tmp_path / "reading", READING, only=("GET", "HEAD"))
        assert reading.exit_code == 0, reading.said
        assert never_read(service.log[heard:]) == [], "what it reads was never there, so it has seen little"
        everything = fuzz(service, ids, tmp_path / "all", ALL)
        assert everything.exit_code == 0, everything.said
        for method in ("POST", "DELETE"):
            assert re.search(rf" {method} \S+ {service.user} 2\d\d ", service.log)
