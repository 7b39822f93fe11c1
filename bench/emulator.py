"""GET of a task beside a peer: sushy-tools' Redfish emulator, the one other task service that can be had.

Both without TLS and with a connection for each request, for the emulator closes it after each answer. It is
asked for its `/redfish/v1/TaskService/Tasks/42`, which it answers from a template and looks nothing up for,
lets everybody in, and writes a line of log, as the service does. This is no limit but a neighbour.
"""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.get_task import ENDED, TASKS, processor_time
from bench.lines import Line, Plan
from bench.load import load_once, request
from bench.seeding import seed_ended
from bench.served import Client, Probed, until
from store.folder import DataFolder

TITLE: Final = "### GET of a task beside sushy-emulator, a connection for each request"
TASK: Final = f"{TASKS}/42"
CLIENTS: Final = 16
COMMAND: Final = Path(sys.executable).parent / "sushy-emulator"
_LISTENS: Final = re.compile(r"Running on http://127\.0\.0\.1:(\d+)")


async def measure(plan: Plan) -> list[Line]:
    """One line by rate, one by processor time."""
    folder = plan.folder / "emulator"
    service = Probed(folder / "service", {"log.level": "info"})
    ended = seed_ended(DataFolder(service.data), 20 if plan.quick else ENDED)
    rate = Line(
        name="ended task", unit="/s", limit_name="sushy-emulator", target=3.0, more_is_better=True, peer=True
    )
    cost = Line(name="ended task: processor time", unit="s", limit_name="sushy-emulator", peer=True)
    with service, emulator(folder / "emulator") as (pid, port):
        with Client(service) as client:
            asks = request(f"{TASKS}/{ended}", [*client.headers, ("Connection", "close")])
        bare = request(TASK, [("Connection", "close")])
        service.readings()
        for number in range(plan.rounds + 1):
            seconds = plan.seconds(1.0 if number else 0.25)
            ours = await _ask(service.pid, service.port, asks, seconds)
            theirs = await _ask(pid, port, bare, seconds)
            if number:
                rate.add(ours[0], theirs[0])
                cost.add(ours[1], theirs[1])
        rate.health = await asyncio.to_thread(service.health)
    return [rate, cost]


@contextmanager
def emulator(folder: Path) -> Iterator[tuple[int, int]]:
    """The emulator as a process, with machines of its own making: process id and port."""
    folder.mkdir(parents=True)
    log_file, config = folder / "log", folder / "config"
    config.write_text(
        "SUSHY_EMULATOR_LISTEN_IP = '127.0.0.1'\n"
        "SUSHY_EMULATOR_LISTEN_PORT = 0\n"
        f"SUSHY_EMULATOR_STATE_DIR = {str(folder)!r}\n"
    )
    with log_file.open("wb") as log:
        command: Sequence[str | Path] = [COMMAND, "--fake", "--config", config]
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    with process:
        try:
            until(lambda: _LISTENS.search(log_file.read_text()) is not None, "the emulator", 30)
            found = _LISTENS.search(log_file.read_text())
            assert found is not None
            yield process.pid, int(found[1])
        finally:
            process.kill()


async def _ask(pid: int, port: int, asks: bytes, seconds: float) -> tuple[float, float]:
    before, began = processor_time(pid), time.monotonic()
    answers = await load_once(port, asks, 200, CLIENTS, seconds)
    return answers / (time.monotonic() - began), (processor_time(pid) - before) / answers
