"""The main job, end to end: servers added, aggregated, reset in batches, followed, aborted, removed."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.interop.plain import (
    AGGREGATES,
    SERVICE_RESET,
    SOURCES,
    TASKS,
    Plain,
    monitor_of,
    plain_client,
    until,
)
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(180)


class Site:
    """A service and its simulated servers, with a client that is logged in."""

    def __init__(self, service: Service, simulator: Simulator, client: Plain) -> None:
        self.service, self.simulator, self.client = service, simulator, client

    def systems_of(self, count: int) -> list[str]:
        """The systems of the first so many servers, each server added."""
        return [systems[0] for systems in self.client.add(self.simulator.inventory[:count])]

    def heard(self, *tasks: str) -> list[dict[str, Any]]:
        """What the servers have heard for these tasks."""
        return [line for line in self.simulator.requests if line["task"] in tasks]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with (
        Simulator(tmp_path / "servers", 12, dead=1) as simulator,
        Service(tmp_path / "service", {"fleet.ca_file": simulator.certificate}) as service,
        plain_client(service) as client,
    ):
        yield Site(service, simulator, client)


def task_of(monitor: str) -> str:
    return f"{TASKS}/{monitor.removeprefix('/taskmon/')}"


def members(client: Plain, task: str) -> list[dict[str, Any]]:
    return [client.read(uri) for uri in client.members(f"{task}/SubTasks")]


def test_an_aggregate_is_reset_in_batches_and_each_request_tells_its_task(site: Site) -> None:
    systems = site.systems_of(6)
    aggregate = site.client.aggregate(systems)
    accepted = site.client.reset(aggregate, "ForceOff", BatchSize=2)
    final = site.client.follow(accepted)
    assert final.status_code == 200, final.text
    assert final.json()["code"] == "Base.1.13.Success"
    assert site.client.get(monitor_of(accepted)).content == final.content, "the same at every read"
    task = site.client.read(task_of(monitor_of(accepted)))
    assert (task["TaskState"], task["TaskStatus"], task["PercentComplete"]) == ("Completed", "OK", 100)
    assert {site.client.read(system)["PowerState"] for system in systems} == {"Off"}
    subtasks = members(site.client, task["@odata.id"])
    assert len(subtasks) == 6
    resets = []
    for subtask in subtasks:
        lines = site.heard(subtask["Id"])
        assert len({line["server"] for line in lines}) == 1
        (reset,) = [line for line in lines if line["method"] == "POST" and "Reset" in line["path"]]
        resets.append((datetime.fromisoformat(reset["time"]), datetime.fromisoformat(lines[-1]["time"])))
    for first, then in ((0, 2), (2, 4)):
        last_look = max(end for _, end in resets[first : first + 2])
        assert min(start for start, _ in resets[then : then + 2]) > last_look, "a batch began too early"


def test_after_the_204_of_a_delete_the_servers_hear_nothing_more_of_it(site: Site) -> None:
    systems = site.systems_of(12)
    aggregate = site.client.aggregate(systems)
    for batch_size in (0, 4):
        accepted = site.client.reset(aggregate, "ForceRestart", BatchSize=batch_size)
        task = task_of(monitor_of(accepted))
        ids = [uri.rpartition("/")[2] for uri in site.client.members(f"{task}/SubTasks")]

        def sent(ids: list[str] = ids) -> int:
            return sum(line["method"] == "POST" and "Reset" in line["path"] for line in site.heard(*ids))

        until(lambda: sent() or None, "the first action")
        deleted = site.client.delete(monitor_of(accepted))
        answered = time.time()
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert site.client.get(task).status_code == 404
        assert site.client.get(monitor_of(accepted)).status_code == 404
        # Another task of the same servers runs to its end meanwhile: time in which a late one would show.
        assert site.client.follow(site.client.reset(aggregate, "On")).status_code == 200
        late = [
            line for line in site.heard(*ids) if datetime.fromisoformat(line["time"]).timestamp() > answered
        ]
        assert late == []
        if batch_size:
            assert sent() <= batch_size


def test_a_server_that_is_not_there_fails_within_15_seconds_and_the_others_are_reset(site: Site) -> None:
    systems = site.systems_of(3)
    site.simulator.use_faults(
        [{"server": site.simulator.inventory[1]["HostName"].partition(":")[0], "fault": "hang"}]
    )
    began = time.monotonic()
    accepted = site.client.post(
        SERVICE_RESET, {"ResetType": "ForceOff", "TargetURIs": [{"@odata.id": system} for system in systems]}
    )
    final = site.client.follow(accepted)
    assert time.monotonic() - began < 15
    assert final.status_code >= 400
    error = final.json()["error"]
    assert error["message"] == "one or more of the reset actions failed, check sub tasks for more info."
    states = [subtask["TaskState"] for subtask in members(site.client, task_of(monitor_of(accepted)))]
    assert states == ["Completed", "Exception", "Completed"]
    failed = members(site.client, task_of(monitor_of(accepted)))[1]
    assert not [
        line for line in site.heard(failed["Id"]) if line["method"] == "POST" and "Reset" in line["path"]
    ]


def test_a_server_that_nobody_answers_for_is_not_added(site: Site) -> None:
    dead = site.simulator.inventory[-1]
    final = site.client.follow(site.client.ask_to_add(dead))
    assert final.status_code >= 400
    assert final.status_code not in (401, 403)
    assert dead["HostName"] in final.text
    assert site.client.members(SOURCES) == []


def test_without_a_task_the_servers_hear_nothing_and_old_power_states_are_asked_for(site: Site) -> None:
    (system,) = site.systems_of(1)
    heard = len(site.simulator.requests)
    for _ in range(20):
        for path in (SOURCES, AGGREGATES, TASKS, "/redfish/v1/Systems", system):
            site.client.read(path)
    assert len(site.simulator.requests) == heard


def test_a_source_is_removed_with_its_systems(site: Site) -> None:
    systems = site.systems_of(2)
    source = site.client.members(SOURCES)[0]
    (its_own,) = site.client.read(source)["Links"]["ResourcesAccessed"]
    systems.sort(key=lambda system: system != its_own["@odata.id"])  # it goes first
    aggregate = site.client.aggregate(systems)
    heard = len(site.simulator.requests)
    removed = site.client.follow(site.client.delete(source))
    assert (removed.status_code, removed.content) == (204, b"")
    assert site.client.get(source).status_code == 404
    assert site.client.members("/redfish/v1/Systems") == systems[1:]
    assert [link["@odata.id"] for link in site.client.read(aggregate)["Elements"]] == systems[1:]
    assert len(site.simulator.requests) == heard
    assert site.client.add(site.simulator.inventory[:1])


def test_no_secret_is_found_in_anything_that_is_written_or_shown(site: Site) -> None:
    site.systems_of(2)
    secrets = [line["Password"] for line in site.simulator.inventory[:2]] + [site.service.password]
    shown = [site.client.get(uri).text for uri in site.client.members(TASKS)]
    shown += [site.client.get(uri).text for uri in site.client.members(SOURCES)]
    written = [file.read_bytes() for file in site.service.data.iterdir() if file.is_file()]
    written.append(site.service.log.encode())
    for secret in secrets:
        assert not [text for text in shown if secret in text]
        assert not [content for content in written if secret.encode() in content]
    assert (
        json.loads(site.client.read(site.client.members(TASKS)[0])["Payload"]["JsonBody"])["Password"]
        == "******"
    )


def test_a_large_reset_is_answered_at_once_and_can_be_aborted_at_once(tmp_path: Path) -> None:
    with (
        Simulator(tmp_path / "servers", 150, transition="1-2") as simulator,
        Service(tmp_path / "service", {"fleet.ca_file": simulator.certificate}) as service,
        plain_client(service) as client,
    ):
        systems = [systems[0] for systems in client.add(simulator.inventory)]
        aggregate = client.aggregate(systems)
        accepted = client.reset(aggregate, "PowerCycle")
        until(lambda: [r for r in simulator.requests if "Reset" in r["path"]] or None, "the first action")
        began = time.monotonic()
        assert client.delete(task_of(monitor_of(accepted))).status_code == 204
        assert time.monotonic() - began < 5
