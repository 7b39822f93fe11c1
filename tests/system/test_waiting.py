"""Waiting for a task over TLS, at the real process: until its end, and until a stop."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.interop.plain import monitor_of, plain_client, until
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(120)

SLOW = [{"path": "*ComputerSystem.Reset", "fault": "slow", "seconds": 6}]


def test_who_waits_is_told_of_the_end_and_of_a_stop_at_once(tmp_path: Path) -> None:
    with (
        Simulator(tmp_path / "servers", 2, SLOW, transition="0.1-0.2") as simulator,
        Service(tmp_path / "service", {"fleet.ca_file": simulator.certificate}) as service,
        plain_client(service) as client,
        plain_client(service) as other,
        ThreadPoolExecutor(1) as thread,
    ):
        systems = [systems[0] for systems in client.add(simulator.inventory)]
        monitor = monitor_of(client.reset(client.aggregate(systems[:1]), "ForceOff"))
        ended = client.ask("GET", monitor, Prefer="wait=50")
        assert (ended.status_code, ended.headers["Preference-Applied"]) == (200, "wait=50")
        assert client.get(monitor).content == ended.content

        monitor = monitor_of(client.reset(client.aggregate(systems[1:]), "ForceOff"))
        before = len(simulator.requests)
        until(lambda: len(simulator.requests) > before or None, "the action")
        waiting = thread.submit(other.ask, "GET", monitor, Prefer="wait=50")
        service.send(signal.SIGTERM)
        began = time.monotonic()
        answer = waiting.result(20)
        assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "wait=50")
        assert time.monotonic() - began < 5  # the action itself takes longer, and the wait much longer
        service.stop()
