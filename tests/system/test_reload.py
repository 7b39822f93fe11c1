"""SIGHUP at the running service: what it takes up under open connections; a mistake changes nothing."""

import json
import shutil
import signal
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from store.keys.certificate import ensure_certificate
from tests.interop.plain import until
from tests.service import Service

pytestmark = pytest.mark.timeout(120)

SETTLED = "the settings were read anew"


class Reloaded(Service):
    """The service with a settings file."""

    def __init__(self, folder: Path, file: Path, announced: Sequence[str] = ()) -> None:
        super().__init__(folder, announced=announced)
        self.file = file

    def arguments(self) -> Sequence[str]:
        return [*super().arguments(), "--config", str(self.file)]

    def hang_up(self, wanted: str = SETTLED) -> str:
        """SIGHUP; what the log says after it, once it says this: how that went."""
        before = len(self.log)
        self.send(signal.SIGHUP)
        return until(lambda: said if wanted in (said := self.log[before:]) else None, "an answer to SIGHUP")


@contextmanager
def connected(service: Service) -> Iterator[ssl.SSLSocket]:
    """A TLS connection; whose certificate it is, the test looks at."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address = urlsplit(service.url)
    assert address.port
    with (
        socket.create_connection((address.hostname, address.port), timeout=10) as plain,
        context.wrap_socket(plain) as secured,
    ):
        yield secured


def ask(connection: ssl.SSLSocket) -> bytes:
    """The answer to a GET, on a connection that stays."""
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = b""
    while not answer.endswith(b'{"status":"ok"}'):
        chunk = connection.recv(65536)
        assert chunk, answer
        answer += chunk
    return answer


def shown(service: Service) -> bytes | None:
    """The certificate that a new connection gets."""
    with connected(service) as connection:
        ask(connection)
        return connection.getpeercert(binary_form=True)


def der(certificate: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.read_text())


def put(folder: Path, pair: Path) -> tuple[Path, Path]:
    """A new certificate and its key in place of those in `pair`."""
    for one in (folder, pair):
        one.mkdir(exist_ok=True)
    found = [
        Path(shutil.copy(file, pair / name))
        for file, name in zip(ensure_certificate(folder), ("c", "k"), strict=True)
    ]
    return found[0], found[1]


def settings(pair: tuple[Path, Path], log: str) -> str:
    return f'[web]\ncert_file = "{pair[0]}"\nkey_file = "{pair[1]}"\n[log]\n{log}\n'


def test_a_new_certificate_is_shown_to_new_connections_and_breaks_none(tmp_path: Path) -> None:
    pair = put(tmp_path / "one", tmp_path / "pair")
    first = der(pair[0])
    file = tmp_path / "taskmon.toml"
    file.write_text(settings(pair, 'level = "info"'))
    with Reloaded(tmp_path / "service", file) as service, connected(service) as old:
        ask(old)
        assert shown(service) == first
        put(tmp_path / "two", tmp_path / "pair")
        assert shown(service) == first
        service.hang_up()
        second = der(pair[0])
        assert second != first
        assert shown(service) == second
        assert old.getpeercert(binary_form=True) == first
        ask(old)


def test_level_and_format_change_and_what_needs_a_start_is_named(tmp_path: Path) -> None:
    file = tmp_path / "taskmon.toml"
    file.write_text('[log]\nlevel = "info"\n')
    with Reloaded(tmp_path / "service", file) as service:
        shown(service)
        file.write_text('[log]\nlevel = "warning"\nformat = "json"\n[fleet]\nretries = 5\n')
        said = service.hang_up("at the next start")
        (line,) = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        assert line["level"] == "warning"
        assert line["message"].endswith("at the next start: fleet.retries")
        before = len(service.log)
        shown(service)
        file.write_text('[log]\nlevel = "info"\nformat = "json"\n')
        service.hang_up()
        shown(service)
        until(lambda: "GET /healthz" in service.log[before:] or None, "the request's line")
        lines = [json.loads(line) for line in service.log[before:].splitlines()]
    assert lines[0]["message"].endswith("changed: log.level")
    assert len([line for line in lines if line["message"].startswith("GET /healthz")]) == 1


def test_a_mistake_changes_nothing_and_is_told_in_a_sentence(tmp_path: Path) -> None:
    pair = put(tmp_path / "one", tmp_path / "pair")
    first = der(pair[0])
    file = tmp_path / "taskmon.toml"
    file.write_text(sound := settings(pair, 'format = "text"'))
    with Reloaded(
        tmp_path / "service", file, [f"ERROR +taskmon: {SETTLED} and nothing was changed: "]
    ) as service:
        put(tmp_path / "two", tmp_path / "pair")
        file.write_text(sound + 'level = "loud"\nfromat = "json"\n')
        said = service.hang_up()
        assert "nothing was changed: log.level: " in said
        assert "did you mean format?" in until(
            lambda: service.log if "fromat" in service.log else None, "both"
        )
        assert shown(service) == first
        file.write_text("[web")
        assert "is not valid TOML" in service.hang_up()
        file.write_text(sound)
        pair[1].write_text("no key")
        assert "web.key_file: it cannot be used with" in service.hang_up()
        assert shown(service) == first
        assert all("ERROR" not in line or SETTLED in line for line in service.log.splitlines())
