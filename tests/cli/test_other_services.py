"""Services that are not taskmon: the table of docs/cli.md is tried, row by row, at each of them."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.cli.launcher import ROOT, Launcher, Result
from tests.cli.person import Person
from tests.interop.emulator import PASSWORD, USER, Emulator
from tests.service import Simulator

pytestmark = pytest.mark.timeout(240)

PAGE = ROOT / "docs" / "cli.md"
ON, OFF = (f"{number:08x}-5afe-4c0d-8e5e-7f1f2e3d4c5b" for number in (1, 2))
WORKS = "yes"


@dataclass
class Other:
    """A service that is not ours, and somebody who is logged in there."""

    url: str
    person: Person
    password: str
    simulator: Simulator | None = None

    def run(self, *args: str) -> Result:
        return self.person.run(*args, TASKMON_PASSWORD=self.password)


@pytest.fixture(scope="module")
def emulator(launcher: Launcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Other]:
    """sushy-emulator, which has no sessions."""
    folder = tmp_path_factory.mktemp("cli-emulator")
    with Emulator(folder / "emulator", {ON: "On", OFF: "Off"}) as emulator:
        other = Other(emulator.url, Person(launcher, folder / "state"), PASSWORD)
        told = other.run("login", emulator.url, "--user", USER, "--ca", str(emulator.certificate))
        assert told.code == 0
        assert "has no sessions: nothing secret is kept" in told.err
        assert PASSWORD not in other.person.file.read_text()
        yield other


@pytest.fixture(scope="module")
def server(launcher: Launcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Other]:
    """One of the simulated servers, asked directly: its resets are tasks of its own."""
    folder = tmp_path_factory.mktemp("cli-server")
    with Simulator(folder, 1, [{"fault": "accepted", "task": "ok"}]) as simulator:
        (line,) = simulator.inventory
        person = Person(launcher, folder / "state")
        other = Other(f"https://{line['HostName']}", person, line["Password"], simulator)
        args = ("--user", line["UserName"], "--ca", str(simulator.certificate))
        assert other.run("login", other.url, *args) == Result(0, "", "")
        yield other


# --- the table


def documented() -> dict[str, tuple[str, str]]:
    """What the page says of each row: at sushy-emulator, and at a simulated server."""
    text = PAGE.read_text().partition("## Other services")[2]
    rows = re.findall(r"^\| `(.+?)` \| (.+?) \| (.+?) \|", text, re.MULTILINE)
    return {command.replace("\\|", "|"): (first.strip(), second.strip()) for command, first, second in rows}


TRIED: dict[str, Callable[[Other], Result]] = {
    "login": lambda other: other.run("servers"),
    "tasks": lambda other: other.run("tasks"),
    "tasks --state S": lambda other: other.run("tasks", "--state", "Running"),
    "tasks --filter E": lambda other: other.run("tasks", "--filter", "TaskState eq 'Running'"),
    "reset": lambda other: other.run("reset", "--all", "--type", "On"),
    "reset --batch N": lambda other: other.run("reset", "--all", "--type", "On", "--batch", "1"),
    "reset --max-failures N": lambda other: other.run(
        "reset", "--all", "--type", "On", "--max-failures", "1"
    ),
    "servers": lambda other: other.run("servers"),
    "servers add": lambda other: other.run("servers", "add", "127.0.0.1", "--user", "x"),
    "aggregates": lambda other: other.run("aggregates"),
    "events --follow": lambda other: other.run("events", "--follow"),
}
"""What is the same at every service: a row of the table, and a command that shows whether it works."""
WITH_TASKS = {"reset --wait", "task", "watch", "abort", "retry"}
"""Rows whose commands need a task; the tests below are about them."""


def test_every_row_is_tried() -> None:
    assert set(documented()) == {*TRIED, *WITH_TASKS}


@pytest.mark.parametrize("row", TRIED)
@pytest.mark.parametrize("kind", ["emulator", "server"])
def test_what_the_table_says_is_so(kind: str, row: str, request: pytest.FixtureRequest) -> None:
    other: Other = request.getfixturevalue(kind)
    said = documented()[row][kind == "server"]
    result = TRIED[row](other)
    if said.startswith(WORKS):
        assert (result.code, result.err) == (0, ""), said
    else:
        assert result.code == 1
        assert result.err == f"taskmon: {other.url} {said}\n"


# --- tasks elsewhere


def test_a_server_with_tasks_of_its_own_is_followed_and_its_tasks_are_deleted(server: Other) -> None:
    first = server.run("reset", "1", "--type", "ForceRestart", "--wait", "--json")
    assert (first.code, first.json()["TaskState"]) == (0, "Completed")

    assert server.simulator is not None
    server.simulator.use_faults([{"fault": "accepted", "task": "never"}])
    late = server.run("reset", "1", "--type", "ForceRestart", "--wait", "--timeout", "0.5")
    assert late.code == 6
    ((task, state, *_),) = late.lines
    assert state == "Running"
    shown = server.run("task", task)
    assert ["state", "▸ Running  OK"] in shown.lines
    retried = server.run("retry", task)
    assert (retried.code, retried.err) == (
        1,
        f"taskmon: {server.url} has no way to do again what failed of a task.\n",
    )
    with server.person.start("watch", task, "--json", TASKMON_PASSWORD=server.password) as watching:
        assert json.loads(watching.next_line())["Id"] == task
        assert server.run("abort", task, "--reason", "why not") == Result(0, f"{task}\tdeleted\n", "")
        end = watching.end()
    assert end.code == 5
    assert "is gone (404)" in end.err
    gone = server.run("task", task)
    assert (gone.code, f"has no task {task}" in gone.err) == (1, True)
    assert [line[1] for line in server.run("tasks").lines].count("Running") == 0


def test_a_server_that_answers_at_once_is_done_at_once(emulator: Other) -> None:
    many = emulator.run("reset", ON, OFF, "--type", "On", "--wait")
    assert many == Result(0, "", "")
    refused = emulator.run("reset", ON, "--type", "Nmi")
    assert refused.code == 1
    assert "refused it (501): " in refused.err


def test_without_sessions_the_password_is_asked_for_each_time(emulator: Other) -> None:
    wrong = emulator.person.run("servers", TASKMON_PASSWORD="wrong")
    assert wrong.code == 1
    assert f"refused {USER} with this password" in wrong.err
    assert emulator.person.run("servers", given=f"{PASSWORD}\n").code == 0
    with emulator.person.terminal("servers") as terminal:
        terminal.read_until(f"Password of {USER}", 60)
        terminal.press(f"{PASSWORD}\n".encode())
        assert terminal.end(60) == 0
    assert "HOST" not in terminal.written, "no server was added here, so no host is told"
