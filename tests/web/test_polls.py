"""Polls that are answered without a handler: as the handler would have answered, and only then."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from actors import Message, Percent, Result, Task, TaskState
from tests.web.client import Answer, Client
from tests.web.conftest import listening
from tests.web.guarded import SESSIONS, services_with_gate
from tests.web.raw import Wire, head
from tests.web.standins import NOW, PASSWORD, StandInTasks, a_task, account, ended
from web.app import RedfishApplication, make_app
from web.monitor import MonitorHandler
from web.polls import PollDelegate
from web.services import WebOptions
from web.tasks import TaskHandler

TASKS = "/redfish/v1/TaskService/Tasks"


class Handled:
    """Counts what the handlers of tasks and monitors are asked."""

    def __init__(self) -> None:
        self.count = 0

    def counting(self, stack: ExitStack) -> None:
        for handler in (TaskHandler, MonitorHandler):
            real = handler.get

            async def get(itself: TaskHandler, *ids: str, real: object = real) -> None:
                self.count += 1
                await real(itself, *ids)  # type: ignore[operator]

            stack.enter_context(patch.object(handler, "get", get))


@dataclass(frozen=True)
class Polled:
    """The service with its real gate, its tasks, and how often a handler had to answer."""

    port: int
    app: RedfishApplication
    access: object
    tasks: StandInTasks
    handled: Handled

    async def client(self, name: str = "operator") -> Client:
        """A client with a session of its own."""
        nobody = Client(f"http://127.0.0.1:{self.port}")
        answer = await nobody.post(SESSIONS, {"UserName": name, "Password": PASSWORD})
        return nobody.with_token(answer.headers["X-Auth-Token"])


@pytest.fixture
async def polled() -> AsyncIterator[Polled]:
    handled = Handled()
    with ExitStack() as stack:
        handled.counting(stack)
        async with services_with_gate() as (services, access, _):
            app = make_app(services, WebOptions(retry_after=3))
            assert isinstance(services.tasks, StandInTasks)
            async with listening(app) as port:
                yield Polled(port, app, access, services.tasks, handled)


ITS_OWN = ("Date", "X-Request-Id")


def all_of(answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
    """Everything of an answer but what is its own: its date and the id of its request."""
    return answer.status, [pair for pair in answer.headers.get_all() if pair[0] not in ITS_OWN], answer.raw


LIVE = a_task(messages=(Message("TaskStarted", ("t",)),))
LARGE = a_task(messages=(Message("TaskStarted", ("t" * 100,)),) * 100)
DONE = ended(LIVE, TaskState.COMPLETED, Result(http_status=200, messages=(Message("Success"),)))
NOTHING = ended(LIVE, TaskState.COMPLETED, Result(http_status=204))
FAILED = ended(LIVE, TaskState.EXCEPTION, Result(http_status=500, messages=(Message("InternalError"),)))


@pytest.mark.parametrize("task", [LIVE, DONE, NOTHING, FAILED], ids=["live", "done", "204", "failed"])
@pytest.mark.parametrize(
    "path",
    [f"{TASKS}/{LIVE.id}", f"/taskmon/{LIVE.id}", f"/taskmon/{LIVE.id}/"],
    ids=["task", "monitor", "monitor with a slash"],
)
async def test_a_poll_is_answered_as_its_handler_answered_it(polled: Polled, task: Task, path: str) -> None:
    polled.tasks.add(task)
    client = await polled.client()
    first = await client.get(path)
    again = [await client.get(path), await (await polled.client("administrator")).get(path)]
    assert polled.handled.count == 1
    assert [all_of(answer) for answer in again] == [all_of(first)] * 2
    assert all("Date" in answer.headers for answer in again)


async def test_who_has_what_he_asks_for_is_told_so_again(polled: Polled) -> None:
    polled.tasks.add(LIVE)
    client = await polled.client()
    path = f"{TASKS}/{LIVE.id}"
    etag = (await client.get(path)).headers["ETag"]
    first, again = [await client.get(path, If_None_Match=etag) for _ in range(2)]
    assert polled.handled.count == 2
    assert first.status == 304
    assert "Content-Type" not in again.headers
    assert all_of(again) == all_of(first)
    for wanted in (f"W/{etag}", f'"other", W/{etag}'):
        weak = [await client.get(path, If_None_Match=wanted) for _ in range(2)]
        assert [answer.status for answer in weak] == [304, 304]
    assert (await client.get(path, If_None_Match='"other"')).status == 200


async def test_a_subtask_is_answered_below_its_parent_only(polled: Polled) -> None:
    parent = a_task(subtasks=1)
    subtask = a_task(parent=parent.id)
    polled.tasks.add(parent, subtask)
    client = await polled.client()
    below = f"{TASKS}/{parent.id}/SubTasks/{subtask.id}"
    first, again = [await client.get(below) for _ in range(2)]
    assert polled.handled.count == 1
    assert all_of(again) == all_of(first)
    assert (await client.get(f"{TASKS}/{subtask.id}")).status == 404


@pytest.mark.parametrize("path", [f"{TASKS}/{LIVE.id}", f"/taskmon/{LIVE.id}"], ids=["task", "monitor"])
async def test_what_has_changed_is_told_at_once(polled: Polled, path: str) -> None:
    polled.tasks.add(LIVE)
    client = await polled.client()
    for _ in range(2):
        assert (await client.get(path)).json["PercentComplete"] == 8
    polled.tasks.add(replace(LIVE, revision=2, percent=Percent(50)))
    assert (await client.get(path)).json["PercentComplete"] == 50
    del polled.tasks.by_id[LIVE.id]
    assert (await client.get(path)).status == 404


async def test_nobody_gets_what_he_may_not_see(polled: Polled) -> None:
    task = a_task(owner="Administrator")
    polled.tasks.add(task)
    path = f"{TASKS}/{task.id}"
    admin, other = await polled.client("administrator"), await polled.client("operator")
    for _ in range(2):
        assert (await admin.get(path)).status == 200
    assert polled.handled.count == 1
    nobody = Client(admin.base)
    assert (await other.get(path)).status == 403
    assert (await nobody.get(path)).status == 401
    assert (await nobody.with_token("0" * 64).get(path)).status == 401
    assert (await nobody.as_role("Operator").get(path)).status == 403


async def test_a_session_that_has_ended_gets_nothing_more(polled: Polled) -> None:
    polled.tasks.add(LIVE)
    client, admin = await polled.client(), await polled.client("administrator")
    path = f"{TASKS}/{LIVE.id}"
    for _ in range(2):
        assert (await client.get(path)).status == 200
    members = (await client.get(SESSIONS)).json["Members"]
    assert (await admin.delete(members[0]["@odata.id"])).status == 204
    assert (await client.get(path)).status == 401


async def test_who_must_change_his_password_gets_nothing_until_then(polled: Polled) -> None:
    polled.tasks.add(LIVE)
    client, admin = await polled.client(), await polled.client("administrator")
    path = f"{TASKS}/{LIVE.id}"
    for _ in range(2):
        assert (await client.get(path)).status == 200
    accounts = "/redfish/v1/AccountService/Accounts"
    changed = await admin.patch(f"{accounts}/{account('Operator')}", {"PasswordChangeRequired": True})
    assert changed.status == 200
    assert (await client.get(path)).status == 403


async def test_what_is_asked_in_another_way_is_answered_by_the_handler(polled: Polled) -> None:
    polled.tasks.add(LIVE)
    client = await polled.client()
    path = f"{TASKS}/{LIVE.id}"
    for _ in range(2):
        await client.get(path)
    assert (await client.get(path, OData_Version="5.0")).status == 412
    assert "PercentComplete" not in (await client.get(f"{path}?$select=TaskState")).json
    assert (await client.get(f"{path}?$nonsense=1")).status == 501
    before = polled.handled.count
    for number in range(1, 3):
        await client.get(path, Prefer="wait=1")
        assert polled.handled.count == before + number
    head = await client.head(path)
    assert head.headers["Content-Length"] == (await client.get(path)).headers["Content-Length"]
    assert (await client.ask("GET", path, b"{}")).status == 200
    for _ in range(2):
        assert (await client.get(path, Connection="close")).headers["Connection"] == "close"
        assert "Connection" not in (await client.get(path, Connection="keep-alive")).headers


async def test_only_so_many_answers_are_kept_and_no_large_ones(
    polled: Polled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.polls.MOST", 3)
    monkeypatch.setattr("web.polls.LARGEST", 10_000)
    large = a_task(messages=(Message("TaskStarted", ("t",), detail="x" * 10_000),))
    polled.tasks.add(LIVE, large)
    client = await polled.client()
    for _ in range(2):
        await client.get(f"{TASKS}/{large.id}")
    assert polled.handled.count == 2
    path = f"{TASKS}/{LIVE.id}"
    for number in range(4):
        await client.get(path, X_Number=str(number))
    assert polled.handled.count == 6
    for number in (3, 2, 1):
        await client.get(path, X_Number=str(number))
    assert polled.handled.count == 6
    await client.get(path, X_Number="0")  # the first that was kept had to go
    assert polled.handled.count == 7


async def test_the_bodies_that_are_kept_have_only_so_much_room(
    polled: Polled, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled.tasks.add(LIVE)
    client = await polled.client()
    path = f"{TASKS}/{LIVE.id}"
    size = len((await client.get(path)).raw)
    monkeypatch.setattr("web.polls.ROOM", 2 * size)
    for number in range(3):
        await client.get(path, X_Number=str(number))
    before = polled.handled.count
    for number in (2, 1):
        await client.get(path, X_Number=str(number))
    assert polled.handled.count == before
    polled.tasks.add(replace(LIVE, revision=2))  # what is forgotten makes room
    for number in (2, 1, 2, 1):
        await client.get(path, X_Number=str(number))
    assert polled.handled.count == before + 2
    await client.get(path)
    assert polled.handled.count == before + 3


async def test_an_answer_that_is_given_again_has_the_date_of_its_own_second(
    polled: Polled, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled.tasks.add(LIVE)
    client = await polled.client()
    path = f"{TASKS}/{LIVE.id}"
    await client.get(path)
    for now, date in ((1e9, "Sun, 09 Sep 2001 01:46:40 GMT"), (1e9 + 1.5, "Sun, 09 Sep 2001 01:46:41 GMT")):
        monkeypatch.setattr(
            "web.polls.time", SimpleNamespace(time=lambda now=now: now, monotonic=time.monotonic)
        )
        assert (await client.get(path)).headers["Date"] == date
    assert polled.handled.count == 1


async def test_each_answer_has_its_line_in_the_log(polled: Polled, caplog: pytest.LogCaptureFixture) -> None:
    polled.tasks.add(LIVE)
    client = await polled.client()
    caplog.clear()
    with caplog.at_level("INFO", "taskmon.web"):
        for _ in range(2):
            await client.get(f"{TASKS}/{LIVE.id}")
    lines = [line.rsplit(" ", 2)[0] for line in caplog.messages]
    assert lines == [f"GET {TASKS}/{LIVE.id} operator 200"] * 2


async def test_a_packed_answer_is_kept_packed(polled: Polled) -> None:
    """A monitor has no tag, so its answer is packed for who asks; then what is kept must be as well."""
    client = await polled.client()
    task = replace(
        a_task(),
        messages=tuple(Message("TaskStarted", (f"task{number}",), at=NOW) for number in range(20)),
    )
    polled.tasks.add(task)
    plain = await client.get(f"/taskmon/{task.id}")
    answers = [await client.get(f"/taskmon/{task.id}", Accept_Encoding="gzip") for _ in range(3)]
    assert [answer.status for answer in answers] == [202, 202, 202]
    assert [answer.json for answer in answers] == [plain.json] * 3
    assert polled.handled.count == 2  # once for each way of asking


async def test_each_answer_names_its_own_request(polled: Polled) -> None:
    polled.tasks.add(LIVE)
    client = await polled.client()
    path = f"{TASKS}/{LIVE.id}"
    named = [await client.get(path, X_Request_Id=f"poll-{number}") for number in range(3)]
    assert [answer.headers["X-Request-Id"] for answer in named] == ["poll-0", "poll-1", "poll-2"]
    unnamed = {(await client.get(path)).headers["X-Request-Id"] for _ in range(3)}
    assert len(unnamed) == 3
    assert polled.handled.count == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 400),
        (["Host: x", "Host: x"], 400),
        (["Host: a b/..@"], 400),
        (["Host: x", f"User-Agent: {'a' * 40_000}"], 431),
        (["Host: x", f"X-Request-Id: {'a' * 40_000}"], 431),
        (["Host: x", *[f"User-Agent: {'a' * 400}"] * 100], 431),
        (["Host: x", f"User-Agent: {'a' * 400}"], 200),
    ],
)
async def test_what_a_handler_would_refuse_is_refused(
    polled: Polled, headers: list[str], status: int
) -> None:
    polled.tasks.add(LIVE)
    path = f"{TASKS}/{LIVE.id}"
    token = f"X-Auth-Token: {(await polled.client()).headers['X-Auth-Token']}"
    async with await Wire.open(polled.port) as wire:
        await wire.send(head("GET", path, token))
        assert (await wire.answer()).status == 200  # that one is kept
        await wire.send("\r\n".join([f"GET {path} HTTP/1.1", token, *headers, "", ""]).encode())
        assert (await wire.reader.readline()).startswith(b"HTTP/1.1 %d " % status)


async def test_when_to_ask_again_is_not_kept_where_it_goes_by_the_time() -> None:
    handled = Handled()
    with ExitStack() as stack:
        handled.counting(stack)
        async with services_with_gate() as (services, _, _):
            assert isinstance(services.tasks, StandInTasks)
            services.tasks.add(LIVE)
            async with listening(make_app(services, WebOptions(retry_after="expected"))) as port:
                nobody = Client(f"http://127.0.0.1:{port}")
                login = await nobody.post(SESSIONS, {"UserName": "operator", "Password": PASSWORD})
                client = nobody.with_token(login.headers["X-Auth-Token"])
                for _ in range(3):
                    assert "Retry-After" in (await client.get(f"/taskmon/{LIVE.id}")).headers
                assert handled.count == 3
                services.tasks.add(DONE)
                for _ in range(3):
                    await client.get(f"/taskmon/{LIVE.id}")
                assert handled.count == 4


async def test_a_connection_that_is_to_be_closed_is_closed_when_all_has_left(polled: Polled) -> None:
    polled.tasks.add(LARGE)
    token = (await polled.client()).headers["X-Auth-Token"]
    asks = head("GET", f"{TASKS}/{LARGE.id}", f"X-Auth-Token: {token}", "Connection: close")
    for _ in range(3):
        async with await Wire.open(polled.port) as wire:
            await wire.send(asks)
            answer = await wire.answer()
            assert answer.headers["connection"] == "close"
            assert len(answer.body) > 20_000
            assert await wire.closed()
    assert polled.handled.count == 1


async def test_who_asks_on_without_reading_is_not_answered_on(polled: Polled) -> None:
    """Until he does; then he has every answer, in the order of what he asked, before the connection ends."""
    number = 1000  # far more than what the kernel takes for him
    polled.tasks.add(LARGE)
    token = f"X-Auth-Token: {(await polled.client()).headers['X-Auth-Token']}"
    path = f"{TASKS}/{LARGE.id}"
    asks = [head("GET", path, token, f"X-Request-Id: {one}") for one in range(number)]
    last = head("GET", path, token, "X-Request-Id: last", "Connection: close")
    async with await Wire.open(polled.port) as wire:
        await wire.send(last)  # now this one is kept, too
        await wire.answer()
    answered = 0
    real = PollDelegate.finish

    def counted(delegate: PollDelegate) -> None:
        nonlocal answered
        answered += 1
        real(delegate)

    with patch.object(PollDelegate, "finish", counted):
        async with await Wire.open(polled.port) as wire, await Wire.open(polled.port) as another:
            wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
            sending = asyncio.create_task(wire.send(b"".join([*asks, last])))
            others = alone = 0
            while alone < 50:
                before = answered
                await another.send(asks[0])
                await another.answer()
                others += 1
                alone = alone + 1 if answered == before + 1 else 0
            assert answered - others < number
            wire.writer.transport.resume_reading()  # type: ignore[attr-defined]
            ids = [(await wire.answer()).headers["x-request-id"] for _ in range(number + 1)]
            await sending
            assert await wire.closed()
    assert ids == [*map(str, range(number)), "last"]
