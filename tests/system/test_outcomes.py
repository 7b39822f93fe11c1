"""docs/outcomes.md, row by row, at the real service and simulated servers: what becomes of each fault."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fleet.simulator.fault_rules import FaultKind
from fleet.simulator.server_tasks import TaskFate
from tests.interop.plain import Plain, plain_client, task_of
from tests.service import Service, Simulator
from tests.system.outcomes import FAULTS, SETTINGS, Row, rows

pytestmark = pytest.mark.timeout(180)

RESETS, ADDITIONS = rows("Resets"), rows("Adding a server")


@dataclass
class Ended:
    """How it ended: the task, and what its monitor answered at the end (None for a subtask's)."""

    task: dict[str, Any]
    monitor: int | None
    body: str = ""


@dataclass
class Outcomes:
    """Of each row what it came to: as a task of its own, and as a subtask."""

    alone: dict[Row, Ended]
    together: dict[Row, Ended]
    added: dict[Row, Ended]


def address(line: dict[str, str]) -> str:
    return line["HostName"].partition(":")[0]


def ended(client: Plain, accepted: Any) -> Ended:
    final = client.follow(accepted)
    return Ended(client.read(task_of(accepted)), final.status_code, final.text)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """All rows at once: each has a server for a reset alone, and one for its part in a reset of many."""
    folder: Path = tmp_path_factory.mktemp("outcomes")
    count = len(RESETS)
    with Simulator(folder / "servers", 2 * count + len(ADDITIONS), transition="0.3-0.5") as simulator:
        settings = {**SETTINGS, "fleet.ca_file": simulator.certificate}
        with Service(folder / "service", settings) as service, plain_client(service) as client:
            lines = simulator.inventory
            systems = [systems[0] for systems in client.add(lines[: 2 * count])]
            rules = [row.rule(address(line)) for row, line in zip(RESETS * 2, lines, strict=False)]
            new = lines[2 * count :]
            rules += [row.rule(address(line)) for row, line in zip(ADDITIONS, new, strict=True)]
            simulator.use_faults(rules)

            alone = [
                client.reset(system, row.reset_type)
                for row, system in zip(RESETS, systems[:count], strict=True)
            ]
            of_many = dict(zip(RESETS, systems[count:], strict=True))
            wholes = {}
            for kind in ("ForceRestart", "Nmi"):
                part = [row for row in RESETS if row.reset_type == kind]
                wholes[kind] = (part, client.reset_systems([of_many[row] for row in part], kind))
            asked = [client.ask_to_add(line) for line in new]

            together: dict[Row, Ended] = {}
            for part, accepted in wholes.values():
                assert client.follow(accepted).status_code == 400
                uris = client.members(f"{task_of(accepted)}/SubTasks")
                together |= {row: Ended(client.read(uri), None) for row, uri in zip(part, uris, strict=True)}
            yield Outcomes(
                {row: ended(client, accepted) for row, accepted in zip(RESETS, alone, strict=True)},
                together,
                {row: ended(client, accepted) for row, accepted in zip(ADDITIONS, asked, strict=True)},
            )


def holds(row: Row, found: Ended) -> None:
    """Fails unless this is how the row says that it ends."""
    told = [(message["MessageId"].split(".")[-1], message["Message"]) for message in found.task["Messages"]]
    story = "\n".join(f"{key}: {text}" for key, text in told)
    assert (found.task["TaskState"], found.task["TaskStatus"]) == (row.state, row.status), story
    assert any(row.is_said(key, text) for key, text in told), story
    if found.monitor is not None:
        assert found.monitor == row.monitor, found.body
        if row.state == "Exception":
            assert row.is_said(row.key, found.body), found.body


@pytest.mark.parametrize("row", RESETS, ids=lambda row: f"{row.fault} at {row.at}")
def test_a_reset_ends_as_documented(outcomes: Outcomes, row: Row) -> None:
    holds(row, outcomes.alone[row])
    holds(row, outcomes.together[row])


@pytest.mark.parametrize("row", ADDITIONS, ids=lambda row: row.fault)
def test_an_addition_ends_as_documented(outcomes: Outcomes, row: Row) -> None:
    holds(row, outcomes.added[row])


def test_every_fault_is_documented_and_nothing_documented_is_gone() -> None:
    assert {row.fault for row in RESETS} == set(FAULTS)
    assert len(set(RESETS)) == len(RESETS)
    assert {rule["fault"] for rule in FAULTS.values()} == {str(kind) for kind in FaultKind}
    assert {rule["task"] for rule in FAULTS.values() if "task" in rule} == {str(fate) for fate in TaskFate}
