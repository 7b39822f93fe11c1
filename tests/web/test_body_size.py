"""Bodies that are too large: answered so that the client can read it, and never held in memory."""

import tracemalloc

import pytest

from tests.support import eventually
from tests.web.conftest import Service
from tests.web.raw import BASIC, Wire, head

RESET = "/redfish/v1/Systems/s1.1/Actions/ComputerSystem.Reset"
MIB = 1024 * 1024


def under_way(service: Service, count: int) -> None:
    assert len(service.under_way) == count


async def pour(wire: Wire, size: int, chunked: bool) -> None:
    """Send a body of so many bytes, a piece at a time."""
    piece = b" " * MIB
    for sent in range(0, size, MIB):
        part = piece[: size - sent]
        await wire.send(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
    if chunked:
        await wire.send(b"0\r\n\r\n")


def framing(size: int, chunked: bool) -> str:
    return "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("size", [5 * MIB, 63 * MIB])
async def test_a_body_too_large_is_413_for_who_sends_all_of_it_first(
    service: Service, size: int, chunked: bool
) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(head("POST", RESET, BASIC, framing(size, chunked)))
        await pour(wire, size, chunked)
        answer = await wire.answer()
        assert (answer.status, answer.keys) == (413, ["PayloadTooLarge"])
        assert str(4 * MIB).encode() in answer.body
        assert answer.headers["connection"] == "close"
        assert await wire.closed()
    assert service.operations.orders == []


@pytest.mark.parametrize("size", [4 * MIB + 1, 65 * MIB, 10**30])
async def test_a_length_that_is_too_large_is_answered_before_a_body_comes(
    service: Service, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    for method, credentials, status in (("POST", BASIC, 413), ("DELETE", BASIC, 405), ("POST", "X: y", 401)):
        async with await Wire.open(service.port) as wire:
            await wire.send(head(method, RESET, credentials, framing(size, chunked=False)))
            answer = await wire.answer()
            assert (answer.status, answer.headers["connection"]) == (status, "close")
            assert answer.headers["odata-version"] == "4.0"
            await eventually(lambda: under_way(service, 0))  # a stop does not wait for the body
        await eventually(lambda status=status: logged(caplog, f" {status} "))  # type: ignore[misc]
    assert service.operations.orders == []


async def test_chunks_that_become_too_many_are_answered_at_once(service: Service) -> None:
    for credentials, status in ((BASIC, 413), ("X: y", 401)):
        async with await Wire.open(service.port) as wire:
            await wire.send(head("POST", RESET, credentials, framing(0, chunked=True)))
            for _ in range(5):
                await wire.send(b"%x\r\n%b\r\n" % (MIB, b" " * MIB))
            answer = await wire.answer()
            assert (answer.status, answer.headers["connection"]) == (status, "close")


async def test_no_more_than_so_much_is_taken_in_of_it(service: Service) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(head("POST", RESET, BASIC, framing(10**12, chunked=False)))
        assert (await wire.answer()).status == 413
        with pytest.raises(ConnectionError):
            await pour(wire, 80 * MIB, chunked=False)


def logged(caplog: pytest.LogCaptureFixture, piece: str) -> None:
    assert any(piece in record.getMessage() for record in caplog.records)


async def test_a_body_just_within_the_limit_is_read(service: Service) -> None:
    body = b'{"ResetType": "On"}'.ljust(4 * MIB)
    answer = await service.operator.post(RESET, body, Content_Type="application/json")
    assert answer.status == 202
    assert (await service.operator.post(RESET, body + b" ")).status == 413


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_the_limit_is_the_same_for_a_body_that_nobody_reads(service: Service, method: str) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(head(method, "/redfish/v1/Systems", BASIC, f"Content-Length: {5 * MIB}"))
        await pour(wire, 5 * MIB, chunked=False)
        assert (await wire.answer()).status == (413 if method == "GET" else 405)


async def test_who_it_is_comes_before_how_much_it_is(service: Service) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(head("POST", RESET, f"Content-Length: {5 * MIB}"))
        await pour(wire, 5 * MIB, chunked=False)
        answer = await wire.answer()
        assert (answer.status, answer.keys) == (401, ["NoValidSession"])
        assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_large_body_is_not_held_in_memory(service: Service) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(head("POST", RESET, BASIC, "Transfer-Encoding: chunked"))
        tracemalloc.start()
        try:
            await pour(wire, 40 * MIB, chunked=True)
            assert (await wire.answer()).status == 413
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert most < 16 * MIB  # 4 MiB that are kept, and the pieces that this client sends


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_forgotten(service: Service) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(head("POST", RESET, BASIC, "Content-Length: 100") + b'{"ResetType"')
        await eventually(lambda: under_way(service, 1))
    await eventually(lambda: under_way(service, 0))
    assert service.operations.orders == []
    assert (await service.operator.get("/redfish/v1/Systems")).status == 200


async def test_a_refusal_leaves_the_connection_open(service: Service) -> None:
    async with await Wire.open(service.port) as wire:
        for expected, request in (
            (401, head("GET", "/redfish/v1/Systems")),
            (404, head("GET", "/nowhere", BASIC)),
            (405, head("DELETE", "/redfish/v1/", BASIC)),
            (400, head("POST", RESET, BASIC, "Content-Length: 2") + b"{}"),
            (200, head("GET", "/redfish/v1/Systems", BASIC, "Content-Length: 2") + b"{}"),
        ):
            await wire.send(request)
            assert (await wire.answer()).status == expected


async def test_a_client_that_asks_first_is_told_to_go_on(service: Service) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(head("POST", RESET, BASIC, "Content-Length: 19", "Expect: 100-continue"))
        assert await wire.reader.readline() == b"HTTP/1.1 100 (Continue)\r\n"
        await wire.reader.readline()
        await wire.send(b'{"ResetType": "On"}')
        assert (await wire.answer()).status == 202


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (head("POST", RESET, BASIC, f"Content-Length: {5 * MIB}", "Expect: 100-continue"), 413),
        (head("POST", RESET, BASIC, f"Content-Length: {65 * MIB}", "Expect: 100-Continue"), 413),
        (head("POST", RESET, "Content-Length: 19", "Expect: 100-continue"), 401),
        (head("DELETE", RESET, BASIC, "Content-Length: 19", "Expect: 100-continue"), 405),
        (head("BREW", RESET, BASIC, f"Content-Length: {65 * MIB}"), 405),
    ],
)
async def test_a_client_that_asks_first_and_is_refused_need_not_send_its_body(
    service: Service, request_head: bytes, status: int
) -> None:
    async with await Wire.open(service.port) as wire:
        await wire.send(request_head)
        line = await wire.reader.readline()
        assert line.startswith(b"HTTP/1.1 %d " % status)  # and no 100 before it
        rest = await wire.reader.read()
        assert b"Connection: close" in rest
        assert rest.count(b"HTTP/1.1") == 0
    assert service.operations.orders == []
