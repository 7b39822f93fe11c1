"""Stops of the real process, planned and not, seen by a client and by the servers' own request logs."""

import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.interop.plain import AGGREGATES, TASKS, Plain, monitor_of, plain_client, until
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(180)

HANG = [{"path": "*ComputerSystem.Reset", "fault": "hang"}]


def task_of(monitor: str) -> str:
    return f"{TASKS}/{monitor.removeprefix('/taskmon/')}"


def members(client: Plain, task: str) -> list[dict[str, Any]]:
    return [client.read(uri) for uri in client.members(f"{task}/SubTasks")]


def sent(simulator: Simulator) -> Counter[str]:
    """How many resets were heard for each subtask."""
    resets = (line for line in simulator.requests if line["method"] == "POST" and "Reset" in line["path"])
    return Counter(line["task"] for line in resets)


def settings_for(simulator: Simulator, **more: object) -> dict[str, object]:
    return {"fleet.ca_file": simulator.certificate, **{k.replace("__", "."): v for k, v in more.items()}}


def test_after_a_kill_an_unanswered_action_is_asked_after_and_never_sent_again(tmp_path: Path) -> None:
    with Simulator(tmp_path / "servers", 2, HANG) as simulator:
        settings = settings_for(simulator, reset__expected_outage=1)
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            systems = [systems[0] for systems in client.add(simulator.inventory)]
            aggregate = client.aggregate(systems)
            accepted = client.reset(aggregate, "ForceOff")
            until(lambda: sum(sent(simulator).values()) == 2 or None, "the actions")
            service.kill()
        simulator.use_faults([])
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            final = client.follow(accepted)
            assert final.status_code >= 400
            task = client.read(task_of(monitor_of(accepted)))
            assert (task["TaskState"], task["TaskStatus"]) == ("Exception", "Critical")
            for subtask in members(client, task["@odata.id"]):
                story = " ".join(message["Message"] for message in subtask["Messages"])
                assert "not sent again" in story
                assert "unknown" in story
            assert set(sent(simulator).values()) == {1}, "an action was sent twice"
            # In the order in which they were added, which of two at once may be either.
            assert sorted(client.members("/redfish/v1/Systems")) == sorted(systems)
            assert client.members(AGGREGATES) == [aggregate]
            assert client.follow(client.reset(aggregate, "ForceOff")).status_code == 200


@pytest.mark.parametrize("heard", range(0, 12, 2))
def test_a_reset_in_batches_goes_on_after_a_kill_wherever_it_comes(tmp_path: Path, heard: int) -> None:
    with Simulator(tmp_path / "servers", 6, transition="0.2-0.6") as simulator:
        settings = settings_for(simulator, reset__expected_outage=3, reset__settle=1)
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            aggregate = client.aggregate([systems[0] for systems in client.add(simulator.inventory)])
            before = len(simulator.requests)
            accepted = client.reset(aggregate, "ForceOff", BatchSize=2)
            ids = {
                uri.rpartition("/")[2] for uri in client.members(f"{task_of(monitor_of(accepted))}/SubTasks")
            }
            until(lambda: len(simulator.requests) - before >= heard or None, "the requests")
            service.kill()
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            client.follow(accepted)
            task = client.read(task_of(monitor_of(accepted)))
            subtasks = members(client, task["@odata.id"])
            assert {subtask["Id"] for subtask in subtasks} == ids, "a subtask is lost"
            assert task["TaskState"] in {"Completed", "Exception"}
            for subtask in subtasks:
                story = " ".join(message["Message"] for message in subtask["Messages"])
                assert subtask["TaskState"] == "Completed" or "unknown" in story
            assert max(sent(simulator).values()) == 1, "an action was sent twice"


def test_a_planned_stop_is_no_abort_and_the_next_start_goes_on(tmp_path: Path) -> None:
    with Simulator(tmp_path / "servers", 4, transition="0.5-1") as simulator:
        settings = settings_for(simulator)
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            aggregate = client.aggregate([systems[0] for systems in client.add(simulator.inventory)])
            accepted = client.reset(aggregate, "ForceOff", BatchSize=1)
            until(lambda: sent(simulator) or None, "the first action")
            service.stop()  # SIGTERM; asserts exit code 0 and no complaint
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            assert client.follow(accepted).status_code == 200
            task = client.read(task_of(monitor_of(accepted)))
            assert (task["TaskState"], task["TaskStatus"]) == ("Completed", "OK")
            assert any("TaskPaused" in message["MessageId"] for message in task["Messages"])
            assert sorted(sent(simulator).values()) == [1, 1, 1, 1]


def test_while_it_stops_it_can_be_read_and_takes_no_new_work(tmp_path: Path) -> None:
    slow = [{"path": "*ComputerSystem.Reset", "fault": "slow", "seconds": 2}]
    with Simulator(tmp_path / "servers", 2, slow) as simulator:
        with (
            Service(tmp_path / "service", settings_for(simulator)) as service,
            plain_client(service) as client,
        ):
            systems = [systems[0] for systems in client.add(simulator.inventory)]
            aggregate = client.aggregate(systems)
            assert client.get("/readyz").status_code == 200
            accepted = client.reset(aggregate, "ForceOff")
            until(lambda: sum(sent(simulator).values()) == 2 or None, "the actions")
            service.send(signal.SIGTERM)
            until(lambda: client.get("/readyz").status_code == 503 or None, "the stop")
            refused = client.post(f"{aggregate}/Actions/Aggregate.Reset", {"ResetType": "On"})
            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) > 0
            assert client.get(task_of(monitor_of(accepted))).status_code == 200
            service.stop()
        with (
            Service(tmp_path / "service", settings_for(simulator)) as service,
            plain_client(service) as client,
        ):
            assert client.follow(accepted).status_code == 200
            assert set(sent(simulator).values()) == {1}
