"""Stub servers with certificates, and a pool of connections to them, for one test."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from actors.inventory.records import AS_SET, Trust
from actors.tasks.ports import Errand, Login, Server
from fleet.pool import FleetOptions, Pool, open_servers
from tests.fleet.stub_server import PASSWORD, USER, Sockets, StubServer

REQUEST_ID = "task0b1c"


@dataclass(frozen=True)
class StubFleet:
    """Some stub servers and the pool that knows how to reach them."""

    servers: tuple[StubServer, ...]
    pool: Pool
    sockets: Sockets

    @property
    def server(self) -> StubServer:
        return self.servers[0]

    def at(
        self,
        number: int = 0,
        *,
        password: str = PASSWORD,
        permit: Callable[[], None] = lambda: None,
        request_id: str | None = REQUEST_ID,
        patience: float | None = None,
        address: str | None = None,
        trust: Trust = AS_SET,
    ) -> Server:
        """The client for one of the servers."""
        return self.pool.at(
            Login(
                address=address or self.servers[number].address,
                user_name=USER,
                password=password,
                trust=trust,
            ),
            Errand(request_id=request_id, permit=permit, patience=patience),
        )


@asynccontextmanager
async def a_fleet(
    folder: Path, servers: int = 1, host: str = "127.0.0.1", **options: Any
) -> AsyncIterator[StubFleet]:
    """So many servers, and a pool with these FleetOptions, which believes their certificates."""
    ca_file, own_file = certificates(folder)
    chosen = replace(FleetOptions(ca_file=ca_file, retry_pause=0.001), **options)
    async with AsyncExitStack() as stack:
        tls, sockets = server_tls(own_file), Sockets()
        stubs = [await stack.enter_async_context(StubServer(tls, host, sockets)) for _ in range(servers)]
        pool = await stack.enter_async_context(open_servers(chosen))
        yield StubFleet(tuple(stubs), pool, sockets)


@cache
def certificates(folder: Path) -> tuple[Path, Path]:
    """A file with the certificate that signs, and one with a server's own and its key."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _name("stub authority")
    signed = _signed(authority, authority_key.public_key(), authority, authority_key, None)
    own = _signed(_name("stub server"), key.public_key(), authority, authority_key, signed)
    ca_file, own_file = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    own_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + own.public_bytes(serialization.Encoding.PEM)
    )
    return ca_file, own_file


def server_tls(own_file: Path) -> ssl.SSLContext:
    """The TLS context of a server with this certificate and key."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own_file)
    return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _signed(
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate | None,
) -> x509.Certificate:
    now = datetime.now(UTC)
    names = [x509.IPAddress(ip_address(one)) for one in ("127.0.0.1", "127.0.0.2", "::1")]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if authority is not None:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([*names, x509.DNSName("localhost")]), critical=False
        )
    return builder.sign(issuer_key, hashes.SHA256())
