"""What one client may have of the service: heads, connections, time, requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from tornado.netutil import bind_sockets

from tests.actors.house import LoopTime
from tests.support import eventually
from tests.web.conftest import Service
from tests.web.guarded import services_with_gate
from tests.web.raw import BASIC, Wire, head
from tests.web.sse import streaming
from tests.web.standins import account
from web.app import make_app, make_server
from web.rate import Rate
from web.server import LimitedServer, ServerLimits, client_at
from web.services import WebOptions

ROOT = "/redfish/v1/"


@asynccontextmanager
async def a_server(
    limits: ServerLimits, options: WebOptions | None = None
) -> AsyncIterator[tuple[LimitedServer, int]]:
    """A server with these limits, and its port."""
    async with services_with_gate() as (services, _, _):
        server = make_server(make_app(services, options or WebOptions()), limits=limits)
        (socket,) = bind_sockets(0, "127.0.0.1")
        server.add_socket(socket)
        yield server, socket.getsockname()[1]
        server.stop()
        await server.close_all_connections()


async def status_of(wire: Wire, *headers: str) -> int:
    await wire.send(head("GET", ROOT, *headers))
    return (await wire.answer()).status


async def test_a_head_that_is_too_large_is_told_so_and_one_that_has_no_end_is_not() -> None:
    options = WebOptions(max_headers=4096)
    async with (
        a_server(ServerLimits(max_headers=4096), options) as (_, port),
        await Wire.open(port) as wire,
    ):
        assert await status_of(wire, "X: " + "a" * 3000) == 200
        for method, path, filler in (
            ("GET", ROOT, "X: " + "a" * 5000),
            ("GET", f"{ROOT}?{'a' * 60_000}", "X: y"),
            ("POST", f"{ROOT}SessionService/Sessions", "\r\n".join(["X: y"] * 1000)),
        ):
            await wire.send(head(method, path, filler))
            answer = await wire.answer()
            assert (answer.status, answer.keys) == (431, ["GeneralError"])
            assert b"web.max_headers" in answer.body
            assert answer.headers["odata-version"] == "4.0"
        assert await status_of(wire) == 200
        await wire.send(head("GET", ROOT, "X: " + "a" * 80_000))
        assert await wire.closed()


async def test_a_query_of_too_many_options_is_told_so(service: Service) -> None:
    async with await Wire.open(service.port) as wire:
        for options, status in (("a&" * 999 + "a", 200), ("a&" * 1000 + "a", 400), ("&" * 20_000, 400)):
            await wire.send(head("GET", f"{ROOT}Systems?{options}", BASIC))
            answer = await wire.answer()
            assert answer.status == status
            if status == 400:
                assert answer.keys == ["QueryParameterValueError"]
                assert b"may have 1000" in answer.body


async def test_so_many_connections_come_from_one_address_and_no_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with a_server(ServerLimits(connections_per_address=3)) as (server, port), AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(await Wire.open(port)) for _ in range(3)]
        for wire in wires:
            assert await status_of(wire) == 200
        for _ in range(3):
            async with await Wire.open(port) as refused:
                assert await refused.closed()
        (warning,) = [record for record in caplog.records if record.levelname == "WARNING"]
        assert "127.0.0.1" in warning.getMessage()
        assert "web.connections_per_address" in warning.getMessage()
        caplog.clear()
        assert server.open_from == {"127.0.0.1": 3}
        assert await status_of(wires[0]) == 200
        wires[0].writer.close()
        await eventually(lambda: _assert_equal(server.open_from, {"127.0.0.1": 2}))
        wires.append(await stack.enter_async_context(await Wire.open(port)))
        assert await status_of(wires[-1]) == 200
        async with await Wire.open(port) as refused:
            assert await refused.closed()
        assert [record for record in caplog.records if record.levelname == "WARNING"] == []
        wires.pop().writer.close()
        await eventually(lambda: _assert_equal(server.open_from, {"127.0.0.1": 2}))
        for wire in (*wires, refused):
            wire.writer.close()
        await eventually(lambda: _assert_equal(server.open_from, {}))
        for _ in range(4):
            wires.append(await stack.enter_async_context(await Wire.open(port)))
        assert await wires[-1].closed()
        assert [record.levelname for record in caplog.records].count("WARNING") == 1
        caplog.clear()


def _assert_equal(one: object, other: object) -> None:
    assert one == other


async def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_server(ServerLimits(idle_timeout=60)) as (server, port):
        time = LoopTime(monkeypatch)
        async with await Wire.open(port) as slow:
            await slow.send(b"GET /redfish/v1/ HTTP/1.1\r\nHost: ")
            async with await Wire.open(port) as quick:
                assert await status_of(quick) == 200
            time.move(60)
            assert await slow.closed()
        await eventually(lambda: _assert_equal(server.open_from, {}))


async def test_a_body_that_does_not_come_to_its_end_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_server(ServerLimits(body_timeout=20)) as (server, port):
        time = LoopTime(monkeypatch)
        async with await Wire.open(port) as slow:
            await slow.send(head("POST", f"{ROOT}SessionService/Sessions", "Content-Length: 50") + b"{")
            async with await Wire.open(port) as quick:
                assert await status_of(quick) == 200
            time.move(20)
            assert await slow.closed()
        await eventually(lambda: _assert_equal(server.open_from, {}))


@pytest.mark.parametrize(
    ("address", "client"),
    [
        (("10.0.0.5", 4711), "10.0.0.5"),
        (("::ffff:10.0.0.5", 4711, 0, 0), "10.0.0.5"),
        (("2001:db8:1:2:3:4:5:6", 4711, 0, 0), "2001:db8:1:2::/64"),
        (("fe80::1%eth0", 4711, 0, 2), "fe80::/64"),
        ("", ""),
    ],
)
def test_whose_connection_it_is(address: object, client: str) -> None:
    assert client_at(address) == client


class StandingTime:
    """The running loop's own time, which stands until the test sets it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = asyncio.get_running_loop().time()
        patch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)


class TestWithARate:
    """Two requests a second, four at once."""

    @pytest.fixture
    def web_options(self) -> WebOptions:
        return WebOptions(requests_per_second=2)

    async def test_an_account_that_asks_too_often_is_told_when_to_come_back(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        time = StandingTime(monkeypatch)
        for _ in range(4):
            assert (await service.operator.get(f"{ROOT}Systems")).status == 200
        refused = await service.operator.get(f"{ROOT}Systems")
        assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
        assert "web.requests_per_second" in refused.words
        assert (await service.reader.get(f"{ROOT}Systems")).status == 200
        assert (await service.nobody.get(ROOT)).status == 200
        time.now += 0.5
        assert (await service.operator.get(f"{ROOT}Systems")).status == 200
        assert (await service.operator.get(f"{ROOT}Systems")).status == 429


async def test_fifty_pollers_are_no_trouble_by_default(service: Service) -> None:
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(await Wire.open(service.port)) for _ in range(50)]
        for _ in range(4):
            for wire in wires:
                await wire.send(head("GET", f"{ROOT}Systems", BASIC))
            assert {(await wire.answer()).status for wire in wires} == {200}


async def test_a_full_bucket_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    time, rate = StandingTime(monkeypatch), Rate(0.5)
    assert rate.take(account("Operator")) == 0
    assert rate.take(account("Operator")) == pytest.approx(2)
    time.now += 10
    assert rate.take(account("ReadOnly")) == 0
    assert len(rate) == 1


async def test_a_stream_of_events_is_not_idle() -> None:
    limits = ServerLimits(idle_timeout=0.3, body_timeout=0.3)
    async with a_server(limits) as (_, port), streaming(port) as stream:
        began = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < began + 3 * limits.idle_timeout:
            assert await stream.block() is not None
