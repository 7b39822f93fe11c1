"""What the running service tells Prometheus of real work, and that it names nobody."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.interop.plain import TASKS, Plain, plain_client, until
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(120)


def measured(client: Plain) -> dict[tuple[str, ...], float]:
    """Every sample: its name and the values of its labels, in the order of their names."""
    text = client.get("/metrics").text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_work_shows_in_the_metrics_and_nobody_is_named(tmp_path: Path) -> None:
    with Simulator(tmp_path / "servers", 2, transition="20-20") as simulator:
        settings = {"fleet.ca_file": simulator.certificate, "fleet.retries": 0}
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            systems = [system for added in client.add(simulator.inventory) for system in added]
            assert measured(client)["taskmon_tasks_ended_total", "add_server", "Completed"] == 2
            reset = client.reset_systems(systems, "GracefulShutdown")
            monitor = reset.headers["Location"]
            task = monitor.rpartition("/")[2]
            until(
                lambda: measured(client).get(("taskmon_tasks", "reset_server", "Running")) == 2 or None,
                "two resets that run",
            )
            running = measured(client)
            assert running["taskmon_tasks", "reset", "Running"] == 1
            assert running["taskmon_oldest_task_seconds", "Running"] > 0
            assert client.delete(monitor).status_code == 204
            gone = client.ask_to_add({**simulator.inventory[0], "HostName": "127.0.0.1:1"})
            client.follow(gone)
            text = client.get("/metrics").text
            found = measured(client)
            log = service.log
    assert found["taskmon_tasks_ended_total", "reset_server", "Cancelled"] == 2
    assert found["taskmon_tasks_ended_total", "reset", "Cancelled"] == 1
    assert found["taskmon_tasks", "reset", "Running"] == 0
    assert found["taskmon_oldest_task_seconds", "Running"] == 0
    assert found["taskmon_abort_seconds_count",] == 3
    assert found["taskmon_store_commit_seconds_count",] > 10
    assert found["taskmon_server_errors_total", "Unreachable"] >= 1
    assert found["taskmon_retention_sweeps_total",] >= 1
    assert found["taskmon_http_requests_total", "DELETE", "/taskmon/{id}", "204"] == 1
    assert found["taskmon_sessions",] == 0
    assert ("taskmon_loop_lag_seconds",) in found
    # Every id that the log knows, every name and every address: none of them is in the text.
    ids = set(re.findall(r"task (\S+):", log)) | {task, *(system.rpartition("/")[2] for system in systems)}
    assert len(ids) >= 7
    hosts = [line["HostName"] for line in simulator.inventory] + ["127.0.0.1"]
    names = [service.user, *(line["UserName"] for line in simulator.inventory)]
    for secret in (*ids, *hosts, *names, service.password):
        assert f'"{secret}"' not in text
    for secret in (*ids, *hosts, TASKS + "/" + task):
        assert secret not in text
