"""`run.py` with a probe on its loop: how late the loop was, and how long the start took.

    python -m bench.probe serve …      (PROBE_FILE names the file for the readings)

The service is the one that is shipped; only a timer is added that beats every few milliseconds. The
readings are written at SIGUSR2, which also begins them anew, and at the end.
"""

import asyncio
import json
import os
import signal
import time
from pathlib import Path
from typing import Any, Final

import run
from actors.runtime.readings import readings_of
from service import assembly, commands
from store.sqlite import open_store
from web.app import listen

BEAT: Final = 0.01
"""Seconds between two beats."""


class Probe:
    """Beats on the running loop; what it reads is in seconds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._loop = asyncio.get_running_loop()
        self._began = time.monotonic()
        self.opening = 0.0
        """From the opening of the store to the listening; 0 until then."""
        self._lags: list[float] = []
        self._busiest = 0.0
        self._due = 0.0
        self._used = time.thread_time()

    def start(self) -> None:
        """Beat until the loop ends."""
        self._loop.add_signal_handler(signal.SIGUSR2, self.write)
        self._wait()

    def write(self) -> None:
        """Write the readings, whole, and begin anew."""
        lags = sorted(self._lags) or [0.0]
        readings = readings_of(self._loop)
        read = {
            "longest_turn": readings.longest_turn,
            "lag_999": lags[min(len(lags) - 1, int(len(lags) * 0.999))],
            "longest_lag": lags[-1],
            "busiest": self._busiest,
            "opening": self.opening,
        }
        whole = self._file.with_suffix(".new")
        whole.write_text(json.dumps(read))
        whole.rename(self._file)
        self._lags.clear()
        self._busiest = readings.longest_turn = 0.0

    def _wait(self) -> None:
        self._due = self._loop.time() + BEAT
        self._loop.call_at(self._due, self._beat)

    def _beat(self) -> None:
        self._lags.append(max(0.0, self._loop.time() - self._due))
        used = time.thread_time()
        self._busiest = max(self._busiest, used - self._used)
        self._used = used
        self._wait()


def install(file: Path) -> None:
    """Have the service that `run` starts probed."""
    serve = assembly.run_service
    probes: list[Probe] = []
    opened: list[float] = []

    async def probed(*given: Any, **named: Any) -> None:
        probes.append(Probe(file))
        probes[0].start()
        await serve(*given, **named)

    async def timed_open(*given: Any, **named: Any) -> Any:
        opened.append(time.monotonic())
        return await open_store(*given, **named)

    async def timed_listen(*given: Any, **named: Any) -> Any:
        listening = await listen(*given, **named)
        probes[0].opening = time.monotonic() - opened[0]
        return listening

    commands.__dict__.update(run_service=probed)
    assembly.__dict__.update(open_store=timed_open, listen=timed_listen)


if __name__ == "__main__":
    install(Path(os.environ["PROBE_FILE"]))
    run.main()
