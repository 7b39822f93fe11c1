"""The request log: what is in a line, and that it is there before the answer leaves."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tornado.iostream import StreamClosedError

from fleet.simulator import Simulator, SimulatorError, SimulatorOptions
from fleet.simulator.attendance import Attendance
from fleet.simulator.fault_rules import parse_faults
from fleet.simulator.faults import Faults
from fleet.simulator.identity import identity
from fleet.simulator.request_log import RequestLog
from fleet.simulator.server import Server
from tests.fleet.simulator_support import QUICK, RESET, SESSIONS, SYSTEM, lines_of, simulated

ROOT_REQUEST = b"GET /redfish/v1/ HTTP/1.1\r\nHost: x\r\n\r\n"


class Written:
    """What a stream's write gives: done at once."""

    def done(self) -> bool:
        return True


class WatchedStream:
    """A stream with one request to come, which remembers what the log held when something was written."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._requests = [ROOT_REQUEST]
        self._closed = False
        self.logged: list[list[dict[str, Any]]] = []

    async def read_until(self, _delimiter: bytes, max_bytes: int) -> bytes:
        assert max_bytes > len(ROOT_REQUEST)
        if not self._requests:
            raise StreamClosedError
        return self._requests.pop()

    def write(self, _data: bytes) -> Written:
        self.logged.append(lines_of(self._log))
        return Written()

    def set_close_callback(self, callback: object) -> None:
        assert callback is None or callable(callback)

    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True


@pytest.mark.parametrize("fault", [None, "slow", "drop", "status", "bad_json"])
async def test_a_line_is_in_the_file_before_anything_of_the_answer_leaves(
    fault: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "requests.log"
    rules = parse_faults([{"fault": fault, "seconds": 0}] if fault else [])
    stream = WatchedStream(path)
    with RequestLog(path) as log:
        attendance = Attendance(log, Faults(rules, 1, 0), lambda: 0.0)
        server = Server(0, identity(0, 0), 443, 0, QUICK)
        await attendance.attend(server, stream)  # type: ignore[arg-type]

    assert [len(lines) for lines in stream.logged] == [1]


async def test_a_line_says_who_heard_what_when_and_what_was_answered(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    begun = datetime.now(UTC)
    async with simulated(request_log=log) as client:
        line = client.simulator.inventory()[1]
        await client.ask("GET", f"{SYSTEM}?$select=Id", server=1)
        await client.ask("POST", RESET, {"ResetType": "On"}, headers={"X-Request-Id": "task7"})
        await client.ask("POST", SESSIONS, {"UserName": "u", "Password": line["Password"]})
        await client.ask("POST", RESET, b'{"Password": "' + line["Password"].encode())
        await client.ask("DELETE", "/redfish/v1/Nowhere")

    lines = lines_of(log)
    assert [list(entry) for entry in lines] == [
        ["time", "server", "method", "path", "body", "status", "task"]
    ] * 5
    told = [tuple(entry[name] for name in ("method", "path", "body", "status", "task")) for entry in lines]
    assert told == [
        ("GET", SYSTEM, None, 200, None),
        ("POST", RESET, {"ResetType": "On"}, 204, "task7"),
        ("POST", SESSIONS, {"UserName": "u", "Password": "***"}, 401, None),
        ("POST", RESET, None, 400, None),
        ("DELETE", "/redfish/v1/Nowhere", None, 404, None),
    ]
    assert lines[0]["server"] == line["HostName"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", entry["time"]) for entry in lines)
    moments = [datetime.fromisoformat(entry["time"]) for entry in lines]
    assert begun <= moments[0]
    assert moments == sorted(moments)
    assert moments[-1] <= datetime.now(UTC)
    assert line["Password"] not in log.read_text()


async def test_the_lines_of_an_earlier_run_stay(tmp_path: Path) -> None:
    log = tmp_path / "requests.log"
    for _ in range(2):
        async with simulated(request_log=log) as client:
            await client.system()

    assert len(lines_of(log)) == 2


async def test_a_log_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    simulator = Simulator(SimulatorOptions(request_log=tmp_path / "no" / "such.log"))
    with pytest.raises(SimulatorError, match=r"request log .*such\.log cannot be written"):
        await simulator.start()
