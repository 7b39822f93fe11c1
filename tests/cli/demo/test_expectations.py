"""The demo notices when a failure does not look like a failure, and what it cannot understand."""

from typing import Any

import pytest

from cli.demo.errors import DemoError
from cli.demo.expectations import complaint_of, expect_failed_answer, expect_one_failure
from cli.demo.redfish import Resource
from cli.demo.reset_watch import ResetWatch
from tests.cli.demo.scripted_redfish import TASK, ScriptedRedfish, a_reset, answer, numbers, task


async def watched(resources: dict[str, Any], servers: int = 3) -> ResetWatch:
    watch = ResetWatch(ScriptedRedfish(resources), TASK, numbers(servers), batch_size=2)
    await watch.look()
    return watch


async def test_one_failure_that_the_task_tells_of_is_as_it_should_be() -> None:
    watch = await watched(a_reset("Completed", "Exception", "Completed"))
    assert expect_one_failure(watch, 2)["Id"] == "sub2"
    assert watch.ids == {"task1", "sub1", "sub2", "sub3"}


@pytest.mark.parametrize(
    ("reset", "sentence"),
    [
        (a_reset("Completed", "Completed", "Completed", state="Completed"), "failed: none."),
        (a_reset("Exception", "Exception", "Completed"), "failed: 1, 2."),
        (a_reset("Completed", "Completed", "Exception"), "failed: 3."),
        (a_reset("Completed", "Exception", "Cancelled"), "2 servers should have been reset well; 1 were."),
        (a_reset("Completed", "Exception", "Completed", state="Completed"), "it is Completed, OK, 100 %."),
        (a_reset("Completed", "Exception", "Completed", percent=99), "it is Exception, Critical, 99 %."),
    ],
)
async def test_any_other_end_is_a_deviation(reset: dict[str, Any], sentence: str) -> None:
    watch = await watched(reset)
    with pytest.raises(DemoError) as deviation:
        expect_one_failure(watch, 2)
    assert str(deviation.value).endswith(sentence)


async def test_a_task_that_ends_before_its_subtasks_is_a_deviation() -> None:
    with pytest.raises(DemoError, match="has ended while 1 of its subtasks go on"):
        await watched(a_reset("Completed", "Running", "Completed"))


async def test_a_state_that_no_reset_can_be_in_is_a_deviation() -> None:
    with pytest.raises(DemoError, match="A subtask is Suspended"):
        await watched(a_reset("Completed", "Suspended", "Completed"))


async def test_a_subtask_of_an_unknown_system_is_a_deviation() -> None:
    watch = ResetWatch(ScriptedRedfish(a_reset("Completed")), TASK, {}, batch_size=1)
    with pytest.raises(DemoError, match="does not say which system it resets"):
        await watch.look()


async def test_what_an_answer_lacks_is_named() -> None:
    reset = a_reset("Completed")
    del reset[TASK]["SubTasks"]
    with pytest.raises(DemoError, match=rf"GET {TASK} was answered without SubTasks"):
        await watched(reset)


def test_a_monitor_that_calls_a_failure_a_success_is_a_deviation() -> None:
    expect_failed_answer(answer("GET /taskmon/task1", 400, {"error": {"message": "one failed"}}))
    with pytest.raises(DemoError, match="was answered 200: a success"):
        expect_failed_answer(answer("GET /taskmon/task1", 200, {}))
    with pytest.raises(DemoError, match="without a sentence"):
        expect_failed_answer(answer("GET /taskmon/task1", 500, {}))


def test_the_complaint_is_the_message_that_says_why() -> None:
    ended = {"MessageSeverity": "Critical", "MessageId": "TaskEvent.1.0.TaskAborted", "Message": "ended"}
    noted = {"MessageSeverity": "OK", "MessageId": "Base.1.13.Success", "Message": "noted"}
    failed = {"MessageSeverity": "Warning", "MessageId": "Base.1.13.OperationFailed", "Message": "why"}
    uri = f"{TASK}/SubTasks/sub1"
    told = Resource(uri, task(uri, "Exception", 100) | {"Messages": [ended, noted, failed]})
    assert complaint_of(told) == "why"
    untold = Resource(uri, task(uri, "Exception", 100) | {"Messages": [ended, noted]})
    with pytest.raises(DemoError, match="none of its Messages says why"):
        complaint_of(untold)


def test_an_unexpected_status_is_told_with_its_reason() -> None:
    refused = answer("POST /x", 503, {"error": {"message": "The disk is full."}})
    with pytest.raises(DemoError, match=r"POST /x was answered 503 and not 202: The disk is full\."):
        refused.expect(202)
    assert refused.expect(200, 503) is refused
