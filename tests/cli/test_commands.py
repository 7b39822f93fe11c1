"""The commands against the real service: piped for programs, in a terminal for people, as JSON."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.cli.conftest import ENDLESS, FAILS
from tests.cli.launcher import ROOT
from tests.cli.person import Person
from tests.interop.plain import AGGREGATES, SOURCES, TASKS, Plain
from tests.service import Service, Simulator

pytestmark = pytest.mark.timeout(240)

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture(scope="module")
def failed(person: Person, hosts: list[str]) -> str:
    """A reset of two servers, of which one failed."""
    result = person.run("reset", hosts[1], hosts[FAILS], "--type", "ForceRestart", "--batch", "1", "--wait")
    assert result.code == 3
    return result.lines[0][0]


@pytest.fixture(scope="module")
def endless(person: Person, hosts: list[str]) -> Iterator[str]:
    """A reset that goes on."""
    task = person.well("reset", hosts[ENDLESS], "--type", "ForceRestart").lines[0][0]
    yield task
    person.run("abort", task)


# --- tasks


def test_tasks_in_a_pipe_are_whole_and_bare(person: Person, failed: str, plain: Plain) -> None:
    result = person.well("tasks", "--limit", "0")
    assert [line[0] for line in result.lines] == [uri.rpartition("/")[2] for uri in plain.members(TASKS)]
    (line,) = [line for line in result.lines if line[0] == failed]
    assert line[1:6] == ["Exception", "Critical", "100", "reset", "/redfish/v1/AggregationService"]
    assert all(TIME.fullmatch(when) for when in line[6:8])
    assert "\x1b" not in result.out
    assert person.well("tasks", "--limit", "2").out.count("\n") == 2


def test_tasks_can_be_filtered_by_the_service_and_by_state(person: Person, failed: str, endless: str) -> None:
    of_one = person.well("tasks", "--filter", f"Id eq '{failed}'").lines
    assert [line[0] for line in of_one] == [failed]
    of_state = person.well("tasks", "--state", "exception", "--state", "Cancelled").lines
    assert {line[1] for line in of_state} <= {"Exception", "Cancelled"}
    assert failed in [line[0] for line in of_state]
    both = person.well("tasks", "--filter", "TaskStatus eq 'OK'", "--state", "Exception").lines
    assert both == []
    wrong = person.run("tasks", "--filter", "TaskState eq")
    assert wrong.code == 1
    assert "$filter" in wrong.err, "the service says what is wrong with it"


def test_a_mistyped_property_is_told_and_finding_nothing_by_it_is_no_success(person: Person) -> None:
    wrong = person.run("tasks", "--filter", "TaskStat eq 'Exception' and Oem/Taskmon/Owner ne 'Bogus'")
    assert (wrong.code, wrong.out) == (1, "")
    assert "A Task has no property TaskStat: " in wrong.err
    assert person.run("tasks", "--filter", "bogus eq null and TaskState ne 'New'").code == 0
    assert person.run("tasks", "--filter", "bogus is 1").code == 1
    assert person.well("tasks", "--filter", "StartTime lt 2001-01-01T00:00:00Z").out == ""


def test_json_is_one_document_of_what_the_service_sent(person: Person, failed: str, plain: Plain) -> None:
    listed = person.well("tasks", "--json", "--filter", f"Id eq '{failed}'").json()
    assert listed == [plain.read(f"{TASKS}/{failed}")]
    assert person.well("task", failed, "--json").json() == plain.read(f"{TASKS}/{failed}")
    assert person.well("servers", "--json").json()[0]["System"]["PowerState"]
    assert person.well("aggregates", "--json").json() == []


@pytest.mark.parametrize("state", ["endless", "failed"])
def test_a_task_is_found_by_whatever_of_it_can_be_copied(
    person: Person, service: Service, state: str, request: pytest.FixtureRequest
) -> None:
    task = str(request.getfixturevalue(state))
    copied = [f"{TASKS}/{task}", f"{TASKS}/{task}/", f"/taskmon/{task}", f"/ui/#/tasks/{task}"]
    copied += [service.url + path for path in copied]
    for given in (task, task[:14], task[4:14], *copied):
        assert person.well("task", given).lines[0] == ["task", task], given


def test_an_ended_task_is_watched_aborted_and_retried_by_its_monitor(
    person: Person, service: Service, hosts: list[str]
) -> None:
    task = person.run("reset", hosts[FAILS], "--type", "ForceRestart", "--wait", "--json").json()
    monitor = service.url + task["TaskMonitor"]
    watched = person.run("watch", monitor)
    assert (watched.code, watched.lines[0][:2]) == (4, [task["Id"], "Exception"])
    aborted = person.run("abort", monitor)
    assert aborted.code == 1
    assert f"{task['Id']} has ended already" in aborted.err
    retried = person.run("retry", monitor, "--wait", "--json")
    assert retried.json()["Oem"]["Taskmon"]["RetryOf"] == task["Id"]


def test_what_is_no_task_is_said(person: Person, plain: Plain) -> None:
    several = person.run("task", "task")
    assert several.code == 1
    assert "Several tasks begin with task: " in several.err
    named = several.err.rpartition(": ")[2]
    count = len(plain.members(TASKS))
    assert named.count("task") == min(count, 10)
    assert (f", and {count - 10} more." in named) == (count > 10)
    none = person.run("task", "taskx")
    assert (none.code, "has no task taskx" in none.err) == (1, True)
    elsewhere = person.run("task", "https://elsewhere.invalid/redfish/v1/TaskService/Tasks/1")
    assert elsewhere.code == 1
    assert "log in there" in elsewhere.err, "the session goes to nobody else"


def test_a_task_is_shown_with_what_failed_of_it(
    person: Person, failed: str, hosts: list[str], plain: Plain
) -> None:
    told = person.well("task", failed).lines
    assert ["subtasks", "2: 1 completed, 1 failed"] in told
    (first,) = [line[1] for line in told if line[0] == "failed"]
    assert first.startswith(f"{hosts[FAILS]}  ")
    assert "let it fail" in first
    messages = [line[1:] for line in told if line[0] == "message"]
    assert any(words.startswith("Warning") for words, _ in messages)
    times = plain.read(f"{TASKS}/{failed}")["Oem"]["Taskmon"]["MessageTimes"]
    assert [when for _, when in messages] == [f"{one[:19]}Z" for one in times]

    seen = person.looked_at("task", failed, columns=200).lines
    assert any(re.match(rf"failed +{re.escape(hosts[FAILS])}  ", line) for line in seen)
    shown = [line for line in seen if line.startswith("message")]
    assert all(re.match(r"message +(\S.* ago|now)  \S", line) for line in shown), shown
    assert len(shown) == len(times)


def test_a_terminal_shows_a_table_in_colour_that_fits(person: Person, failed: str) -> None:
    seen = person.looked_at("tasks", "--limit", "3", columns=80)
    assert seen.code == 0
    heading, *rows = seen.lines[:4]
    assert heading.split() == ["ID", "STATE", "STATUS", "DONE", "WHAT", "TARGET", "STARTED", "TOOK"]
    starts = [heading.index(title) for title in ("STATE", "STATUS", "WHAT", "TARGET", "STARTED")]
    for row in rows:
        assert all(row[at - 1] == " " and row[at] != " " for at in starts), seen.lines
    assert " ago " in rows[0] or " now " in rows[0]
    assert re.search(r"3 of \d+; --limit 0 shows all\.", seen.written)
    assert "\x1b[38;5;" in seen.written
    absolute = person.looked_at("tasks", "--utc", "--filter", f"Id eq '{failed}'", columns=80)
    row = absolute.lines[1]
    assert row.startswith(f"{failed[:12]}  ✗ Exception  Critical  100 %  reset  ")
    assert TIME.search(row)
    assert "TOOK" not in absolute.lines[0], "what is spare is left out where there is no room"


def test_watch_on_a_terminal_has_a_bar_for_each_and_says_how_it_ended(
    person: Person, failed: str, endless: str
) -> None:
    seen = person.looked_at("watch", failed, endless, "--timeout", "3", columns=300)
    assert seen.code == 6
    first, second = (line for line in seen.lines if "━" in line)
    assert re.match(rf"{failed[:12]}\s+✗ Exception\s+━+\s+100 %\s+2 of 2, 1 failed", first)
    assert re.match(rf"{endless[:12]}\s+▸ Running\s+[━╸╺]+\s+\d+ %", second)
    assert f"{endless} goes on" in " ".join(seen.lines)
    assert seen.written.count("\x1b[?25l") == seen.written.count("\x1b[?25h"), "the cursor is back"


def test_tasks_watch_tells_every_change_until_it_is_ended(person: Person, hosts: list[str]) -> None:
    import signal

    with person.start("tasks", "--watch", "--json", "--limit", "1") as watching:
        watching.next_line()
        task = person.well("reset", hosts[1], "--type", "ForceRestart").lines[0][0]
        told = json.loads(watching.next_line())
        while told["Id"] != task or told["TaskState"] != "Completed":
            told = json.loads(watching.next_line())
        watching.send(signal.SIGINT)
        end = watching.end()
    assert (end.code, end.err) == (130, "")

    with person.terminal("tasks", "--watch", "--limit", "2") as terminal:
        terminal.read_until(task[:12], 60)
        terminal.press(b"\x03")
        assert terminal.end(60) == 130
    assert terminal.written.count("\x1b[?25l") == terminal.written.count("\x1b[?25h")


# --- resets


def test_many_are_reset_in_batches_with_a_stop_rule(person: Person, hosts: list[str], plain: Plain) -> None:
    rule = ("--batch", "1", "--delay", "0", "--max-failures", "50%")
    args = ("reset", hosts[FAILS], hosts[0], "--type", "forcerestart", *rule, "--wait", "--json")
    result = person.run(*args)
    task = result.json()
    assert result.code == 4, "one failed, and the other was not begun"
    body = json.loads(task["Payload"]["JsonBody"])
    assert (body["BatchSize"], body["DelayBetweenBatchesInSeconds"]) == (1, 0)
    assert body["Oem"] == {"Taskmon": {"MaxFailures": "50%"}}
    assert len(body["TargetURIs"]) == 2
    again = person.run("retry", task["Id"], "--cancelled", "--wait")
    assert again.code == 4, "the rule holds for the retry too"
    both = plain.read(f"{TASKS}/{again.lines[0][0]}/SubTasks")
    assert both["Members@odata.count"] == 2, "what was not begun is among what is done again"


def test_targets_are_named_as_people_do(person: Person, hosts: list[str], plain: Plain) -> None:
    systems = plain.members("/redfish/v1/Systems")
    by_name = {plain.read(uri)["Name"]: uri for uri in systems}
    name = f"Simulated server {hosts[0].partition(':')[0]}"
    uri = by_name[name]
    for given in (name, uri, uri.rpartition("/")[2], uri.rpartition("/")[2][:12], hosts[0].partition(":")[0]):
        task = person.well("reset", given, "--type", "On", "--wait", "--json").json()
        assert task["Payload"]["TargetUri"].startswith("/redfish/v1/Systems/")
    unknown = person.run("reset", "nobody", "--type", "On")
    assert (unknown.code, "has no system, server or aggregate nobody" in unknown.err) == (1, True)


# --- servers and aggregates


def test_servers_are_listed_with_their_systems(person: Person, hosts: list[str]) -> None:
    lines = person.well("servers").lines
    assert {line[0] for line in lines} == set(hosts)
    assert all(line[2].startswith("Simulated server 127.0.0.") for line in lines)
    seen = person.looked_at("servers", "list")
    assert seen.lines[0].split() == ["HOST", "SYSTEM", "NAME", "POWER", "MODEL"]


def test_a_server_is_removed_and_added(person: Person, simulator: Simulator, plain: Plain) -> None:
    line = simulator.inventory[3]
    host = line["HostName"]
    assert person.well("servers", "remove", host, "--wait").lines[0][1] == "Completed"
    assert host not in person.well("servers").out
    missing = person.run("servers", "remove", host)
    assert (missing.code, f"has no server {host}" in missing.err) == (1, True)

    wrong = person.run("servers", "add", host, "--user", line["UserName"], "--wait", given="wrong\n")
    assert wrong.code == 4
    assert "refused the service's credentials" in wrong.err
    added = person.well(
        "servers", "add", host, "--user", line["UserName"], "--wait",
        TASKMON_SERVER_PASSWORD=line["Password"],
    )  # fmt: skip
    assert added.lines[0][1] == "Completed"
    assert host in [plain.read(uri)["HostName"] for uri in plain.members(SOURCES)]


def test_aggregates_are_made_changed_reset_and_deleted(
    person: Person, hosts: list[str], plain: Plain
) -> None:
    name = person.well("aggregates", "create", hosts[0], hosts[1]).lines[0][0]
    uri = f"{AGGREGATES}/{name}"
    assert [link(one) for one in person.well("aggregates").lines] == [(name, "2")]
    assert len(person.well("aggregates", "show", name[:6]).lines) == 2
    person.well("aggregates", "add", name, hosts[2])
    person.well("aggregates", "remove", uri, hosts[0])
    assert plain.read(uri)["ElementsCount"] == 2
    refused = person.run("aggregates", "remove", name, hosts[0])
    assert refused.code == 1
    assert "was refused with 400: " in refused.err

    reset = person.well("reset", name, "--type", "ForceRestart", "--wait", "--json").json()
    assert reset["Payload"]["TargetUri"] == f"{uri}/Actions/Aggregate.Reset"
    seen = person.looked_at("aggregates")
    assert seen.lines[0].split() == ["AGGREGATE", "NAME", "SYSTEMS"]
    assert person.run("aggregates", "delete", name, "nothing").code == 1
    assert uri not in plain.members(AGGREGATES)


def link(line: list[str]) -> tuple[str, str]:
    return line[0], line[2]


# --- and the rest


def test_an_abort_of_many_goes_on_after_one_that_cannot_be(person: Person, hosts: list[str]) -> None:
    task = person.well("reset", hosts[ENDLESS], "--type", "ForceRestart").lines[0][0]
    result = person.run("abort", "nothing", task, "--json")
    assert result.code == 1
    assert [one["Done"] for one in result.json()] == ["aborted"]
    assert "has no task nothing" in result.err


def test_a_shell_completes_commands_and_values(person: Person) -> None:
    def completed(*words: str) -> list[str]:
        told = person.run(
            _TASKMON_COMPLETE="bash_complete", COMP_WORDS=" ".join(words), COMP_CWORD=str(len(words) - 1)
        )
        return [line.rpartition(",")[2] for line in told.out.splitlines()]

    assert completed("taskmon", "re") == ["reset", "retry"]
    assert completed("taskmon", "servers", "") == ["add", "list", "remove"]
    assert completed("taskmon", "reset", "--type", "Force") == ["ForceOff", "ForceRestart", "ForceOn"]
    for shell in ("bash", "zsh", "fish"):
        assert "_TASKMON_COMPLETE" in person.well("completion", shell).out


@pytest.mark.parametrize("words", ["tasks --limit 0", "completion bash", "--help"])
def test_whoever_stops_reading_ends_a_command_quietly(person: Person, words: str) -> None:
    # Nobody reads from the start, so that it does not hang on who is quicker.
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        done = subprocess.run(
            [sys.executable, str(ROOT / "run.py"), *words.split()],
            env=person.environment(),
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


def test_the_help_has_a_section_for_what_asks_a_service(person: Person) -> None:
    told = person.well("--help").out
    asking, service = told.split("The service:")
    assert "  watch " in asking
    assert "  serve " in service
    assert person.well("servers", "--help").out.count("list") >= 1
