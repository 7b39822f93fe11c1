"""Plain HTTP is told where HTTPS is, and nothing else."""

from collections.abc import AsyncIterator

import orjson
import pytest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from tests.web.raw import RawAnswer, Wire, head
from web.redirect import redirecting

OWN = "bmc.example.org"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    server = HTTPServer(redirecting(OWN, 8443))
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    yield socket.getsockname()[1]
    server.stop()
    await server.close_all_connections()


async def answer_to(port: int, request: bytes, *, headless: bool = False) -> RawAnswer:
    async with await Wire.open(port) as wire:
        await wire.send(request)
        return await wire.answer(head=headless)


def get(path: str, host: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1")


@pytest.mark.parametrize(
    ("host", "sent_to"),
    [
        ("rack7", "rack7"),
        ("rack7:8080", "rack7"),
        ("10.0.0.7:80", "10.0.0.7"),
        ("[2001:db8::7]:80", "[2001:db8::7]"),
        ("-x", OWN),
        ("", OWN),
    ],
)
async def test_a_read_is_sent_to_the_same_path_by_https(port: int, host: str, sent_to: str) -> None:
    path = "/redfish/v1/Systems?$top=3&x=%2e%0d%0aSet-Cookie:a"
    answer = await answer_to(port, get(path, host))
    assert (answer.status, answer.headers["location"]) == (308, f"https://{sent_to}:8443{path}")
    assert answer.body == b""
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example/", "evil.example@other", "a b"])
async def test_a_host_that_is_none_is_no_request(port: int, host: str) -> None:
    async with await Wire.open(port) as wire:
        await wire.send(get("/redfish/v1", host))
        answer = await wire.reader.read()  # to the end of the connection
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Location" not in answer


async def test_a_head_is_sent_there_too(port: int) -> None:
    answer = await answer_to(port, head("HEAD", "/"), headless=True)
    assert (answer.status, answer.headers["location"]) == (308, "https://x:8443/")


async def test_an_absolute_uri_leads_to_nobody_else(port: int) -> None:
    for target, path in (
        ("http://evil.example/redfish/v1?a=//b", "/redfish/v1?a=//b"),
        ("HTTPS://evil.example:8443", "/"),
        ("http://evil.example?a=b", "/?a=b"),
        ("ftp://evil.example/redfish/v1", "/"),
        ("*", "/"),
    ):
        answer = await answer_to(port, get(target, "rack7"))
        assert answer.headers["location"] == f"https://rack7:8443{path}"


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT", "OPTIONS"])
async def test_what_would_change_something_is_refused_with_the_way_out(port: int, method: str) -> None:
    body = b'{"UserName": "ann", "Password": "secret-in-the-open"}'
    request = head(method, "/redfish/v1/SessionService/Sessions", f"Content-Length: {len(body)}") + body
    answer = await answer_to(port, request)
    assert answer.status == 403
    assert "location" not in answer.headers
    (message,) = orjson.loads(answer.body)["error"]["@Message.ExtendedInfo"]
    assert "https://x:8443/redfish/v1/SessionService/Sessions" in message["Resolution"]
    assert b"secret-in-the-open" not in answer.body


async def test_on_the_port_of_https_no_port_is_named() -> None:
    server = HTTPServer(redirecting(OWN, 443))
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_socket(socket)
    answer = await answer_to(socket.getsockname()[1], get("/a", "rack7"))
    server.stop()
    await server.close_all_connections()
    assert answer.headers["location"] == "https://rack7/a"
