"""What the tests of commands share: one launcher, one service with servers, somebody who is logged in."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.launcher import Launcher
from tests.cli.person import Person
from tests.interop.plain import Plain, plain_client
from tests.service import Service, Simulator

FAILS, ENDLESS = 4, 5
"""Of the servers, by number from 0: one whose own task for a reset fails, and one whose never ends."""
SERVERS = 6


@pytest.fixture(scope="session")
def launcher() -> Iterator[Launcher]:
    with tempfile.TemporaryDirectory() as folder, Launcher(Path(folder)) as launcher:
        yield launcher


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    faults = [
        {"server": f"127.0.0.{FAILS + 1}", "fault": "accepted", "task": "fail"},
        {"server": f"127.0.0.{ENDLESS + 1}", "fault": "accepted", "task": "never"},
    ]
    with Simulator(tmp_path_factory.mktemp("cli-simulator"), SERVERS, faults) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, simulator: Simulator) -> Iterator[Service]:
    """A service to which all servers of the simulator are added."""
    folder = tmp_path_factory.mktemp("cli-service")
    with Service(folder, {"fleet.ca_file": simulator.certificate}) as service:
        with plain_client(service) as plain:
            plain.add(simulator.inventory)
        yield service


@pytest.fixture(scope="session")
def plain(service: Service) -> Iterator[Plain]:
    with plain_client(service) as plain:
        yield plain


@pytest.fixture
def somebody(launcher: Launcher, tmp_path: Path) -> Person:
    """Somebody who is logged in nowhere."""
    return Person(launcher, tmp_path / "state")


@pytest.fixture(scope="session")
def person(launcher: Launcher, service: Service, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The administrator, logged in at the service. Who changes that uses `somebody`."""
    person = Person(launcher, tmp_path_factory.mktemp("cli-state"))
    person.log_in(service)
    return person


@pytest.fixture(scope="session")
def hosts(simulator: Simulator) -> list[str]:
    """The address of each server."""
    return [line["HostName"] for line in simulator.inventory]
