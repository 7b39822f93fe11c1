"""A fuzzer that knows the service by its OpenAPI document finds nothing that is not as it says there."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.interop.fuzzer import ENDLESS as STREAMS
from tests.interop.fuzzer import (
    EXPECTED,
    GIVEN_UP,
    LEFT_OUT,
    NOT_OF_PATCH,
    borders_of_reads,
    everything,
    fuzz,
    have_a_fuzzer,
    written,
)
from tests.interop.plain import ROOT, SESSIONS, SOURCES, TASKS, Plain, plain_client, task_of
from tests.service import ADMIN, PASSWORD, Service, Simulator
from web.openapi.document import openapi_document
from web.routes import ROUTES

ACCOUNTS = f"{ROOT}/AccountService/Accounts"
CASES = 4
"""Of each operation, beside those at the borders of what it takes."""
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


def test_the_settings_have_the_effect_that_is_meant() -> None:
    """What schemathesis makes of them, for each operation and in each phase."""
    have_a_fuzzer()
    from schemathesis import openapi
    from schemathesis.checks import CHECKS
    from schemathesis.config import SchemathesisConfig

    def understood(settings: dict[str, Any]) -> Any:
        config = SchemathesisConfig.from_str(written(settings))
        return openapi.from_dict(openapi_document(ROUTES), config=config)

    ids = {"TaskId": ["a"], "AccountId": ["b", "c"]}
    reads = understood(borders_of_reads(ids))
    assert {found.ok().method for found in reads.get_all_operations()} == {"get"}
    whole = understood(everything(ids, 3))
    operations = [found.ok() for found in whole.get_all_operations()]
    assert {operation.method for operation in operations} == {"get", "head", "post", "patch", "delete"}
    for operation in operations:
        for phase in ("examples", "coverage", "fuzzing", "stateful"):
            checks = whole.config.checks_config_for(operation=operation, phase=phase)
            off = {*LEFT_OUT, *(NOT_OF_PATCH if operation.method == "patch" else ())}
            for name in CHECKS.get_all_names():
                assert checks.get_by_name(name=name).enabled == (name not in off), (operation.label, phase)
            for name, statuses in EXPECTED.items():
                assert getattr(checks, name).expected_statuses == statuses
        phases = whole.config.phases_for(operation=operation)
        borders = operation.method not in ("get", "head") and not operation.path.endswith("/Members")
        assert phases.coverage.enabled == phases.examples.enabled == borders, operation.label
        assert phases.fuzzing.enabled
        assert phases.stateful.enabled
        assert whole.config.generation_for(operation=operation, phase="fuzzing").max_examples == 3


@pytest.mark.timeout(2 * GIVEN_UP + 240)
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
        reading = fuzz(service, borders_of_reads(ids), tmp_path / "reading")
        assert reading.exit_code == 0, reading.said
        assert never_read(service.log[heard:]) == [], "what it reads was never there, so it has seen little"
        all_of_it = fuzz(service, everything(ids, CASES), tmp_path / "all")
        assert all_of_it.exit_code == 0, all_of_it.said
        for method in ("POST", "DELETE"):
            assert re.search(rf" {method} \S+ {service.user} 2\d\d ", service.log)
