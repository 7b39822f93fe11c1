"""`Prefer: wait=N`: who waits for a task is answered when there is something to tell."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from actors import Message, Percent, Result, TaskState, task_uri
from tests.actors.house import LoopTime
from tests.support import eventually
from tests.web.client import Answer
from tests.web.conftest import Service
from tests.web.raw import BASIC, Wire, head
from tests.web.standins import NOW, a_task, ended
from web.etags import revision_tag
from web.retry_after import retry_after
from web.services import WebOptions

OK = Result(http_status=200, messages=(Message("Success"),))


async def waiting(service: Service, count: int = 1) -> None:
    """Returns once so many requests wait."""
    await eventually(lambda: _assert_equal(len(service.tasks.waiting), count))


def _assert_equal(one: int, other: int) -> None:
    assert one == other


async def test_a_monitor_answers_when_the_task_has_ended(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    asked = asyncio.create_task(service.operator.get(f"/taskmon/{task.id}", Prefer="wait=50"))
    await waiting(service)
    service.tasks.add(replace(task, percent=Percent(70), revision=2))  # a change, and no end
    await service.operator.get(f"/taskmon/{task.id}")
    assert len(service.tasks.waiting) == 1
    service.tasks.add(ended(task, TaskState.COMPLETED, OK))
    answer = await asked
    assert (answer.status, answer.headers["Preference-Applied"]) == (200, "wait=50")
    assert len(service.tasks.waiting) == 0


async def test_a_task_answers_when_its_state_changes(service: Service) -> None:
    task = a_task(state=TaskState.PENDING)
    service.tasks.add(task)
    asked = asyncio.create_task(service.operator.get(task_uri(task.id), Prefer="wait=50"))
    await waiting(service)
    service.tasks.add(replace(task, percent=Percent(70), revision=2))
    service.tasks.add(replace(task, state=TaskState.RUNNING, revision=3))
    answer = await asked
    assert (answer.status, answer.json["TaskState"]) == (200, "Running")
    assert answer.headers["Preference-Applied"] == "wait=50"


async def test_with_if_none_match_any_change_is_told(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    tag = revision_tag(task.revision)
    asked = asyncio.create_task(service.operator.get(task_uri(task.id), Prefer="wait=50", If_None_Match=tag))
    await waiting(service)
    service.tasks.add(replace(task, percent=Percent(70), revision=task.revision + 1))
    answer = await asked
    assert (answer.status, answer.json["PercentComplete"]) == (200, 70)
    stale = await service.operator.get(task_uri(task.id), Prefer="wait=50", If_None_Match=tag)
    assert stale.status == 200


async def test_an_ended_task_answers_at_once(service: Service) -> None:
    task = ended(a_task(), TaskState.COMPLETED, OK)
    service.tasks.add(task)
    assert (await service.operator.get(f"/taskmon/{task.id}", Prefer="wait=50")).status == 200
    known = await service.operator.get(
        task_uri(task.id), Prefer="wait=50", If_None_Match=revision_tag(task.revision)
    )
    assert known.status == 304


async def test_a_client_that_leaves_leaves_nothing(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    tasks_before = len(asyncio.all_tasks())
    async with await Wire.open(service.port) as wire:
        await wire.send(head("GET", f"/taskmon/{task.id}", BASIC, "Prefer: wait=50"))
        await waiting(service)
        assert len(service.under_way) == 1
    await waiting(service, 0)
    await eventually(lambda: _assert_equal(len(asyncio.all_tasks()), tasks_before))
    assert len(service.under_way) == 0


async def test_a_stop_answers_with_what_is(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    asked = asyncio.create_task(service.operator.get(f"/taskmon/{task.id}", Prefer="wait=50"))
    await waiting(service)
    service.tasks.waiting.close()
    assert (await asked).status == 202
    assert (await service.operator.get(f"/taskmon/{task.id}", Prefer="wait=50")).status == 202


@pytest.mark.parametrize("prefer", ["wait", "wait=", "wait=-1", "wait=1.5", "wait=x", "return=minimal"])
async def test_what_is_no_number_of_seconds_is_no_wait(service: Service, prefer: str) -> None:
    task = a_task()
    service.tasks.add(task)
    answer = await service.operator.get(f"/taskmon/{task.id}", Prefer=prefer)
    assert answer.status == 202
    assert "Preference-Applied" not in answer.headers


async def test_others_do_not_wait(service: Service) -> None:
    """HEAD, and what is shaped by a query or expanded into another resource."""
    task = a_task()
    service.tasks.add(task)
    client, uri = service.operator, task_uri(task.id)
    for answer in (
        await client.head(f"/taskmon/{task.id}", Prefer="wait=50"),
        await client.get(f"{uri}?$select=Id", Prefer="wait=50"),
        await client.get("/redfish/v1/TaskService/Tasks?$expand=.", Prefer="wait=50"),
        await client.get("/redfish/v1/TaskService", Prefer="wait=50"),
    ):
        assert answer.status in (200, 202)
        assert "Preference-Applied" not in answer.headers


async def test_another_s_task_is_refused_at_once(service: Service) -> None:
    task = a_task("Administrator")
    service.tasks.add(task)
    answer = await service.operator.get(f"/taskmon/{task.id}", Prefer="wait=50")
    assert answer.status == 403
    assert "Preference-Applied" not in answer.headers
    assert len(service.tasks.waiting) == 0
    assert (await service.operator.get("/taskmon/no", Prefer="wait=50")).status == 404


async def answered_after(
    service: Service, time: LoopTime, path: str, seconds: float, **headers: str
) -> Answer:
    """The answer to a GET that waits, once so many seconds have gone; not before."""
    asked = asyncio.create_task(service.operator.get(path, **headers))
    await waiting(service)
    time.move(seconds - 1)
    await service.operator.get("/healthz")
    assert len(service.tasks.waiting) == 1
    time.move(1)
    return await asked


class TestWithAShortWait:
    """No wait is longer than the service allows."""

    @pytest.fixture
    def web_options(self) -> WebOptions:
        return WebOptions(longest_wait=10)

    async def test_the_answer_comes_when_the_time_has_gone(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        task, time = a_task(), LoopTime(monkeypatch)
        service.tasks.add(task)
        monitor = await answered_after(
            service, time, f"/taskmon/{task.id}", 10, Prefer="respond-async, wait=500;x=y"
        )
        assert (monitor.status, monitor.headers["Preference-Applied"]) == (202, "wait=10")
        tag = revision_tag(task.revision)
        known = await answered_after(service, time, task_uri(task.id), 5, Prefer="wait=5", If_None_Match=tag)
        assert (known.status, known.headers["Preference-Applied"]) == (304, "wait=5")
        none = await service.operator.get(f"/taskmon/{task.id}", Prefer="wait=0")
        assert (none.status, none.headers["Preference-Applied"]) == (202, "wait=0")


class TestWithoutWaits:
    """0 turns it off."""

    @pytest.fixture
    def web_options(self) -> WebOptions:
        return WebOptions(longest_wait=0)

    async def test_nobody_waits(self, service: Service) -> None:
        task = a_task()
        service.tasks.add(task)
        answer = await service.operator.get(f"/taskmon/{task.id}", Prefer="wait=50")
        assert answer.status == 202
        assert "Preference-Applied" not in answer.headers


@pytest.mark.parametrize(
    ("percent", "lasted", "seconds"), [(0, 0, 1), (0, 20, 20), (50, 40, 20), (99, 40, 1), (1, 3600, 60)]
)
def test_the_expected_time_is_half_of_what_is_left(percent: int, lasted: float, seconds: int) -> None:
    task = a_task(percent=Percent(percent), started=NOW - timedelta(seconds=lasted))
    assert retry_after(task, NOW, "expected") == seconds


def test_retry_after_goes_by_the_setting() -> None:
    assert retry_after(a_task(), NOW, None) is None
    assert retry_after(a_task(), NOW, 7) == 7
    assert retry_after(None, NOW, "expected") == 1
