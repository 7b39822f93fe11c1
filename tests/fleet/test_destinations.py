"""Events are posted once and as given; whatever goes wrong there is a sentence, and nobody is asked who may
not be."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from actors.events.ports import EventPost
from actors.tasks.errors import NotDeliveredError
from fleet.destinations import LONGEST_READ, Listeners, open_listeners
from fleet.options import FleetOptions
from tests.listener import Listener

BODY = b'{"Events": [{"EventId": "1"}]}'


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listener]:
    with Listener(tmp_path_factory.mktemp("listener")) as listener:
        yield listener


@pytest.fixture
async def listeners(listener: Listener) -> AsyncIterator[Listeners]:
    async with open_listeners(FleetOptions(ca_file=listener.certificate)) as listeners:
        yield listeners


def a_post(url: str, *, verify: bool = True, timeout: float = 30, **headers: str) -> EventPost:
    return EventPost(url=url, body=BODY, headers=headers, verify_certificate=verify, timeout=timeout)


async def failure(listeners: Listeners, post: EventPost) -> tuple[str, str]:
    """Why it is not delivered: a word and a sentence."""
    with pytest.raises(NotDeliveredError) as failed:
        await listeners.post(post)
    assert str(failed.value).endswith(".")
    return failed.value.kind, str(failed.value)


async def test_a_post_arrives_as_it_was_given(listeners: Listeners, listener: Listener) -> None:
    await listeners.post(a_post(f"{listener.url}/plain?key=1", Authorization="Bearer x"))
    (heard,) = listener.heard("/plain")
    assert heard["body"] == json.loads(BODY)
    assert heard["headers"]["Authorization"] == "Bearer x"
    assert heard["headers"]["Content-Type"] == "application/json"
    assert heard["headers"]["Content-Length"] == str(len(BODY))
    assert heard["headers"]["User-Agent"] == "taskmon"
    assert "Cookie" not in heard["headers"]


async def test_a_client_may_say_what_the_user_agent_is(listeners: Listeners, listener: Listener) -> None:
    await listeners.post(replace(a_post(f"{listener.url}/agent"), headers={"user-agent": "mine"}))
    assert listener.heard("/agent")[0]["headers"]["User-Agent"] == "mine"


@pytest.mark.parametrize(
    ("order", "kind", "says"),
    [
        ("status/500", "Refused", "HTTP status 500"),
        ("status/404", "Refused", "HTTP status 404"),
        ("redirect", "Refused", "redirects are not followed"),
        ("hang", "TooSlow", "did not answer within 0.3 s"),
        ("slow/60", "TooSlow", "did not answer within 0.3 s"),
        ("drop", "HungUp", "ended the connection before it had answered"),
    ],
)
async def test_what_is_not_a_success_is_a_failure_with_its_reason(
    listeners: Listeners, listener: Listener, order: str, kind: str, says: str
) -> None:
    limit = 0.3 if kind == "TooSlow" else 30
    found, sentence = await failure(listeners, a_post(f"{listener.url}/wrong/{order}", timeout=limit))
    assert found == kind
    assert says in sentence
    assert "elsewhere" not in str(listener.heard())


async def test_a_long_answer_is_not_read_to_its_end(listeners: Listeners, listener: Listener) -> None:
    assert LONGEST_READ < 1_000_000
    await listeners.post(a_post(f"{listener.url}/long/long"))
    await listeners.post(a_post(f"{listener.url}/long/long"))
    assert len(listener.heard("/long/long")) == 2


async def test_nobody_who_listens_is_unreachable(listeners: Listeners) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kind, sentence = await failure(listeners, a_post(f"https://127.0.0.1:{port}/x?token=swordfish"))
    assert (kind, sentence) == ("Unreachable", f"No connection to 127.0.0.1:{port}: connection refused.")


async def test_a_name_that_does_not_exist_is_unreachable(listeners: Listeners) -> None:
    kind, sentence = await failure(listeners, a_post("https://nobody.invalid/"))
    assert (kind, sentence) == ("Unreachable", "The name nobody.invalid cannot be resolved.")


async def test_a_certificate_is_checked_unless_the_subscription_says_otherwise(listener: Listener) -> None:
    async with open_listeners(FleetOptions()) as listeners:
        kind, sentence = await failure(listeners, a_post(f"{listener.url}/tls"))
        assert kind == "Certificate"
        assert "fleet.ca_file" in sentence
        await listeners.post(a_post(f"{listener.url}/tls", verify=False))
        kind, _ = await failure(listeners, a_post(f"{listener.url}/tls"))
        assert kind == "Certificate", "a connection that was not checked is not used for who wants it checked"
    assert len(listener.heard("/tls")) == 1


async def test_a_certificate_for_another_name_is_not_trusted(
    listeners: Listeners, listener: Listener
) -> None:
    url = listener.url.replace("127.0.0.1", "localhost")
    kind, sentence = await failure(listeners, a_post(f"{url}/name"))
    assert kind == "Certificate"
    assert "localhost" in sentence
    await listeners.post(a_post(f"{url}/name", verify=False))


async def test_what_speaks_no_tls_or_no_http_is_told_so(listeners: Listeners) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        writer.close()

    async with a_server(answer) as port:
        kind, sentence = await failure(listeners, a_post(f"http://127.0.0.1:{port}/"))
        assert (kind, sentence) == ("NotUnderstood", f"127.0.0.1:{port} did not answer in HTTP.")
        kind, sentence = await failure(listeners, a_post(f"https://127.0.0.1:{port}/"))
        assert kind == "Unreachable"
        assert "TLS" in sentence


async def test_a_connection_that_was_closed_while_it_was_kept_is_no_failure(listeners: Listeners) -> None:
    connections = 0
    closed = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"}]}")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        if connections == 1:
            await reader.readuntil(b"}]}")  # the next request, which is not answered
        writer.close()
        closed.set()

    async with a_server(answer) as port:
        await listeners.post(a_post(f"http://127.0.0.1:{port}/"))
        await listeners.post(a_post(f"http://127.0.0.1:{port}/"))
        assert connections == 2
        await closed.wait()


async def test_http_is_allowed_and_nothing_is_looked_for_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, listeners: Listeners
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}]}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    async with a_server(answer) as port:
        await listeners.post(a_post(f"http://127.0.0.1:{port}/"))


# --- where it may be


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "no URL"),
        ("listener.example", "no URL"),
        ("/events", "no URL"),
        ("https://exa mple/", "no URL"),
        ("https://example/\r\nHost: x", "no URL"),
        ("https://[::1/", "no URL"),
        ("https://example:99999/", "no URL"),
        ("https:///events", "names no host"),
        ("https://", "names no host"),
        ("https://xn--/", "valid host name"),
        ("https://a..b/", "valid host name"),
        (f"https://{64 * 'a'}/", "valid host name"),
        ("https://*/", "valid host name"),
        ("https://%41/", "valid host name"),
        ("https://[::g]/", "valid host name"),
        ("https://1.2.3/", "looks like an IP address"),
        ("ftp://example/", "scheme is not supported"),
        ("file:///etc/passwd", "scheme is not supported"),
        ("snmp://example/", "scheme is not supported"),
        ("https://root:swordfish@example/", "password"),
        ("https://example/#part", "fragment"),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254"),
        ("http://[fe80::1]/", "fe80::1"),
        ("http://[::ffff:169.254.169.254]/", "No listener may be at"),
        ("http://0.0.0.1:8080/", "0.0.0.1"),
        ("http://2852039166/", "No listener may be at"),
        ("http://0xA9FEA9FE/latest", "No listener may be at"),
        ("http://0251.0376.0251.0376:80/", "No listener may be at"),
        ("https://[64:ff9b::a9fe:a9fe]/", "No listener may be at"),
        ("https://192.0.0.192/opc/v2", "No listener may be at"),
    ],
)
async def test_a_url_that_will_not_do_is_said_to_be_so_and_never_asked(url: str, says: str) -> None:
    async with open_listeners(FleetOptions()) as listeners:
        why = listeners.why_not(url)
        assert says in why
        assert "swordfish" not in why
        kind, _ = await failure(listeners, a_post(url))
        assert kind == "NotAllowed"


@pytest.mark.parametrize(
    "url",
    [
        "https://listener.example/events?a=b",
        "http://10.0.0.1:8080/",
        "HTTPS://[2001:db8::1]:8443",
        "https://x",
        "https://a_b.example./",
        "https://xn--bcher-kva.example/",
    ],
)
def test_a_url_that_will_do(url: str) -> None:
    assert open_listeners(FleetOptions()).why_not(url) == ""


async def test_where_a_name_leads_is_looked_at_when_it_is_looked_up(
    monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    async def leads_to(*addresses: str) -> None:
        async def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)

    port = listener.url.rpartition(":")[2]
    post = a_post(f"https://inside.example:{port}/rebound", verify=False)
    async with open_listeners(FleetOptions()) as listeners:
        assert listeners.why_not(post.url) == ""
        await leads_to("169.254.169.254")
        kind, sentence = await failure(listeners, post)
        assert kind == "NotAllowed"
        assert "169.254.169.254" in sentence
        await leads_to("169.254.169.254", "127.0.0.1")
        await listeners.post(post)
        await listeners.close()
        await leads_to("169.254.169.254")
        assert (await failure(listeners, post))[0] == "NotAllowed"
    assert len(listener.heard("/rebound")) == 1


async def test_networks_that_are_listed_are_all_there_are() -> None:
    options = FleetOptions(networks=[ip_network("10.0.0.0/8")])
    async with open_listeners(options) as listeners:
        assert listeners.why_not("https://10.1.2.3/") == ""
        assert "fleet.networks" in listeners.why_not("https://127.0.0.1/")
        assert (await failure(listeners, a_post("https://localhost:1/")))[0] == "NotAllowed"
        for same in ("2130706433", "0x7f000001", "127.1"):
            assert (await failure(listeners, a_post(f"http://{same}/", timeout=5)))[0] in (
                "NotAllowed",
                "Unreachable",
            )


def test_a_file_of_authorities_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"fleet\.ca_file"):
        open_listeners(FleetOptions(ca_file=tmp_path / "none"))


@asynccontextmanager
async def a_server(answer: Any) -> AsyncIterator[int]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
