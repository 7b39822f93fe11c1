"""The audit file of the real service: what was done, by whom, and what the service ended by itself."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.interop.plain import SOURCES, plain_client
from tests.service import ROOT, Service, Simulator

pytestmark = pytest.mark.timeout(120)


def audit_of(service: Service) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (service.data / "audit.log").read_text().splitlines()]


def test_who_did_what_stands_in_the_audit_and_no_secret_does(tmp_path: Path) -> None:
    with Simulator(tmp_path / "servers", 1) as simulator:
        settings = {"fleet.ca_file": simulator.certificate}
        with Service(tmp_path / "service", settings) as service, plain_client(service) as client:
            ((system,),) = client.add(simulator.inventory)
            reset = client.reset(system, "ForceOff")
            client.follow(reset)
            client.ask("DELETE", reset.headers["Location"], **{"X-Abort-Reason": "no longer needed"})
            subprocess.run(
                [sys.executable, "run.py", "account", "add", "olga", "--role", "Operator", "--data",
                 str(service.data)],
                cwd=ROOT, check=True, env={**os.environ, "TASKMON_PASSWORD": "a-canary-of-olga-1"},
            )  # fmt: skip
        told = audit_of(service)
        assert [line["event"] for line in told] == [
            "service started",
            "request",
            "request",
            "request",
            "account added",
            "service stopped",
        ]
        add, asked, deleted = told[1:4]
        task = reset.headers["Location"].rpartition("/")[2]
        assert (add["user"], add["address"], add["path"], add["status"]) == (
            service.user,
            "127.0.0.1",
            SOURCES,
            202,
        )
        assert (asked["task"], asked["status"]) == (task, 202)
        assert (deleted["task"], deleted["reason"], deleted["state"]) == (
            task,
            "no longer needed",
            "Completed",
        )
        assert (told[4]["account"], told[4]["role"]) == ("olga", "Operator")
        everything = (service.data / "audit.log").read_text() + service.log
        for secret in (service.password, simulator.inventory[0]["Password"], "a-canary-of-olga-1"):
            assert secret not in everything


def test_an_audit_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "audit.log").mkdir()
    ran = subprocess.run(
        [sys.executable, "run.py", "serve", "--data", str(tmp_path / "data"), "--port", "0"],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
        env={**os.environ, "TASKMON_LOG__AUDIT_FILE": str(tmp_path / "audit.log")},
    )  # fmt: skip
    assert ran.returncode == 2
    assert "log.audit_file" in ran.stderr
    assert "cannot be written" in ran.stderr
