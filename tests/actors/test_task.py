"""The record of a task: what follows from it, whatever happens in whatever order."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.access.records import AccountId
from actors.tasks.catalogue import Health
from actors.tasks.errors import IllegalTransitionError
from actors.tasks.messages import Message
from actors.tasks.payload import Payload
from actors.tasks.states import TERMINAL, TaskEvent, TaskState
from actors.tasks.task import SEALED, Abort, Percent, Result, Task, TaskId, new_task_id

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def a_task(**facts: Any) -> Task:
    usual: dict[str, Any] = {
        "id": new_task_id(),
        "owner": AccountId("a"),
        "operation": "reset",
        "target": "/x",
        "payload": Payload(target_uri="/x", http_operation="POST"),
        "started": AT,
    }
    return Task(**(usual | facts))


@given(
    st.lists(
        st.tuples(st.sampled_from(TaskEvent), st.integers(0, 150), st.integers(0, 3), st.booleans()),
        max_size=80,
    )
)
def test_whatever_happens_the_promises_hold(steps: list[tuple[TaskEvent, int, int, bool]]) -> None:
    task = a_task()
    told = 0
    for event, percent, messages, warning in steps:
        more = tuple(Message("TaskStarted", (task.id,)) for _ in range(messages))
        try:
            new = task.after(event, at=AT, percent=percent, messages=more, warning=warning)
        except IllegalTransitionError:
            continue
        told += messages
        assert task.is_live
        assert new.revision == task.revision + 1
        assert new.percent >= task.percent
        assert (new.percent == 100) == (new.state in (TaskState.COMPLETED, TaskState.EXCEPTION))
        assert (new.ended is not None) == (new.state in TERMINAL)
        assert len(new.messages) <= 100
        assert len(new.messages) + new.messages_dropped == told
        if new.state is TaskState.EXCEPTION:
            assert new.status is Health.CRITICAL
        if new.state is TaskState.CANCELLED:
            assert new.status is Health.WARNING
        task = new


def test_the_first_and_the_last_messages_are_kept() -> None:
    task = a_task().after(TaskEvent.STARTED, at=AT)
    for number in range(1000):
        detail = Message("TaskProgressChanged", (task.id, "1"), detail=f"number {number}")
        task = task.after(TaskEvent.NOTED, at=AT, messages=(detail,))
    details = [message.detail for message in task.messages]
    assert details[:50] == [f"number {number}" for number in range(50)]
    assert details[50:] == [f"number {number}" for number in range(950, 1000)]
    assert task.messages_dropped == 900


def test_sealed_secrets_are_gone_with_the_end() -> None:
    task = a_task(input={"host": "h", SEALED: b"secret"})
    running = task.after(TaskEvent.STARTED, at=AT)
    assert running.input[SEALED] == b"secret"
    assert running.after(TaskEvent.FAILED, at=AT).input == {"host": "h"}


def test_ids_are_task_and_a_uuid() -> None:
    from uuid import UUID

    one, two = new_task_id(), new_task_id()
    assert one != two
    assert one.startswith("task")
    assert UUID(one.removeprefix("task")).version == 4


def test_a_message_takes_as_many_arguments_as_its_registry_says() -> None:
    with pytest.raises(ValueError, match="takes 1 arguments, not 0"):
        Message("TaskStarted")


def test_what_a_change_is_not_about_stays_as_it_is() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    whole = Task(
        id=TaskId("task1"),
        revision=7,
        parent=TaskId("task0"),
        owner=AccountId("somebody"),
        operation="reset_server",
        target="/redfish/v1/Systems/1",
        input={"system": "1"},
        checkpoint="half",
        payload=Payload(target_uri="/redfish/v1/Somewhere", http_operation="POST", json_body="{}"),
        subtasks=3,
        state=TaskState.RUNNING,
        status=Health.WARNING,
        percent=Percent(40),
        started=at,
        messages=(Message("TaskStarted", ("task1",), at=at),),
        messages_dropped=2,
        abort=Abort(by="root", at=at),
        result=Result(http_status=200),
        retry_of=TaskId("task2"),
        retried_by=TaskId("task3"),
        answered=at,
    )
    defaults = {field.name: field.default for field in fields(Task)}
    same = [name for name, default in defaults.items() if getattr(whole, name) == default]
    assert same == ["ended"], "the test is about every field"
    assert whole.after(TaskEvent.NOTED, at=at) == replace(whole, revision=8)
