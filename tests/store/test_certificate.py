"""The service's own certificate: accepted by who trusts exactly it, made once, missed before it ends."""

import asyncio
import contextlib
import shutil
import socket
import ssl
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from freezegun import freeze_time

from store.folder import DataFolder, FolderUnusableError
from store.keys.certificate import CertificateUnusableError, ensure_certificate
from tests.support import lacking

# What Python 3.13 sets by default in ssl.create_default_context().
STRICT = ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN


@contextlib.asynccontextmanager
async def listening(folder: Path) -> AsyncIterator[int]:
    """A server with this folder's certificate that answers one line over HTTP; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*ensure_certificate(folder))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        await writer.drain()
        writer.close()
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def fetch(port: int, name: str, context: ssl.SSLContext) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = await reader.read()
    writer.close()
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        await writer.wait_closed()
    return answer


@pytest.mark.parametrize("flags", [ssl.VERIFY_DEFAULT, ssl.VERIFY_X509_STRICT, STRICT])
async def test_a_client_that_trusts_exactly_it_accepts_it(tmp_path: Path, flags: ssl.VerifyFlags) -> None:
    async with listening(tmp_path) as port:
        context = ssl.create_default_context(cafile=DataFolder(tmp_path).tls_certificate)
        context.verify_flags |= flags
        for name in ("localhost", "127.0.0.1", "::1", socket.gethostname()):
            assert (await fetch(port, name, context)).endswith(b"hello")
        with pytest.raises(ssl.SSLCertVerificationError, match=r"not valid for .elsewhere\.example."):
            await fetch(port, "elsewhere.example", context)


async def test_a_client_that_trusts_another_refuses_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    trusted, _ = ensure_certificate(other)
    async with listening(one) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await fetch(port, "localhost", ssl.create_default_context(cafile=trusted))


async def test_curl_accepts_it_with_cacert(tmp_path: Path) -> None:
    curl = shutil.which("curl") or lacking("curl")
    async with listening(tmp_path) as port:
        for host in ("localhost", "127.0.0.1"):
            asked = await asyncio.create_subprocess_exec(
                curl,
                "--silent",
                "--show-error",
                "--cacert",
                DataFolder(tmp_path).tls_certificate,
                f"https://{host}:{port}/",
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            answer, complaint = await asked.communicate()
            assert (answer, complaint) == (b"hello", b"")


def test_it_is_what_it_should_be(tmp_path: Path) -> None:
    with freeze_time("2026-03-04 12:00:00"):
        certificate_file, key_file = ensure_certificate(tmp_path)
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    assert certificate.version is x509.Version.v3
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    extension = certificate.extensions.get_extension_for_class
    assert extension(x509.BasicConstraints).value.ca is False
    assert list(extension(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert certificate.not_valid_before_utc == datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert certificate.not_valid_after_utc == datetime(2026, 3, 4, 12, tzinfo=UTC) + timedelta(days=3650)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert {file.name for file in tmp_path.iterdir()} == {certificate_file.name, key_file.name}


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("rack7", ["localhost", "rack7"]),
        ("taskmon.example.org", ["localhost", "taskmon.example.org"]),
        ("localhost", ["localhost"]),
        ("LOCALHOST", ["localhost"]),
        ("my_machine", ["localhost"]),
        ("-odd-", ["localhost"]),
        ("söüth", ["localhost"]),
        ("", ["localhost"]),
        ("x" * 70, ["localhost"]),
        (".".join(["x" * 60] * 5), ["localhost"]),
    ],
)
def test_the_host_name_is_in_it_if_a_certificate_can_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, named: list[str]
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    certificate_file, _ = ensure_certificate(tmp_path)
    certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == named
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_it_is_made_once(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in ensure_certificate(tmp_path)]
    assert [path.read_bytes() for path in ensure_certificate(tmp_path)] == first


def test_a_start_that_was_cut_short_after_the_key_goes_on_with_it(tmp_path: Path) -> None:
    certificate_file, key_file = ensure_certificate(tmp_path)
    key = key_file.read_bytes()
    certificate_file.unlink()
    ensure_certificate(tmp_path)
    assert key_file.read_bytes() == key


def test_an_end_that_is_near_is_warned_of_and_nothing_is_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with freeze_time("2026-03-04 12:00:00") as time:
        certificate_file, _ = ensure_certificate(tmp_path)
        before = certificate_file.read_bytes()
        time.tick(timedelta(days=3650 - 30, seconds=-1))
        ensure_certificate(tmp_path)
        assert caplog.records == []
        time.tick(timedelta(seconds=2))
        ensure_certificate(tmp_path)
        time.tick(timedelta(days=31))
        ensure_certificate(tmp_path)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2
    assert f"The certificate {certificate_file} ends on 2036-03-01" in caplog.records[0].getMessage()
    assert "has ended on 2036-03-01" in caplog.records[1].getMessage()
    assert certificate_file.read_bytes() == before


def test_a_certificate_without_its_key_is_told(tmp_path: Path) -> None:
    _, key_file = ensure_certificate(tmp_path)
    key_file.unlink()
    with pytest.raises(CertificateUnusableError, match=r"its key .*tls\.key is missing"):
        ensure_certificate(tmp_path)
    assert not key_file.exists()


def test_a_pair_that_does_not_belong_together_is_told(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    certificate_file, _ = ensure_certificate(tmp_path)
    shutil.copy(ensure_certificate(other)[0], certificate_file)
    with pytest.raises(CertificateUnusableError, match="do not belong together"):
        ensure_certificate(tmp_path)


@pytest.mark.parametrize("which", [0, 1])
def test_damage_is_told(tmp_path: Path, which: int) -> None:
    damaged = ensure_certificate(tmp_path)[which]
    damaged.write_text("-----BEGIN NOTHING-----\n")
    with pytest.raises(CertificateUnusableError, match=f"{damaged} cannot be read"):
        ensure_certificate(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FolderUnusableError):
        ensure_certificate(tmp_path / "not there")
