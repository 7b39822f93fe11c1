"""What all the other clients live by, on the wire: statuses, headers and bodies of a task's answers.

The rows are those of the checklist of what breaks clients, as far as the service has what they are about.
"""

import time
from itertools import pairwise
from typing import Any

import pytest
import requests

from actors import LIVE
from tests.interop.house import SLOWLY, House, Kind
from tests.interop.plain import PAUSE, monitor_of, reset_target, task_of

pytestmark = pytest.mark.timeout(60)

ONLY_IN_THE_MONITOR = {"Message", "MessageId", "MessageArgs", "NumberOfArgs", "Severity"}
NOT_ENDED = "0001-01-01T00:00:00Z"


def answers_of(house: House, accepted: requests.Response) -> list[requests.Response]:
    """All answers of the monitor, up to the first that is not 202."""
    answers = [house.plain.get(monitor_of(accepted))]
    while answers[-1].status_code == 202:
        time.sleep(PAUSE)
        answers.append(house.plain.get(monitor_of(accepted)))
    return answers


def said(answer: requests.Response) -> tuple[int, dict[str, str], bytes]:
    """An answer without what differs between any two."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("Date", "X-Request-Id")}
    return answer.status_code, headers, answer.content


def is_told_as_a_failure(answer: requests.Response) -> None:
    """It says what went wrong, and nothing in it makes a client log in again or repeat the question."""
    assert 400 <= answer.status_code < 500
    assert answer.status_code not in (401, 403)
    error = answer.json()["error"]
    assert error["code"].endswith(".GeneralError")
    assert error["message"]
    for message in error["@Message.ExtendedInfo"]:
        assert message["MessageId"]
        assert isinstance(message["MessageArgs"], list)
        assert message["Message"]
        assert message["Resolution"]


def test_the_first_answer_comes_before_the_work_and_leads_to_the_monitor(house: House) -> None:
    system = house.take(Kind.SLOW)
    begun = time.monotonic()
    accepted = house.plain.reset(system, "ForceOff")
    assert time.monotonic() - begun < SLOWLY, "it waited for the server; clients repeat a POST that is slow"
    monitor = monitor_of(accepted)
    assert monitor.startswith("/taskmon/task")
    assert "Retry-After" not in accepted.headers
    body = accepted.json()
    assert not {"@odata.id", "Id"} & set(body)
    assert body["@Message.ExtendedInfo"]
    assert house.plain.follow(accepted).status_code == 200
    assert len(house.resets_heard(system)) == 1


def test_the_whole_task_comes_at_once_to_who_prefers_it(house: House) -> None:
    system = house.take()
    target = reset_target(system)
    accepted = house.plain.ask("POST", target, {"ResetType": "On"}, Prefer="return=representation")
    body = accepted.json()
    assert body["@odata.id"] == task_of(accepted)
    assert body["TaskMonitor"] == monitor_of(accepted)
    assert house.plain.follow(accepted).status_code == 200


@pytest.mark.parametrize("kind", [Kind.WELL, Kind.FAILS])
def test_a_monitor_is_accepted_until_the_end_and_then_always_says_the_same(house: House, kind: Kind) -> None:
    system = house.take(kind)
    accepted = house.plain.reset(system, "ForceOff")
    *waiting, final = answers_of(house, accepted)
    for answer in waiting:
        assert answer.headers["Location"] == monitor_of(accepted)
        assert "Retry-After" not in answer.headers
        under_way(answer.json())
    percents = [answer.json()["PercentComplete"] for answer in waiting]
    assert all(earlier <= later < 100 for earlier, later in pairwise([*percents, 99]))
    assert [said(house.plain.get(monitor_of(accepted))) for _ in range(3)] == [said(final)] * 3

    task = house.plain.get(task_of(accepted))
    assert task.status_code == 200
    assert not ONLY_IN_THE_MONITOR & set(task.json())
    assert task.json()["EndTime"] > task.json()["StartTime"]
    if kind is Kind.WELL:
        assert final.status_code == 200
        assert final.json()["code"].endswith(".Success")
        assert final.json()["message"] == "Request completed successfully."
        assert task.json()["TaskState"] == "Completed"
        assert house.plain.power(system) == "Off"
    else:
        is_told_as_a_failure(final)
        assert task.json()["TaskState"] == "Exception"


def under_way(body: dict[str, Any]) -> None:
    """What the monitor of a live task says."""
    assert set(body) >= {"Id", "Name", "TaskState", "TaskStatus", "PercentComplete", *ONLY_IN_THE_MONITOR}
    assert body["TaskState"] in LIVE
    assert body["EndTime"] == NOT_ENDED
    assert isinstance(body["Messages"], list)


def test_a_task_can_be_read_while_it_runs_and_be_deleted_at_either_of_its_uris(house: House) -> None:
    for at in (monitor_of, task_of):
        accepted = house.plain.reset(house.take(Kind.ENDLESS), "ForceOff")
        monitor, task = monitor_of(accepted), task_of(accepted)
        answer = house.plain.get(monitor)
        assert answer.status_code == 202
        under_way(answer.json())
        resource = house.plain.get(task)
        assert resource.status_code == 200
        assert resource.headers["Allow"] == answer.headers["Allow"] == "GET, HEAD, DELETE"
        assert not ONLY_IN_THE_MONITOR & set(resource.json())
        assert resource.json()["EndTime"] == NOT_ENDED

        deleted = house.plain.delete(at(accepted))
        assert (deleted.status_code, deleted.content) == (204, b"")
        for uri in (monitor, task):
            assert house.plain.get(uri).status_code == 404
            nobody = requests.get(
                house.service.url + uri, verify=str(house.service.certificate), timeout=30, auth=NoAuth()
            )
            assert nobody.status_code == 401


def test_an_aborted_subtask_and_the_whole_that_it_was_of_are_failures(house: House) -> None:
    plain = house.plain
    well, endless = house.take(), house.take(Kind.ENDLESS)
    accepted = plain.reset_systems([well, endless], "ForceOff")
    subtasks = {
        plain.read(one)["Payload"]["TargetUri"]: one for one in plain.members(f"{task_of(accepted)}/SubTasks")
    }
    subtask = plain.read(subtasks[reset_target(endless)])
    assert "SubTasks" not in subtask
    plain.task_in(subtasks[reset_target(endless)], ["Running"])
    assert plain.delete(subtask["TaskMonitor"]).status_code == 204

    is_told_as_a_failure(plain.get(subtask["TaskMonitor"]))
    assert plain.read(subtask["@odata.id"])["TaskState"] == "Cancelled"
    is_told_as_a_failure(plain.follow(accepted))
    assert plain.read(task_of(accepted))["TaskState"] == "Exception"
    assert plain.power(well) == "Off"


class NoAuth(requests.auth.AuthBase):
    """Keeps requests from looking for credentials in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request
