"""Waiting: each way in which a task ends has its exit status, and a restart of the service is survived."""

import json
import signal
from collections.abc import Iterator, Sequence

import pytest

from cli.exits import Exit, together
from tests.cli.conftest import ENDLESS, FAILS
from tests.cli.person import Person
from tests.cli.scripted_http import Heard, ScriptedHttp
from tests.interop.plain import TASKS, Plain, plain_client
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(240)

RESET = ("--type", "ForceRestart", "--wait")


def test_all_well_is_0_and_json_is_the_one_task(person: Person, hosts: list[str]) -> None:
    task = person.well("reset", hosts[0], *RESET, "--json").json()
    assert (task["TaskState"], task["TaskStatus"]) == ("Completed", "OK")
    (line,) = person.well("watch", task["Id"]).lines
    assert line[:4] == [task["Id"], "Completed", "OK", "100"]


def test_failed_in_part_is_3_and_failed_is_4(person: Person, hosts: list[str]) -> None:
    partly = person.run("reset", hosts[0], hosts[FAILS], *RESET)
    assert partly.code == 3
    assert "failed in part (1 of 2 subtasks): " in partly.err
    assert "1 of 2 servers failed" in partly.err
    ((first, *_),) = partly.lines

    # A retry goes over the one that failed, and fails again: all of it.
    again = person.run("retry", first, "--wait", "--json")
    assert (again.code, again.json()["TaskState"]) == (4, "Exception")
    assert again.json()["Oem"]["Taskmon"]["RetryOf"] == first

    alone = person.run("reset", hosts[FAILS], *RESET)
    assert (alone.code, alone.lines[0][1]) == (4, "Exception")
    assert "let it fail" in alone.err

    both = person.run("watch", first, alone.lines[0][0])
    assert both.code == 3


def test_one_that_goes_on_is_6_and_aborted_is_5(person: Person, hosts: list[str], plain: Plain) -> None:
    late = person.run("reset", hosts[ENDLESS], *RESET, "--timeout", "0.5")
    ((task, state, *_),) = late.lines
    assert late.code == 6
    assert state not in ("Completed", "Exception", "Cancelled")
    assert f"{task} goes on" in late.err

    with person.start("watch", task, "--json") as watching:
        assert json.loads(watching.next_line())["Id"] == task
        aborted = person.well("abort", task, "--reason", "the window is over")
        assert aborted.lines == [[task, "aborted"]]
        end = watching.end()
    assert end.code == 5
    assert json.loads(end.out.splitlines()[-1])["TaskState"] == "Cancelled"
    assert "the window is over" in end.err
    assert plain.read(f"{TASKS}/{task}")["TaskState"] == "Cancelled", "the record stays"

    twice = person.run("abort", task)
    assert (twice.code, twice.out) == (1, "")
    assert f"{task} has ended already: it is Cancelled." in twice.err


def test_one_that_was_deleted_is_5_and_said(person: Person, hosts: list[str], plain: Plain) -> None:
    (task,) = person.well("reset", hosts[ENDLESS], "--type", "ForceRestart").lines[0]
    with person.start("watch", task, "--json") as watching:
        watching.next_line()
        assert plain.delete(f"{TASKS}/{task}").status_code == 204
        end = watching.end()
    assert end.code == 5
    assert f"{task} is gone (404)" in end.err or f"{task} was aborted" in end.err

    for given in (task, f"/taskmon/{task}", f"{TASKS}/{task}", f"{plain.url}/ui/#/tasks/{task}"):
        for command in ("watch", "task", "abort"):
            gone = person.run(command, given)
            assert (gone.code, gone.out) == (5, ""), (command, given)
            assert "is gone (404)" in gone.err
            assert gone.err.count("\n") == 1
    well = person.well("reset", hosts[0], "--type", "On", "--wait").lines[0][0]
    both = person.run("watch", task, well)
    assert (both.code, both.lines[0][:2]) == (5, [well, "Completed"]), "how the other ended is told"
    assert person.run("watch", task[:20]).code == 1, "a beginning may be mistyped"


def test_ctrl_c_ends_the_waiting_and_not_the_task(person: Person, hosts: list[str], plain: Plain) -> None:
    (task,) = person.well("reset", hosts[ENDLESS], "--type", "ForceRestart").lines[0]
    with person.start("watch", task, "--json") as watching:
        watching.next_line()
        watching.send(signal.SIGINT)
        end = watching.end()
    assert end.code == 130
    assert f"taskmon watch {task}" in end.err
    assert plain.read(f"{TASKS}/{task}")["TaskState"] in ("Starting", "Running")
    person.well("abort", task)


def test_usage_is_2(person: Person, hosts: list[str]) -> None:
    for args, said in (
        (("reset", hosts[0], "--type", "ForceRestrat"), "Did you mean ForceRestart?"),
        (("reset", hosts[0]), "--type"),
        (("reset", "--type", "On"), "--all"),
        (("reset", hosts[0], "--all", "--type", "On"), "not both"),
        (("reset", hosts[0], "--type", "On", "--delay", "3"), "--batch"),
        (("reset", hosts[0], "--type", "On", "--max-failures", "0%"), "percentage"),
        (("watch",), "ID"),
        (("events", "--since", "3"), "--follow"),
        (("abort", "x", "--reason", "x" * 201), "200 characters"),
        (("task", ""), "Say which task"),
        (("watch", " "), "Say which task"),
        (("abort", ""), "Say which task"),
        (("reset", "", "--type", "On"), "say which systems"),
        (("nonsense",), "nonsense"),
    ):
        wrong = person.run(*args)
        assert (wrong.code, wrong.out) == (2, ""), args
        assert said in wrong.err
        assert wrong.err.count("\n") == 1, wrong.err


def test_the_exit_status_of_several_is_the_gravest_that_says_something() -> None:
    ok, failed, partly = Exit.OK, Exit.FAILED, Exit.PARTLY_FAILED
    assert together([ok, ok]) is Exit.OK
    assert together([failed, failed]) is Exit.FAILED
    assert together([failed, ok]) is Exit.PARTLY_FAILED
    assert together([partly, failed]) is Exit.PARTLY_FAILED
    assert together([ok, Exit.ABORTED]) is Exit.ABORTED
    assert together([failed, Exit.ABORTED]) is Exit.PARTLY_FAILED
    assert together([failed, Exit.TIMED_OUT]) is Exit.TIMED_OUT
    assert together([Exit.TIMED_OUT, Exit.OTHER]) is Exit.OTHER


# --- a service of its own, for it is stopped


class Staying(Service):
    """Comes back where it was."""

    def arguments(self) -> Sequence[str]:
        *most, port = super().arguments()
        return [*most, self.url.rpartition(":")[2] or port]


@pytest.fixture(scope="module")
def stoppable(
    tmp_path_factory: pytest.TempPathFactory, simulator: Simulator, hosts: list[str]
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("cli-restart")
    with Staying(folder, {"fleet.ca_file": simulator.certificate}) as service:
        with plain_client(service) as plain:
            plain.add(simulator.inventory[:2])
        yield service


def test_a_restart_of_the_service_is_survived_and_told(
    somebody: Person, stoppable: Service, hosts: list[str]
) -> None:
    somebody.log_in(stoppable)
    (task,) = somebody.well(
        "reset", hosts[0], hosts[1], "--type", "ForceRestart", "--batch", "1", "--delay", "600"
    ).lines[0]
    with somebody.start("watch", task, "--json") as watching:
        assert json.loads(watching.next_line())["Id"] == task
        stoppable.stop()
        watching.until_said("Trying again")
        stoppable.start()
        watching.until_said("The service answers again.")
        somebody.well("abort", task)
        end = watching.end()
    assert end.code == 5
    assert end.err.count("Trying again for") == 1


def test_a_service_that_stays_away_is_given_up(somebody: Person) -> None:
    def gone(request: Heard) -> tuple[int, dict[str, str], str]:
        return 503, {"Content-Type": "application/json", "Retry-After": "1"}, json.dumps(BUSY)

    with ScriptedHttp({**OTHER, "/t/1": gone}, headers=SESSION) as other:
        somebody.well("login", other.url, "--user", "x", TASKMON_PASSWORD="x")
        end = somebody.run("watch", "/t/1", "--patience", "0.2")
    assert end.code == 1
    assert "Busy, says the service." in end.err


BUSY = {"error": {"message": "Busy, says the service."}}
SESSION = {"X-Auth-Token": "t", "Location": "/s/1"}
OTHER = {
    "/redfish/v1/": (
        200,
        "application/json",
        json.dumps({"RedfishVersion": "1.6.0", "Links": {"Sessions": {"@odata.id": "/s"}}}),
    ),
    "/s": (201, "application/json", "{}"),
}
