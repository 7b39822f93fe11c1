"""One id for each request: in its answer, its line, the audit, and whatever the actors log because of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.interop.plain import plain_client, reset_target, until
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(120)


def lines_of(service: Service) -> list[dict[str, Any]]:
    return [json.loads(line) for line in service.log.splitlines() if line.startswith("{")]


def test_what_a_request_causes_carries_its_id_wherever_it_is_logged(tmp_path: Path) -> None:
    with Simulator(tmp_path / "servers", 2, transition="20-20") as simulator:
        settings = {"fleet.ca_file": simulator.certificate, "log.format": "json"}
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            systems = [system for added in client.add(simulator.inventory) for system in added]
            aggregate = client.aggregate(systems)
            asked = client.ask(
                "POST",
                reset_target(aggregate),
                {"ResetType": "GracefulShutdown"},
                **{"X-Request-Id": "the.reset:1"},
            )
            assert (asked.status_code, asked.headers["X-Request-Id"]) == (202, "the.reset:1")
            task = asked.headers["Location"].rpartition("/")[2]
            until(lambda: "Running" in service.log or None, "a reset that runs")
            deleted = client.ask("DELETE", asked.headers["Location"], **{"X-Request-Id": "the-abort"})
            assert deleted.status_code == 204
            read = client.ask("GET", systems[0])
        lines = lines_of(service)
        audit = [json.loads(line) for line in (service.data / "audit.log").read_text().splitlines()]
    of_tasks = [line for line in lines if line["logger"] == "taskmon.tasks"]
    recorded = [line for line in of_tasks if f"task {task}: recorded" in line["message"]]
    assert [line["request_id"] for line in recorded] == ["the.reset:1"]
    # The parent and its subtasks: each line is the doing of the one request or of the other.
    begun = of_tasks.index(recorded[0])
    causes = [line.get("request_id") for line in of_tasks[begun:] if "task " in line["message"]]
    assert set(causes) == {"the.reset:1", "the-abort"}
    assert len(causes) > 6
    assert causes.index("the-abort") > causes.index("the.reset:1")
    # Every line about tasks was caused by some request, those of the adding of servers included.
    assert all(line.get("request_id") for line in of_tasks)
    own = [line for line in lines if line.get("request_id") == read.headers["X-Request-Id"]]
    assert [line["message"].split()[:2] for line in own if line["logger"] == "taskmon.web"] == [
        ["GET", systems[0]]
    ]
    assert {line.get("request_id") for line in audit if line["event"] == "request"} >= {
        "the.reset:1",
        "the-abort",
    }
    assert all("request_id" not in line for line in audit if line["event"].startswith("service"))
    listening = [line for line in lines if line["message"].startswith("listening")]
    assert all("request_id" not in line for line in listening)
