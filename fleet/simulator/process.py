"""The simulator as a process: files written whole, signals, one line when it is ready."""

import asyncio
import os
import resource
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from fleet.simulator.addresses import address_of
from fleet.simulator.errors import SimulatorError
from fleet.simulator.options import SimulatorOptions
from fleet.simulator.simulator import Simulator

FOR_ALL, FOR_THE_OWNER = 0o644, 0o600


async def simulate(options: SimulatorOptions) -> None:
    """Simulate servers until SIGTERM or SIGINT comes.

    Once the inventory and the certificate of the authority are written, each whole, and the servers answer,
    it prints one line that begins with `listening on `. SIGHUP reads the faults file again and prints
    `faults: N rules`; when the file makes no sense, the rules stay and a sentence goes to standard error.

    Raises:
        SimulatorError: it cannot start.
    """
    raise_open_files_limit()
    loop = asyncio.get_running_loop()
    stop_asked = asyncio.Event()
    simulator = Simulator(options)
    with ExitStack() as handlers:
        for number, handler in (
            (signal.SIGTERM, stop_asked.set),
            (signal.SIGINT, stop_asked.set),
            (signal.SIGHUP, lambda: _reload(simulator)),
        ):
            loop.add_signal_handler(number, handler)
            handlers.callback(loop.remove_signal_handler, number)
        async with simulator:
            if options.ca is not None:
                write_whole(options.ca, simulator.ca_pem, FOR_ALL)
            if options.inventory is not None:
                write_whole(options.inventory, simulator.inventory_json(), FOR_THE_OWNER)
            _say(f"listening on https://127.0.0.1:{simulator.port} ({_servers(options.servers)})")
            await stop_asked.wait()


def raise_open_files_limit() -> None:
    """Let this process have as many open files as the system grants it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Put this content into a file, so that who reads it finds the old or the new, and never half of it.

    Raises:
        SimulatorError: it cannot be written; the old one, if any, is still there.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
        with ExitStack() as undo:
            undo.callback(Path(name).unlink, missing_ok=True)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(name).chmod(mode)
            Path(name).rename(path)
    except OSError as error:
        raise SimulatorError(
            f"{path} cannot be written ({error.strerror}): give a file in a folder that is there."
        ) from error


def _reload(simulator: Simulator) -> None:
    try:
        _say(f"faults: {simulator.reload_faults()} rules")
    except SimulatorError as error:
        print(f"The faults stay as they were. {error}", file=sys.stderr, flush=True)


def _servers(number: int) -> str:
    match number:
        case 0:
            return "no servers"
        case 1:
            return f"1 server at {address_of(0)}"
        case _:
            return f"{number} servers at {address_of(0)} to {address_of(number - 1)}"


def _say(line: str) -> None:
    print(line, flush=True)
