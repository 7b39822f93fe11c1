"""Streams whose clients do not keep up are cut off; those that do are not, whatever the others do."""

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import replace

import pytest

from actors.events import streams
from actors.events.limits import EventLimits
from tests.web.eventing import LIMITS, of_system
from tests.web.guarded import Guarded
from tests.web.raw import BASIC, Wire, head
from tests.web.sse import ACCEPT, SSE, Reader, streaming
from web import stream as stream_handler

SUBSCRIPTIONS = "/redfish/v1/EventService/Subscriptions"
MANY = 500
"""Events that are told at once: more than a stream may be behind here."""


@pytest.fixture
def event_limits(request: pytest.FixtureRequest) -> EventLimits:
    return replace(LIMITS, max_streams=2, **getattr(request, "param", {"stream_lag": 100}))


async def deaf(port: int) -> Wire:
    """A connection that has asked for a stream and reads nothing: what fits into its buffers is little."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.setblocking(False)
    await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=own, limit=1024)
    wire = Wire(reader, writer)
    await wire.send(head("GET", SSE, BASIC, ACCEPT))
    return wire


async def tell_until(guarded: Guarded, done: Callable[[], bool], healthy: Reader | None = None) -> int:
    """Tell of events until it is so, as fast as this one reads them; how many there were."""
    told = 0
    async with asyncio.timeout(60):
        while not done():
            await guarded.house.tell(*(of_system() for _ in range(MANY)))
            await guarded.house.known(told + MANY)
            if healthy is not None:
                numbers = [int(one.id) for one in await healthy.events(MANY)]
                assert numbers == list(range(told + 1, told + MANY + 1))
            told += MANY
            await asyncio.sleep(0)  # the others in this loop have their turn
    return told


def warning(caplog: pytest.LogCaptureFixture) -> str:
    records = [one for one in caplog.records if one.name == "taskmon.events"]
    (record,) = [one for one in records if one.levelno >= logging.WARNING]
    caplog.clear()
    return record.getMessage()


async def test_a_client_that_reads_nothing_is_cut_off_and_no_other_is(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    house = guarded.house
    async with streaming(guarded.port) as healthy, await deaf(guarded.port):
        assert (await healthy.event()).key == "StreamOpened"
        told = await tell_until(guarded, lambda: house.streams.cut_off["behind"] == 1, healthy)
        await house.tell(of_system())
        assert int((await healthy.event()).id) == told + 1
    assert "events.stream_lag" in warning(caplog)
    assert house.streams.cut_off["stuck"] == 0


async def test_a_client_that_was_cut_off_reads_why_when_it_gets_there(
    guarded: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    async with await deaf(guarded.port) as slow:
        await tell_until(guarded, lambda: guarded.house.streams.cut_off["behind"] == 1)
        read = b""
        async with asyncio.timeout(20):
            while b"The stream ends. The client does not keep up: it is behind" not in read:
                chunk = await slow.reader.read(65_536)
                assert chunk, "it ended without saying why"
                read = read[-100:] + chunk
    assert "events.stream_lag" in warning(caplog)


def test_who_takes_nothing_is_told_apart_from_who_has_vanished() -> None:
    assert stream_handler.UNANSWERED / 1000 > streams.STUCK_AFTER + streams.LOOKED_AFTER


@pytest.mark.parametrize("event_limits", [{"stream_lag": 1_000_000}], indirect=True)
async def test_a_client_that_takes_nothing_for_too_long_is_cut_off(
    guarded: Guarded, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "STUCK_AFTER", 0.5)
    async with await deaf(guarded.port):
        await tell_until(guarded, lambda: guarded.house.streams.cut_off["stuck"] == 1)
        assert len(guarded.house.streams) == 0
    assert "has taken nothing for too long" in warning(caplog)


@pytest.mark.parametrize("event_limits", [{"stream_lag": 1_000_000}], indirect=True)
async def test_a_client_whose_kernel_takes_nothing_is_cut_off_for_the_same_reason(
    guarded: Guarded, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_handler, "UNANSWERED", 300)
    async with await deaf(guarded.port):
        await tell_until(guarded, lambda: len(guarded.house.streams) == 1)
        await tell_until(guarded, lambda: len(guarded.house.streams) == 0)
    assert guarded.house.streams.cut_off["stuck"] == 1
    assert "has taken nothing for too long" in warning(caplog)


async def test_one_that_begins_far_back_is_not_cut_off_for_that(guarded: Guarded) -> None:
    count = 3 * MANY
    await guarded.house.tell_of_tasks(count)
    await guarded.house.known(count)
    async with streaming(guarded.port, "Last-Event-ID: 0") as stream:
        assert [int(one.id) for one in await stream.events(count + 1)] == list(range(count + 1))


async def test_there_are_so_many_streams_and_no_more(guarded: Guarded) -> None:
    async with streaming(guarded.port) as one, streaming(guarded.port) as other:
        assert (one.status, other.status) == (200, 200)
        refused = await guarded.operator.get(SSE)
        assert (refused.status, refused.keys) == (503, ["ServiceTemporarilyUnavailable"])
        assert int(refused.headers["Retry-After"]) > 0
        assert "events.max_streams" in refused.words
        (mine, _) = (await guarded.operator.get(SUBSCRIPTIONS)).json["Members"]
        assert (await guarded.operator.delete(mine["@odata.id"])).status == 204
        async with streaming(guarded.port) as third:
            assert third.status == 200


async def test_a_stop_ends_streams_at_once_and_says_so(guarded: Guarded) -> None:
    async with streaming(guarded.port) as stream:
        await stream.event()
        await guarded.house.streams.close()
        assert len(guarded.house.streams) == 0
        assert await stream.farewell() == "The stream ends. The service is stopping."
        assert (await guarded.operator.get(SSE)).status == 503
