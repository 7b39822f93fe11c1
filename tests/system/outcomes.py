"""What docs/outcomes.md says, and the rules for the simulator that make its faults happen."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "outcomes.md"

SETTINGS: dict[str, object] = {
    "fleet.read_timeout": 2,
    "fleet.retries": 1,
    "reset.run_timeout": 20,
    "reset.expected_outage": 7,
    "reset.settle": 3,
}
"""Short clocks, in the order of the usual ones: answer < settle < outage < run."""

BRIEFLY, TOO_LONG = 0.4, 60

AT: dict[str, dict[str, object]] = {
    "the first look": {"method": "GET", "path": "*/Systems/1"},
    "the action": {"method": "POST", "path": "*ComputerSystem.Reset"},
    "the action, `Nmi`": {"method": "POST", "path": "*ComputerSystem.Reset"},
    "later looks, for a while": {"method": "GET", "path": "*/Systems/1", "from": 2, "count": 2},
    "later looks, for good": {"method": "GET", "path": "*/Systems/1", "from": 2},
    "the server's own task": {"method": "POST", "path": "*ComputerSystem.Reset"},
    "after the action": {},
}
"""When a fault shows: the requests that it is at."""

FAULTS: dict[str, dict[str, object]] = {
    "`slow`, within the read timeout": {"fault": "slow", "seconds": BRIEFLY},
    "`slow`, beyond the read timeout": {"fault": "slow", "seconds": TOO_LONG},
    "`hang`": {"fault": "hang", "seconds": TOO_LONG},
    "`reset`": {"fault": "reset"},
    "`drop`": {"fault": "drop"},
    "`status` 400": {"fault": "status", "status": 400},
    "`status` 401": {"fault": "status", "status": 401},
    "`status` 503": {"fault": "status", "status": 503},
    "`bad_json`": {"fault": "bad_json"},
    "`accepted`, task `ok`": {"fault": "accepted", "task": "ok"},
    "`accepted`, task `fail`": {"fault": "accepted", "task": "fail"},
    "`accepted`, task `never`": {"fault": "accepted", "task": "never"},
    "`accepted`, task `gone`": {"fault": "accepted", "task": "gone"},
    "`away`, within the expected outage": {"fault": "away", "seconds": 2},
    "`away`, beyond the expected outage": {"fault": "away", "seconds": TOO_LONG},
}
"""What goes wrong, as the column `fault` names it: what its rule says besides when."""


@dataclass(frozen=True)
class Row:
    """One line of a table of the page."""

    fault: str
    at: str
    state: str
    status: str
    monitor: int
    key: str
    says: str

    @property
    def reset_type(self) -> str:
        return "Nmi" if "Nmi" in self.at else "ForceRestart"

    def rule(self, server: str) -> dict[str, object]:
        """The rule for the simulator that makes this server fail so."""
        return {"server": server, **AT.get(self.at, {}), **FAULTS[self.fault]}

    def is_said(self, key: str, text: str) -> bool:
        """Whether this message is the one that is documented; an ellipsis there stands for anything."""
        words = ".*?".join(map(re.escape, self.says.split("…")))
        return key == self.key and re.search(words, text, re.DOTALL) is not None


def rows(heading: str) -> list[Row]:
    """The rows of the table below this heading, in their order."""
    (part,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.M | re.S)
    found = []
    for line in [line for line in part.splitlines() if line.startswith("| `")]:
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        fault, *at, ends, monitor, key, says = cells
        state, status = ends.split()
        found.append(Row(fault, "".join(at), state, status, int(monitor), key, says))
    return found
