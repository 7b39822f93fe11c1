"""Clocks and busy servers, in the real service with its settings: what rings, and what is refused."""

from pathlib import Path

import pytest

from tests.interop.plain import Plain, plain_client, reset_target, task_of
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(120)

NEVER_ENDS = [{"method": "POST", "path": "*ComputerSystem.Reset", "fault": "accepted", "task": "never"}]


def oem(**said: float) -> dict[str, dict[str, float]]:
    return {"Taskmon": said}


def refused(client: Plain, system: str) -> str:
    answer = client.post(reset_target(system), {"ResetType": "On"})
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    (message,) = answer.json()["error"]["@Message.ExtendedInfo"]
    return str(message["Message"])


def test_a_clock_ends_what_never_would_and_a_busy_server_is_refused(tmp_path: Path) -> None:
    settings = {"fleet.when_busy": "refuse", "reset.progress_timeout": 3}
    with Simulator(tmp_path / "servers", 2, NEVER_ENDS) as simulator:
        settings["fleet.ca_file"] = str(simulator.certificate)
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            one, two = (systems[0] for systems in client.add(simulator.inventory))
            # By the request: while the first of two batches goes on, both of its servers are taken.
            aggregate = client.aggregate([one, two])
            accepted = client.reset(aggregate, "On", BatchSize=1, Oem=oem(RunTimeout=1.5))
            task = task_of(accepted)
            for system in (one, two):
                assert f"{system} is busy with task {task.rpartition('/')[2]} (subtask" in refused(
                    client, system
                )
            final = client.follow(accepted)
            assert final.status_code == 400
            assert client.follow(accepted).content == final.content
            assert "2 of 2 servers failed" in final.text
            assert "The run clock rang after 1.5 s; the server was last seen On" in final.text
            for subtask in client.members(f"{task}/SubTasks"):
                assert client.read(subtask)["TaskState"] == "Exception"
            # By the settings: nothing new is seen for so long.
            final = client.follow(client.reset(one, "On"))
            assert "The progress clock rang after 3 s; the server was last seen On" in final.text
            assert "Its own task for it was Running at 0 percent." in final.text
