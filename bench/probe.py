"""`run.py` with a probe on its loop: how late the loop was, and how long the start took.

    python -m bench.probe serve …      (PROBE_FILE names the file for the readings)

The service is the one that is shipped; only the beats are added. The
readings are written at SIGUSR2, which also begins them anew, and at the end.
"""

import asyncio
import json
import os
import signal
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import run
from bench.beats import Beats
from service import assembly, commands
from store.sqlite import open_store
from web.app import listen


class Probe:
    """Reads the beats of the running loop, and writes what they come to into a file; all in seconds."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._beats = Beats()
        self.opening = 0.0
        """From the opening of the store to the listening; 0 until then."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR2, self.write)

    def write(self) -> None:
        """Write the readings, whole, and begin anew."""
        whole = self._file.with_suffix(".new")
        whole.write_text(json.dumps({**asdict(self._beats.read()), "opening": self.opening}))
        whole.rename(self._file)


def install(file: Path) -> None:
    """Have the service that `run` starts probed."""
    serve = assembly.run_service
    probes: list[Probe] = []
    opened: list[float] = []

    async def probed(*given: Any, **named: Any) -> None:
        probes.append(Probe(file))
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
