"""Listening: TLS, plain HTTP, an address that is taken, and a stop that answers what was taken."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from actors import TaskPage, TaskQuery, Viewer
from config.settings import WebSettings
from tests.support import eventually, lacking
from tests.web.access import an_access
from tests.web.client import Client
from tests.web.eventing import an_event_house
from tests.web.sse import streaming
from tests.web.standin_operations import StandInOperations
from tests.web.standin_settings import StandInSettings
from tests.web.standins import (
    HeldClock,
    StandInFleet,
    StandInGate,
    StandInTasks,
)
from web.app import RedfishApplication, listen, make_app
from web.readiness import Readiness
from web.services import Services, WebOptions


class SlowTasks(StandInTasks):
    """A list of tasks that takes until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()

    async def page(self, viewer: Viewer, query: TaskQuery, patience: float) -> TaskPage:
        await self.go.wait()
        return TaskPage(ids=(), total=0)


@pytest.fixture
def tasks() -> SlowTasks:
    return SlowTasks()


@pytest.fixture
async def app(tasks: SlowTasks) -> AsyncIterator[RedfishApplication]:
    fleet = StandInFleet()
    async with an_access() as access, an_event_house(access) as house:
        services = Services(
            gate=StandInGate(),
            accounts=access.accounts,
            roles=access.roles,
            account_settings=access.settings,
            tasks=tasks,
            fleet=fleet,
            operations=StandInOperations(tasks, fleet),
            events=house.events,
            streams=house.streams,
            settings=StandInSettings(tasks, StandInGate()),
            clock=HeldClock(),
            readiness=Readiness(),
            uuid="5b1fbe2f-6f1c-4a33-8d5c-0b6d51b2b7a1",
        )
        yield make_app(services, WebOptions())


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as entered:
        yield entered


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_file, key_file


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_tls_1_2_and_1_3_are_spoken(
    app: RedfishApplication,
    certificate: tuple[Path, Path],
    stack: AsyncExitStack,
    version: ssl.TLSVersion,
) -> None:
    url = (await listen(app, WebSettings(port=0), certificate, stack)).url
    assert url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.minimum_version = context.maximum_version = version
    port = int(url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="localhost"
    )
    writer.write(b"GET /redfish HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b'{"v1":"/redfish/v1/"}')
    writer.close()
    await writer.wait_closed()


async def test_plain_http_where_there_is_no_certificate(
    app: RedfishApplication, stack: AsyncExitStack
) -> None:
    url = (await listen(app, WebSettings(port=0, tls=False), None, stack)).url
    assert url.startswith("http://127.0.0.1:")
    assert (await Client(url).get("/redfish")).status == 200


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("0.0.0.0", "localhost"),  # noqa: S104 (for the length of this test)
        ("::", "localhost"),
        ("::1", "[::1]"),
        ("localhost", "localhost"),
    ],
)
async def test_the_url_can_be_called(
    app: RedfishApplication, stack: AsyncExitStack, host: str, shown: str
) -> None:
    if ":" in host and not _speaks_ipv6():
        lacking("this machine has no IPv6")
    url = (await listen(app, WebSettings(host=host, port=0), None, stack)).url
    assert url.startswith(f"http://{shown}:")
    assert (await Client(url).get("/redfish")).status == 200


async def test_a_port_that_is_taken_is_told_in_a_sentence(
    app: RedfishApplication, stack: AsyncExitStack
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1, port {port}: Address already in use"):
            await listen(app, WebSettings(port=port), None, stack)


async def test_a_certificate_that_is_none_is_told_in_a_sentence(
    app: RedfishApplication, stack: AsyncExitStack, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("nothing")
    pairs: Sequence[tuple[Path, Path]] = (
        (broken, certificate[1]),
        (certificate[0], broken),
        (tmp_path / "none", broken),
    )
    for pair in pairs:
        with pytest.raises(OSError, match="cannot be used"):
            await listen(app, WebSettings(port=0), pair, stack)


async def test_a_stop_answers_what_was_taken_and_takes_no_more(
    app: RedfishApplication, tasks: SlowTasks
) -> None:
    stack = AsyncExitStack()
    url = (await listen(app, WebSettings(port=0), None, stack)).url
    waiting = asyncio.create_task(
        Client(url).as_role("ReadOnly").get("/redfish/v1/TaskService/Tasks"), name="slow request"
    )

    def taken() -> None:
        assert len(app.under_way) == 1

    await eventually(taken)
    stopping = asyncio.create_task(stack.aclose(), name="stop")
    await eventually(lambda: _assert_closed(url))
    assert not stopping.done()
    tasks.go.set()
    assert (await waiting).status == 200
    await stopping


def _speaks_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _assert_closed(url: str) -> None:
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0


async def test_a_stop_ends_streams_and_does_not_wait_for_them(app: RedfishApplication) -> None:
    stack = AsyncExitStack()
    url = (await listen(app, WebSettings(port=0, tls=False), None, stack)).url
    async with streaming(int(url.rpartition(":")[2])) as stream:
        assert (await stream.event()).key == "StreamOpened"
        assert len(app.under_way) == 0
        await stack.aclose()
        assert await stream.farewell() == "The stream ends. The service is stopping."
        assert await stream.wire.closed()
