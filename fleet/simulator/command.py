"""The command `simulate`: the simulator as a program of its own."""

import asyncio
from pathlib import Path

import click

from fleet.simulator.errors import SimulatorError
from fleet.simulator.options import SimulatorOptions, parse_transition
from fleet.simulator.process import simulate as run

PathOption = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--servers", type=int, default=24, help="How many (default: 24).")
@click.option("--port", type=int, default=0, help="Port of all of them (default: a free one).")
@click.option("--seed", type=int, default=0, help="The same seed gives the same servers (default: 0).")
@click.option("--faults", type=PathOption, help="Faults to show (JSON); read again on SIGHUP.")
@click.option("--dead", type=int, default=0, help="More lines in the inventory, with nobody there.")
@click.option("--transition", default="0.5-2", metavar="MIN-MAX", help="Seconds (default: 0.5-2).")
@click.option("--inventory", type=PathOption, help="File to write addresses and credentials to (JSON).")
@click.option("--ca", type=PathOption, help="File to write the authority's certificate to (PEM).")
@click.option("--request-log", type=PathOption, help="File to log every request to (a JSON line each).")
def simulate(
    servers: int,
    port: int,
    seed: int,
    faults: Path | None,
    dead: int,
    transition: str,
    inventory: Path | None,
    ca: Path | None,
    request_log: Path | None,
) -> None:
    """Simulate servers (BMCs), each at its own address in 127.0.0.0/8. Needs Linux."""
    try:
        options = SimulatorOptions(
            servers=servers,
            port=port,
            seed=seed,
            faults=faults,
            dead=dead,
            transition=parse_transition(transition),
            inventory=inventory,
            ca=ca,
            request_log=request_log,
        )
    except SimulatorError as error:
        raise click.UsageError(str(error)) from None
    try:
        asyncio.run(run(options))
    except (SimulatorError, OSError) as error:
        raise click.ClickException(str(error)) from None
