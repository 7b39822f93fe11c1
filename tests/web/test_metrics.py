"""What Prometheus is told, and whom: who asks from this machine, or has the token."""

import time
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tornado.httputil import HTTPHeaders

from actors import EventCounts, TaskId, TaskState
from tests.web.client import Answer
from tests.web.conftest import Service
from tests.web.raw import Wire, head
from tests.web.standins import NOW, a_task
from web.measures import Measures, Requests
from web.metrics import is_from_here, shows, written
from web.services import WebOptions

TOKEN = "a-token-of-some-length"
FAR = {"X_Forwarded_For": "192.0.2.7"}


def samples(text: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample, by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


@pytest.fixture
def web_options(request: pytest.FixtureRequest) -> WebOptions:
    return WebOptions(metrics_token=getattr(request, "param", ""))


with_token = pytest.mark.parametrize("web_options", [TOKEN], indirect=True)


# --- whom


async def test_who_asks_from_this_machine_needs_no_credentials(service: Service) -> None:
    answer = await service.nobody.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert answer.raw.endswith(b"\n")


async def test_from_elsewhere_nobody_reads_them_where_no_token_is_set(service: Service) -> None:
    for client in (service.nobody, service.admin):
        answer = await client.get("/metrics", **FAR)
        assert (answer.status, answer.keys) == (403, ["InsufficientPrivilege"])
    empty = await service.nobody.get("/metrics", Authorization="Bearer ", **FAR)
    assert empty.status == 403


@with_token
@pytest.mark.parametrize(
    "given",
    [{}, {"Authorization": "Bearer another"}, {"Authorization": f"Basic {TOKEN}"}, {"X_Auth_Token": TOKEN}],
)
async def test_from_elsewhere_they_need_the_token(service: Service, given: dict[str, str]) -> None:
    async with await Wire.open(service.port) as wire:
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in {**given, **FAR}.items()]
        await wire.send(head("GET", "/metrics", *lines))
        answer = await wire.answer()
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="taskmon"'
    assert TOKEN.encode() not in answer.body


@with_token
async def test_who_has_the_token_reads_them_from_anywhere(service: Service) -> None:
    answer = await service.nobody.get("/metrics", Authorization=f"Bearer {TOKEN}", **FAR)
    assert answer.status == 200
    assert TOKEN.encode() not in answer.raw


@pytest.mark.parametrize(
    ("address", "is_near"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.1", False),
        ("192.0.2.1", False),
        ("2001:db8::1", False),
        ("fe80::1%eth0", False),
        ("", False),
        ("@", False),
    ],
)
def test_near_is_what_is_on_this_machine(address: str, is_near: bool) -> None:
    assert is_from_here(address, HTTPHeaders()) is is_near


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "x-real-ip", "Via"])
def test_what_a_proxy_passes_on_comes_from_elsewhere(name: str) -> None:
    assert not is_from_here("127.0.0.1", HTTPHeaders({name: "127.0.0.1"}))


def test_a_token_of_other_than_ascii_is_compared_like_any_other() -> None:
    assert shows(HTTPHeaders({"Authorization": "bearer pässwörter"}), "pässwörter")
    assert not shows(HTTPHeaders({"Authorization": "Bearer pässwörte"}), "pässwörter")


# --- what


async def test_requests_are_counted_by_the_pattern_of_their_path(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    for _ in range(3):
        assert (await service.admin.get(f"/redfish/v1/TaskService/Tasks/{task.id}")).status == 200
    assert (await service.admin.get("/redfish/v1/made-up-by-a-client")).status == 404
    assert (await service.admin.ask("BREW", "/healthz")).status == 405
    answer: Answer = await service.nobody.get("/metrics")
    found = samples(answer.raw)
    pattern = "/redfish/v1/TaskService/Tasks/{id}"
    got = frozenset({"route": pattern, "method": "GET", "status": "200"}.items())
    assert found["taskmon_http_requests_total", got] == 3
    took = frozenset({"route": pattern, "method": "GET"}.items())
    assert found["taskmon_http_request_seconds_count", took] == 3
    none = frozenset({"route": "none", "method": "GET", "status": "404"}.items())
    assert found["taskmon_http_requests_total", none] == 1
    other = frozenset({"route": "/healthz", "method": "other", "status": "405"}.items())
    assert found["taskmon_http_requests_total", other] == 1
    for secret in (task.id, "made-up-by-a-client", "BREW", "administrator"):
        assert secret.encode() not in answer.raw


def test_ten_thousand_live_tasks_cost_a_reader_nothing() -> None:
    measures = Measures()
    task = a_task()
    measures.tasks.entered(replace(task, id=TaskId(f"T{number}")) for number in range(10_000))
    began = time.perf_counter()
    text = written(measures, task.started)
    assert time.perf_counter() - began < 0.05
    of = frozenset({"operation": task.operation, "state": str(task.state)}.items())
    assert samples(text)["taskmon_tasks", of] == 10_000
    assert b"T9999" not in text


def test_a_histogram_counts_what_took_no_longer() -> None:
    measures = Measures()
    for seconds in (0.0005, 0.001, 0.02, 90.0, -1.0):
        measures.commits.note(seconds)
    found = samples(written(measures, a_task().started))
    name = "taskmon_store_commit_seconds"
    assert found[f"{name}_bucket", frozenset({("le", "0.001")})] == 3
    assert found[f"{name}_bucket", frozenset({("le", "60.0")})] == 4
    assert found[f"{name}_bucket", frozenset({("le", "+Inf")})] == 5
    assert found[f"{name}_count", frozenset()] == 5
    assert found[f"{name}_sum", frozenset()] == pytest.approx(90.0215)


def test_every_age_is_there_before_there_is_any_task() -> None:
    found = samples(written(Measures(), a_task().started))
    for state in (TaskState.PENDING, TaskState.RUNNING, TaskState.CANCELLING):
        assert found["taskmon_oldest_task_seconds", frozenset({("state", str(state))})] == 0


def test_requests_for_nothing_of_ours_share_one_label() -> None:
    requests = Requests()
    for method in ("BREW", "x" * 1000):
        requests.note("", method, 404, 0.1)
    assert list(requests.answers.items()) == [(("none", "other", 404), 2)]


def test_deliveries_are_counted_and_no_destination_is_named() -> None:
    counts = EventCounts(delivered=7, requests=3, lost=2)
    counts.failures["TooSlow"] += 1
    counts.ended["suspended"] += 1
    measures = Measures(events=counts, events_pending=lambda: 9, subscriptions=lambda: 4)
    found = samples(written(measures, a_task().started))
    nothing = frozenset[tuple[str, str]]()
    assert {
        name.removeprefix("taskmon_event"): count
        for (name, labels), count in found.items()
        if name.startswith("taskmon_event") and labels == nothing and "stream" not in name
    } == {
        "_subscriptions": 4,
        "s_pending": 9,
        "s_delivered_total": 7,
        "_deliveries_total": 3,
        "s_lost_total": 2,
    }
    assert found["taskmon_event_delivery_failures_total", frozenset({("kind", "TooSlow")})] == 1
    assert found["taskmon_event_subscriptions_ended_total", frozenset({("what", "suspended")})] == 1


def test_streams_are_counted() -> None:
    measures = Measures(streams=lambda: 3, streams_cut_off={"behind": 2, "stuck": 0})
    found = samples(written(measures, NOW))
    assert found["taskmon_event_streams", frozenset()] == 3
    name = "taskmon_event_streams_cut_off_total"
    assert found[name, frozenset({("reason", "behind")})] == 2
    assert found[name, frozenset({("reason", "stuck")})] == 0
