"""Limits of time, trust, and what a server that cannot be reached is told as."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from actors.inventory.records import ResetType
from actors.tasks.errors import (
    ServerError,
    ServerHungUpError,
    ServerNotUnderstoodError,
    ServerTooSlowError,
    ServerUnreachableError,
)
from fleet.pool import FleetOptions, open_servers
from tests.fleet.stub_fleet import StubFleet, a_fleet
from tests.fleet.stub_server import (
    HANG_UP,
    RESET,
    ROOT,
    SESSIONS,
    SYSTEM,
    Reply,
    a_system,
    an_error,
    in_turn,
)

LOOK = f"GET {SYSTEM}"


async def look(fleet: StubFleet, number: int = 0, **errand: Any) -> str:
    return (await fleet.at(number, **errand).system(SYSTEM)).name


async def failure_of(call: Any) -> ServerError:
    with pytest.raises(ServerError) as caught:
        await call
    return caught.value


# --- connecting


async def test_connect_timeout_covers_the_tls_handshake(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, connect_timeout=0.1) as fleet:
        fleet.server.silent = True
        error = await failure_of(look(fleet))
        assert isinstance(error, ServerUnreachableError)
        assert str(error) == f"No connection to {fleet.server.address} within 0.1 s."
        assert error.uri == f"https://{fleet.server.address}{ROOT}"
        # once more and not twice: two attempts of 5 s are heard of within 15 s, three are not
        assert fleet.server.accepted == 2
        await fleet.server.until(lambda: fleet.server.open == 0)
        assert fleet.pool.open == 0


async def test_waiting_for_a_place_counts_towards_no_limit(tmp_path: Path) -> None:
    async with a_fleet(
        tmp_path, servers=2, max_connections=1, connect_timeout=0.2, read_timeout=0.5, retries=0
    ) as fleet:
        await look(fleet, 1)
        with fleet.server.holding(LOOK):
            first = asyncio.create_task(look(fleet))
            waiting = asyncio.create_task(look(fleet, 1, patience=0.4))
            assert isinstance(await failure_of(first), ServerTooSlowError)  # after half a second
            assert await waiting


async def test_a_refused_connection_is_tried_again_and_told(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=2) as fleet:
        await fleet.server.stop()
        error = await failure_of(look(fleet))
        assert isinstance(error, ServerUnreachableError)
        assert str(error) == f"No connection to {fleet.server.address}: connection refused."


async def test_a_name_that_cannot_be_resolved(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=0) as fleet:
        error = await failure_of(fleet.at(address="bmc7.invalid:443").system(SYSTEM))
        assert isinstance(error, ServerUnreachableError)
        assert str(error).startswith("The name bmc7.invalid cannot be resolved: ")
        assert fleet.pool.open == 0


async def test_a_name_that_nobody_can_look_up(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        error = await failure_of(fleet.at(address=f"{'a' * 70}.example:443").system(SYSTEM))
        assert isinstance(error, ServerUnreachableError)
        assert fleet.pool.open == 0


def test_an_address_without_a_port_is_a_mistake_of_ours(tmp_path: Path) -> None:
    pool = open_servers(FleetOptions())
    fleet = StubFleet((), pool, None)  # type: ignore[arg-type]
    for address in ("10.0.0.1", ":443", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1:x"):
        with pytest.raises(ValueError, match="is no address"):
            fleet.at(address=address)


async def test_ipv6(tmp_path: Path) -> None:
    if not _has_ipv6():
        pytest.skip("this machine has no ::1")
    async with a_fleet(tmp_path, host="::1") as fleet:
        assert fleet.server.address.startswith("[::1]:")
        assert await look(fleet)
        assert fleet.server.seen[-1].headers["host"] == fleet.server.address


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as trial:
            trial.bind(("::1", 0))
    except OSError:
        return False
    return True


async def test_a_name(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        address = fleet.server.address.replace("127.0.0.1", "localhost")
        assert await look(fleet, address=address)


# --- trust


async def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, ca_file=None) as fleet:
        error = await failure_of(look(fleet))
        assert isinstance(error, ServerUnreachableError)
        assert str(error).startswith(f"The certificate of {fleet.server.address} is not trusted: ")
        assert "fleet.ca_file" in str(error)
        assert "fleet.verify" in str(error)
        assert fleet.server.accepted == 1  # it does not become trusted by trying again
        assert not fleet.server.seen


async def test_a_certificate_for_another_host(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, host="127.0.0.3") as fleet:
        error = await failure_of(look(fleet))
        assert isinstance(error, ServerUnreachableError)
        assert "is not trusted: IP address mismatch" in str(error)


async def test_it_is_believed_where_verify_is_off(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, host="127.0.0.3", ca_file=None, verify=False) as fleet:
        assert await look(fleet)


async def test_a_server_that_does_not_speak_tls(tmp_path: Path) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listener = await asyncio.start_server(plain, "127.0.0.1", 0)
    address = f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener, a_fleet(tmp_path) as fleet:
        error = await failure_of(fleet.at(address=address).system(SYSTEM))
        assert isinstance(error, ServerUnreachableError)
        assert str(error).startswith(f"No TLS connection to {address}: ")


async def test_a_server_that_hangs_up_in_the_handshake(tmp_path: Path) -> None:
    async def curt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.close()

    listener = await asyncio.start_server(curt, "127.0.0.1", 0)
    address = f"127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener, a_fleet(tmp_path) as fleet:
        error = await failure_of(fleet.at(address=address).system(SYSTEM))
        assert isinstance(error, ServerUnreachableError)
        assert address in str(error)


def test_a_ca_file_that_is_none_stops_the_start(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("not a certificate")
    for file in (wrong, tmp_path / "absent.pem"):
        with pytest.raises(ValueError, match=r"fleet\.ca_file: .*cannot be read as certificates"):
            open_servers(FleetOptions(ca_file=file))


# --- answers


async def test_read_timeout_covers_the_whole_answer(tmp_path: Path) -> None:
    half = Reply(body=a_system()).encode()[:-10]
    async with a_fleet(tmp_path, read_timeout=0.1, retries=1) as fleet:
        fleet.server.on[LOOK] = Reply(raw=half)
        error = await failure_of(look(fleet))
        assert isinstance(error, ServerTooSlowError)
        assert str(error) == f"{fleet.server.address} did not answer GET {SYSTEM} within 0.1 s."
        assert error.uri == f"https://{fleet.server.address}{SYSTEM}"
        assert fleet.server.count[LOOK] == 2
        await fleet.server.until(lambda: fleet.server.open == 0)


@pytest.mark.parametrize("sent", [0, 10, 100, -10])
async def test_a_connection_that_ends_before_the_whole_answer(tmp_path: Path, sent: int) -> None:
    async with a_fleet(tmp_path, retries=1) as fleet:
        await fleet.at().system_paths()
        fleet.server.on[LOOK] = Reply(raw=Reply(body=a_system()).encode()[:sent], hang_up=True)
        error = await failure_of(look(fleet))
        assert isinstance(error, ServerHungUpError)
        assert str(error).startswith(f"{fleet.server.address} ended the connection before")
        assert fleet.pool.open == 0


async def test_a_read_that_meets_the_end_of_an_idle_connection_is_sent_again_at_once(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=0) as fleet:
        await look(fleet)
        fleet.server.on[LOOK] = in_turn(HANG_UP, Reply(body=a_system()))
        assert await look(fleet)
        assert fleet.server.accepted == 2


async def test_retries_are_counted(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=3) as fleet:
        fleet.server.on[LOOK] = Reply(503, an_error("Busy."))
        error = await failure_of(look(fleet))
        assert "Busy." in str(error)
        assert fleet.server.count[LOOK] == 4


# --- patience


async def test_patience_bounds_the_connection(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.silent = True
        error = await failure_of(look(fleet, patience=0.1))
        assert isinstance(error, ServerUnreachableError)
        assert str(error) == f"No connection to {fleet.server.address} within 0.1 s."
        assert fleet.server.accepted == 1


async def test_patience_bounds_the_answer_with_all_its_repetitions(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=10) as fleet:
        with fleet.server.holding(LOOK):
            error = await failure_of(look(fleet, patience=0.3))
        assert isinstance(error, ServerTooSlowError)
        assert fleet.server.count[LOOK] == 1


async def test_patience_bounds_the_pauses(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, retries=10, retry_pause=1000) as fleet:
        fleet.server.on[LOOK] = Reply(503)
        await failure_of(look(fleet, patience=5))
        assert fleet.server.count[LOOK] == 1


async def test_an_action_whose_time_is_up_before_it_is_sent_is_not_sent(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        with fleet.server.holding(f"POST {SESSIONS}"):
            error = await failure_of(fleet.at(patience=0.2).reset(RESET, ResetType.ON))
        assert isinstance(error, ServerUnreachableError)
        assert str(error).startswith(f"POST {RESET} was not sent: {fleet.server.address} did not answer")
        assert f"POST {RESET}" not in fleet.server.names


async def test_an_action_that_is_not_answered_in_time_may_have_been_done(tmp_path: Path) -> None:
    async with a_fleet(tmp_path, read_timeout=0.1) as fleet:
        with fleet.server.holding(f"POST {RESET}"):
            error = await failure_of(fleet.at().reset(RESET, ResetType.ON))
        assert isinstance(error, ServerTooSlowError)
        assert fleet.server.count[f"POST {RESET}"] == 1


# --- not HTTP, or too much of it


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
)
async def test_what_is_not_http(tmp_path: Path, raw: bytes) -> None:
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(raw=raw)
        error = await failure_of(look(fleet))
        assert isinstance(error, ServerNotUnderstoodError)
        assert fleet.pool.open <= 1
        fleet.server.on[LOOK] = Reply(body=a_system())
        assert await look(fleet)


@pytest.mark.parametrize("chunked", [False, True])
async def test_an_answer_without_end_is_not_read_to_its_end(tmp_path: Path, chunked: bool) -> None:
    block = b"x" * 1_000_000
    if chunked:
        raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (b"F4240\r\n" + block + b"\r\n") * 5
    else:
        raw = b"HTTP/1.1 200 OK\r\n\r\n" + block * 5
    async with a_fleet(tmp_path) as fleet:
        fleet.server.on[LOOK] = Reply(raw=raw)
        error = await failure_of(look(fleet))
        assert isinstance(error, ServerNotUnderstoodError)
        assert "more than 4 MiB" in str(error)
        await fleet.server.until(lambda: fleet.server.open == 0)


async def test_interim_answers_are_passed_over(tmp_path: Path) -> None:
    async with a_fleet(tmp_path) as fleet:
        interim = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3
        fleet.server.on[LOOK] = Reply(raw=interim + Reply(body=a_system()).encode())
        assert await look(fleet)
