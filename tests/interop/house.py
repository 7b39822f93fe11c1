"""A service with simulated servers that are added already, for the tests of clients."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from tests.interop.plain import Plain, plain_client
from tests.service import Service, Simulator


class Kind(StrEnum):
    """What becomes of the reset of a server."""

    WELL = "well"
    FAILS = "fails"
    """It is accepted, and the server's own task for it then fails."""
    REFUSED = "refused"
    """The server answers 503 at once."""
    ENDLESS = "endless"
    """It is accepted, and the server's own task for it never ends."""
    SLOW = "slow"
    """The server takes SLOWLY seconds to answer it."""


COUNTS = {Kind.WELL: 30, Kind.FAILS: 12, Kind.REFUSED: 4, Kind.ENDLESS: 8, Kind.SLOW: 1}
TRANSITION = "0.3-0.5"
"""Seconds: long enough to be seen under way."""
SLOWLY = 3.0

_FAULTS: dict[Kind, dict[str, object]] = {
    Kind.FAILS: {"fault": "accepted", "task": "fail"},
    Kind.REFUSED: {"fault": "status", "method": "POST", "path": "*.Reset", "status": 503},
    Kind.ENDLESS: {"fault": "accepted", "task": "never"},
    Kind.SLOW: {"fault": "slow", "method": "POST", "path": "*.Reset", "seconds": SLOWLY},
}


@dataclass(repr=False)
class House:
    """The service, its servers, and a plain client of it."""

    service: Service
    simulator: Simulator
    plain: Plain
    _free: dict[Kind, list[str]] = field(default_factory=dict)
    _server: dict[str, dict[str, str]] = field(default_factory=dict)

    def add_all(self) -> None:
        lines = self.simulator.inventory
        systems = [found for (found,) in self.plain.add(lines)]
        for line, system, kind in zip(lines, systems, _kinds(), strict=True):
            self._free.setdefault(kind, []).append(system)
            self._server[system] = line

    def take(self, kind: Kind = Kind.WELL) -> str:
        """A system of this kind that no other test has."""
        assert self._free[kind], f"there are too few servers that are {kind}: see COUNTS"
        return self._free[kind].pop()

    def resets_heard(self, system: str) -> list[dict[str, Any]]:
        """The resets that this system's server has heard: lines of the request log."""
        name = self._server[system]["HostName"]
        return [
            line
            for line in self.simulator.requests
            if line["server"] == name and line["method"] == "POST" and line["path"].endswith(".Reset")
        ]

    @property
    def sessions(self) -> list[str]:
        """The sessions that are open at the service; the plain client has none."""
        return self.plain.members("/redfish/v1/SessionService/Sessions")


@contextmanager
def furnished(folder: Path) -> Iterator[House]:
    """A house whose servers are all added; what runs for it ends with the block."""
    rules = [
        {"server": f"127.0.0.{number}", **_FAULTS[kind]}
        for number, kind in enumerate(_kinds(), start=1)
        if kind in _FAULTS
    ]
    with (
        Simulator(folder, sum(COUNTS.values()), rules, transition=TRANSITION) as simulator,
        Service(folder, {"fleet.ca_file": simulator.certificate}) as service,
        plain_client(service) as plain,
    ):
        house = House(service, simulator, plain)
        house.add_all()
        yield house


def _kinds() -> list[Kind]:
    """The kind of each server, in the order of the inventory."""
    return [kind for kind, count in COUNTS.items() for _ in range(count)]
