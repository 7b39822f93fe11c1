"""The simulator as a process: its files, its one line, its signals, and how soon many servers are up."""

import asyncio
import json
import signal
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fleet.simulator import SimulatorError, SimulatorOptions, simulate
from fleet.simulator.process import write_whole

HERE = Path(__file__).parents[2]
RUN = """
import asyncio, json, sys
from pathlib import Path
from fleet.simulator import SimulatorOptions, simulate
options = json.loads(sys.argv[1])
for name in {"faults", "inventory", "ca", "request_log"} & set(options):
    options[name] = Path(options[name])
asyncio.run(simulate(SimulatorOptions(**options)))
"""


@asynccontextmanager
async def process(**options: Any) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A simulator in a process of its own, and the line with which it became ready."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        RUN,
        json.dumps(options, default=str),
        cwd=HERE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield running, await line_of(running.stdout)
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def line_of(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    async with asyncio.timeout(10):
        return (await stream.readline()).decode().rstrip("\n")


def inventory_of(folder: Path) -> list[dict[str, str]]:
    lines = json.loads((folder / "inventory.json").read_bytes())
    assert isinstance(lines, list)
    return lines


async def ask(folder: Path, index: int) -> int:
    line = inventory_of(folder)[index]
    auth = aiohttp.encode_basic_auth(line["UserName"], line["Password"])
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(folder / "ca.pem")))
    async with aiohttp.ClientSession(connector=connector) as session:
        url = f"https://{line['HostName']}/redfish/v1/Systems/1"
        async with session.get(url, headers={"Authorization": auth}) as response:
            return response.status


def modes_in(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def test_ten_thousand_servers_are_up_in_seconds_with_their_files_whole(tmp_path: Path) -> None:
    inventory, ca = tmp_path / "inventory.json", tmp_path / "ca.pem"
    begun = time.monotonic()
    async with process(servers=10_000, dead=5, inventory=inventory, ca=ca) as (running, ready):
        assert time.monotonic() - begun < 8
        lines = inventory_of(tmp_path)
        assert len(lines) == 10_005
        assert all(list(line) == ["HostName", "UserName", "Password"] for line in lines)
        port = lines[0]["HostName"].partition(":")[2]
        assert ready.startswith(f"listening on https://127.0.0.1:{port} (10000 servers")
        assert modes_in(tmp_path) == {"ca.pem": 0o644, "inventory.json": 0o600}
        assert [await ask(tmp_path, index) for index in (0, 9_999)] == [200, 200]
        running.send_signal(signal.SIGTERM)
        assert await running.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    inventory, ca = tmp_path / "inventory.json", tmp_path / "ca.pem"
    async with process(servers=1, inventory=inventory, ca=ca) as (running, _):
        address, _, port = inventory_of(tmp_path)[0]["HostName"].partition(":")
        context = ssl.create_default_context(cafile=str(ca))
        reader, writer = await asyncio.open_connection(
            address, int(port), ssl=context, server_hostname=address
        )
        running.send_signal(number)
        out, err = await running.communicate()
        assert (running.returncode, out, err) == (0, b"", b"")
        assert await reader.read() == b""
        writer.close()


async def test_sighup_reads_the_faults_again_and_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    inventory, ca, faults = tmp_path / "inventory.json", tmp_path / "ca.pem", tmp_path / "faults.json"
    faults.write_text("[]")
    async with process(servers=1, inventory=inventory, ca=ca, faults=faults) as (running, _):
        assert await ask(tmp_path, 0) == 200

        faults.write_text(json.dumps([{"fault": "status", "status": 418}, {"fault": "hang"}]))
        running.send_signal(signal.SIGHUP)
        assert await line_of(running.stdout) == "faults: 2 rules"
        assert await ask(tmp_path, 0) == 418

        faults.write_text('[{"fault": "status"}, {"fault": "status", "stats": 500}]')
        running.send_signal(signal.SIGHUP)
        complaint = await line_of(running.stderr)
        assert "rule 2 has the unknown key `stats`" in complaint
        assert str(faults) in complaint
        assert await ask(tmp_path, 0) == 418

        running.send_signal(signal.SIGTERM)
        out, err = await running.communicate()
        assert (running.returncode, out, err) == (0, b"", b"")


async def test_what_stops_the_start_is_a_sentence(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text('[{"fault": "hang", "seconds": "long"}]')
    with pytest.raises(SimulatorError, match=r"faults\.json cannot be used: rule 1: `seconds` is 'long'"):
        await simulate(SimulatorOptions(servers=1, faults=faults))
    for name in ("inventory", "ca"):
        options: dict[str, Any] = {name: tmp_path / "no" / "file"}
        with pytest.raises(SimulatorError, match="cannot be written"):
            await simulate(SimulatorOptions(servers=1, **options))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SimulatorError, match="cannot be used"):
            await simulate(SimulatorOptions(servers=1, port=taken.getsockname()[1]))


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old", 0o644)
    write_whole(path, b"new", 0o600)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600

    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(SimulatorError, match="cannot be written"):
        write_whole(folder, b"never", 0o644)
    assert sorted(tmp_path.iterdir()) == [path, folder]
