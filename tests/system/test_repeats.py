"""The same request sent twice to the real service, which is killed in between."""

from pathlib import Path

import pytest

from tests.interop.plain import TASKS, Plain, plain_client, reset_target, until
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(120)


def test_a_request_is_known_again_after_a_kill_and_its_task_is_made_once(tmp_path: Path) -> None:
    with Simulator(tmp_path / "servers", 2) as simulator:
        settings = {"fleet.ca_file": simulator.certificate}

        def reset(
            client: Plain, system: str, reset_type: str = "ForceOff", key: str = "one"
        ) -> tuple[int, str]:
            answer = client.ask(
                "POST", reset_target(system), {"ResetType": reset_type}, **{"Idempotency-Key": key}
            )
            return answer.status_code, answer.headers.get("Location", "")

        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            system, other = [systems[0] for systems in client.add(simulator.inventory)]
            first = reset(client, system)
            assert first[0] == 202
            service.kill()
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            assert reset(client, system) == first
            assert reset(client, system, "On") == (422, "")
            assert reset(client, other) == (422, "")
            assert reset(client, other, key="two")[1] not in ("", first[1])
            task = f"{TASKS}/{first[1].rpartition('/')[2]}"
            until(lambda: client.read(task)["TaskState"] == "Completed" or None, "the end of the reset")
        powers = [line for line in simulator.requests if line["method"] == "POST" and "Reset" in line["path"]]
        assert sorted(line["task"] for line in powers).count(first[1].rpartition("/")[2]) == 1
