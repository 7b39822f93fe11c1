"""Following what services answer that are neither taskmon nor any that we have."""

import json
import time

import pytest

from cli.client.answer import seconds_of, words_of
from tests.cli.launcher import Result
from tests.cli.person import Person
from tests.cli.scripted_http import Heard, Scripted
from tests.cli.scripted_service import InTurn, link, members, scripted_service, shown
from tests.service import Service

pytestmark = pytest.mark.timeout(120)

ACCEPTED = (202, {"Location": "/m/1"}, "")
WELL = {
    "@odata.id": "/y/1",
    "Id": "1",
    "Name": "one",
    "Actions": {"#ComputerSystem.Reset": {"target": "/y/1/r"}},
}
ROOT = {"Systems": link("/y")}
SYSTEM: dict[str, Scripted] = {"/y": members("/y/1"), "/y/1": shown(WELL)}
RESET = ("reset", "1", "--type", "On", "--wait")


STEERING = "\x7f\x85\x9b\u061c\u200f\u2028\u2029\u202a\u202e\u2066\u2069"
"""What steers a terminal or the direction of a text, and is no character to be escaped by JSON's own rule."""


def reset_with(
    person: Person, monitor: Scripted, accepted: tuple[int, dict[str, str], object] = ACCEPTED
) -> tuple[Result, list[Heard]]:
    """How a reset ends whose monitor answers so, and what the service heard."""
    script = {**SYSTEM, "/y/1/r": InTurn(accepted), "/m/1": monitor}
    with scripted_service(person, ROOT, script) as service:
        return person.run(*RESET), service.requests


def test_a_monitor_without_a_task_is_asked_at_its_own_pace(somebody: Person) -> None:
    times: list[float] = []
    answers = InTurn((202, {"Retry-After": "1"}, ""), (202, {"Retry-After": "1"}, ""), (204, {}, ""))

    def monitor(heard: Heard) -> tuple[int, dict[str, str], str]:
        times.append(time.monotonic())
        return answers(heard)

    result, heard = reset_with(somebody, monitor)
    assert (result.code, result.err) == (0, "")
    assert times[-1] - times[-2] >= 0.9, "it asked for a second"
    assert json.loads(next(one.body for one in heard if one.path == "/y/1/r")) == {"ResetType": "On"}


@pytest.mark.parametrize(
    ("status", "body", "code", "said"),
    [
        (200, {}, 0, ""),
        (400, {"error": {"message": "The fan is stuck."}}, 4, "1 (/m/1) failed (400): The fan is stuck."),
        (500, "no JSON", 4, "1 (/m/1) failed (500): HTTP status 500."),
        (404, {}, 5, "1 (/m/1) is gone (404)"),
        (410, {}, 5, "1 (/m/1) is gone (410)"),
        (401, {}, 1, "has ended: log in again"),
    ],
)
def test_the_last_answer_of_a_monitor_decides(
    somebody: Person, status: int, body: object, code: int, said: str
) -> None:
    result, _ = reset_with(somebody, InTurn((202, {}, ""), (202, {}, ""), (status, {}, body)))
    assert result.code == code
    assert said in result.err
    assert result.err.count("\n") == (1 if said else 0)


def test_a_task_is_found_by_its_monitor_which_is_left_unread(somebody: Person) -> None:
    task = {"@odata.id": "/t/1", "Id": "1", "TaskState": "Completed", "TaskMonitor": "/m/9"}
    script = {"/ts": shown({"Tasks": link("/t")}), "/t": members("/t/1"), "/t/1": shown(task)}
    with scripted_service(somebody, {"Tasks": link("/ts")}, script) as service:
        assert somebody.well("task", "/m/9").lines[0] == ["task", "1"]
        assert somebody.well("watch", f"{service.url}/m/9").lines[0][:2] == ["1", "Completed"]
        assert "/m/9" not in [heard.path for heard in service.requests]
        gone = somebody.run("watch", "/m/8")
    assert gone.code == 5


def test_of_many_to_choose_from_the_first_are_named(somebody: Person) -> None:
    script = {"/ts": shown({"Tasks": link("/t")}), "/t": members(*(f"/t/a{number}" for number in range(200)))}
    with scripted_service(somebody, {"Tasks": link("/ts")}, script):
        several = somebody.run("task", "a")
        assert somebody.run("task", "").code == 2
    named = ", ".join(f"a{number}" for number in range(10))
    said = f"Several tasks begin with a: {named}, and 190 more."
    assert (several.code, several.err) == (1, f"taskmon: {said}\n")


def test_an_acceptance_that_leads_nowhere_is_said(somebody: Person) -> None:
    result, _ = reset_with(somebody, shown({}), (202, {}, ""))
    assert result.code == 1
    assert "the service names no task for it" in result.err


@pytest.mark.parametrize("where", ["https://elsewhere.invalid/m/1", "//elsewhere.invalid/m/1"])
def test_a_location_on_another_host_gets_no_token(somebody: Person, where: str) -> None:
    result, heard = reset_with(somebody, shown({}), (202, {"Location": where}, ""))
    assert result.code == 1
    assert "log in there, if you trust it" in result.err or "where the URI" in result.err
    assert not [one for one in heard if one.path == "/m/1"]


def test_a_task_in_the_answer_is_followed_though_it_has_no_tag(somebody: Person) -> None:
    def task(state: str) -> dict[str, object]:
        return {"@odata.id": "/t/1", "Id": "1", "TaskState": state, "TaskStatus": "OK", "Messages": None}

    states = InTurn(
        *((200, {"Retry-After": "0"}, task(state)) for state in ("Running", "Suspended", "Killed"))
    )
    script = {**SYSTEM, "/y/1/r": InTurn((202, {"Location": "/m/1"}, task("New"))), "/t/1": states}
    with scripted_service(somebody, ROOT, script):
        result = somebody.run(*RESET)
    assert (result.code, result.lines[0][1]) == (5, "Killed")


def test_a_reset_without_an_answer_may_have_been_taken_up(somebody: Person) -> None:
    def silent(heard: Heard) -> tuple[int, dict[str, str], str]:
        raise ConnectionAbortedError

    with scripted_service(somebody, ROOT, {**SYSTEM, "/y/1/r": silent}) as service:
        result = somebody.run(*RESET)
        asked = [one for one in service.requests if one.path == "/y/1/r"]
    assert result.code == 1
    assert "Whether it was taken up is not known" in result.err
    assert len(asked) == 1, "who is not known to tell a repetition is asked once"


def test_taskmon_is_asked_again_under_the_same_key(somebody: Person) -> None:
    answers = InTurn((204, {}, ""))
    keys: list[str] = []

    def once_silent(heard: Heard) -> tuple[int, dict[str, str], str]:
        keys.append(heard.headers["idempotency-key"])
        if len(keys) == 1:
            raise ConnectionAbortedError
        return answers(heard)

    root = {**ROOT, "Product": "taskmon"}
    with scripted_service(somebody, root, {**SYSTEM, "/y/1/r": once_silent}):
        assert somebody.run(*RESET).code == 0
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_what_a_service_writes_does_not_steer_the_terminal(somebody: Person) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J[red]x[/red]\u202e\ttab\nline" + STEERING
    task = {
        "@odata.id": "/t/1", "Id": "1", "Name": evil, "TaskState": evil, "TaskStatus": evil,
        "Messages": [{"Message": evil, "MessageSeverity": evil}], "TaskMonitor": evil,
    }  # fmt: skip
    script = {"/ts": shown({"Tasks": link("/t")}), "/t": members("/t/1"), "/t/1": shown(task)}
    with scripted_service(somebody, {"Tasks": link("/ts")}, script):
        piped = somebody.run("tasks").out + somebody.run("task", "1").out
        seen = [somebody.looked_at(*args, columns=400).written for args in (("tasks",), ("task", "1"))]
        documents = [somebody.run(*args, "--json") for args in (("tasks",), ("task", "1"))]
        followed = somebody.run("watch", "1", "--timeout", "0.1", "--json")
        wrong = somebody.run("watch", "1", "--timeout", "0.1")
    assert documents[0].json() == [task] == [documents[1].json()], "the document is the one that was sent"
    assert json.loads(followed.out) == task
    for one in (piped, wrong.out, wrong.err, followed.out, *(document.out for document in documents)):
        assert not set(one) & {*STEERING, "\u202e"}
    assert "\x1b" not in piped + wrong.out + wrong.err
    assert "\u202e" not in piped
    assert all(line.count("\t") <= 7 for line in piped.splitlines())
    for written in seen:
        assert "[red]x[/red]" in written, "and markup is text"
        assert "\x1b]" not in written
        assert "\x1b[2J" not in written


def test_logging_out_of_a_dead_service_forgets_the_session_and_says_so(
    somebody: Person, service: Service
) -> None:
    with scripted_service(somebody, {}, {}) as gone:
        pass
    result = somebody.run("logout")
    assert result.code == 1
    assert f"at {gone.url} it stays until it expires" in result.err
    assert somebody.kept == []


def test_two_logins_at_once_are_both_kept(somebody: Person, service: Service) -> None:
    trusted = ("--user", "admin", "--ca", str(service.certificate))
    other = service.url.replace("127.0.0.1", "localhost")
    with (
        somebody.start("login", service.url, *trusted, TASKMON_PASSWORD=service.password) as first,
        somebody.start("login", other, *trusted, TASKMON_PASSWORD=service.password) as second,
    ):
        assert (first.end().code, second.end().code) == (0, 0)
    assert {kept["url"] for kept in somebody.kept} == {service.url, other}
    somebody.well("logout", "--all")


def test_what_a_service_says_is_read_in_every_form() -> None:
    one = {"Message": "No.", "Resolution": "Ask later."}
    assert words_of({"error": {"message": "x", "@Message.ExtendedInfo": [one]}}) == "No. Ask later."
    assert words_of({"error": {"message": "x", "@Message.ExtendedInfo": [one, one]}}) == "No. No."
    assert words_of({"error": {"message": "x", "@Message.ExtendedInfo": []}}) == "x"
    assert words_of({"@Message.ExtendedInfo": [{"MessageId": "Base.1.0.X"}]}) == "Base.1.0.X"
    assert words_of({"error": "x", "@Message.ExtendedInfo": "y"}) == ""
    assert words_of({"error": {"@Message.ExtendedInfo": [one] * 7}}).endswith("(2 more messages.)")


def test_retry_after_is_seconds_or_a_time() -> None:
    assert seconds_of("7") == 7
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert seconds_of("soon") is None
    assert seconds_of("") is None
