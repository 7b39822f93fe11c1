"""Runs sushy-tools' Redfish emulator as a process, over HTTPS and with Basic credentials."""

import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import bcrypt
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.interop.plain import until
from tests.support import lacking

COMMAND = Path(sys.executable).parent / "sushy-emulator"
USER, PASSWORD = "emulator", "Em-Secret-2!"
SYSTEMS = "/redfish/v1/Systems"
START_WITHIN = 30.0

_LISTENS = re.compile(r"Running on (https://127\.0\.0\.1:\d+)")
_REQUEST = re.compile(r'"([A-Z]+) (/\S*) HTTP/[\d.]+" (\d{3})')


class Emulator:
    """`sushy-emulator --fake` with these systems: uuid → power state at the start.

    As a context manager it is started, listens, and is gone afterwards. Its state lies in `folder`: left
    to itself it keeps it in one place for all runs.
    """

    def __init__(self, folder: Path, systems: Mapping[str, str]) -> None:
        self.url = ""
        self.systems = dict(systems)
        self.certificate = folder / "emulator.crt"
        """It is its own authority."""
        self._folder = folder
        self._log_file = folder / "emulator.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.auth = (USER, PASSWORD)
        self._http.verify = str(self.certificate)

    # --- life

    def __enter__(self) -> Self:
        if not COMMAND.exists():
            lacking(f"sushy-emulator is not installed: there is no {COMMAND}")
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [COMMAND, "--fake", "--config", self._write_config()],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self.url = until(self._address, "an emulator that listens", START_WITHIN)
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        process, self._process = self._process, None
        if process is not None:
            with process:  # it has nothing to put in order, and does not listen to SIGTERM either
                process.kill()
        if error is not None:
            print(f"--- sushy-emulator wrote:\n{self.log}", file=sys.stderr)

    def _address(self) -> str | None:
        assert self._process is not None
        assert self._process.poll() is None, f"sushy-emulator ended:\n{self.log}"
        found = _LISTENS.search(self.log)
        return found[1] if found else None

    def _write_config(self) -> Path:
        key = self._folder / "emulator.key"
        _write_certificate(self.certificate, key)
        accounts = self._folder / "htpasswd"
        # The cheapest rounds: they are paid at every request.
        accounts.write_text(f"{USER}:{bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()}\n")
        settings: dict[str, object] = {
            "LISTEN_IP": "127.0.0.1",
            "LISTEN_PORT": 0,
            "SSL_CERT": str(self.certificate),
            "SSL_KEY": str(key),
            "AUTH_FILE": str(accounts),
            "STATE_DIR": str(self._folder / "state"),
            "FAKE_SYSTEMS": [
                {"uuid": uuid, "name": f"fake-{number}", "power_state": power, "nics": []}
                for number, (uuid, power) in enumerate(self.systems.items(), start=1)
            ],
        }
        config = self._folder / "emulator.conf"
        config.write_text("".join(f"SUSHY_EMULATOR_{name} = {value!r}\n" for name, value in settings.items()))
        return config

    # --- what it is asked, and what it heard

    @property
    def host_name(self) -> str:
        return self.url.removeprefix("https://")

    @property
    def line(self) -> dict[str, str]:
        """What it is added with."""
        return {"HostName": self.host_name, "UserName": USER, "Password": PASSWORD}

    def system(self, uuid: str) -> dict[str, Any]:
        """A system, as the emulator itself shows it."""
        response = self._http.get(f"{self.url}{SYSTEMS}/{uuid}", timeout=30)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def power(self, uuid: str) -> str:
        return str(self.system(uuid)["PowerState"])

    def reset(self, uuid: str, reset_type: str) -> None:
        """Reset a system, behind the back of everybody else."""
        target = f"{self.url}{SYSTEMS}/{uuid}/Actions/ComputerSystem.Reset"
        response = self._http.post(target, json={"ResetType": reset_type}, timeout=30)
        assert response.status_code == 204, response.text

    @property
    def heard(self) -> list[tuple[str, str, int]]:
        """Method, path and status of each request that it has answered, by its own log."""
        return [(method, path, int(status)) for method, path, status in _REQUEST.findall(self.log)]

    @property
    def log(self) -> str:
        return self._log_file.read_text() if self._log_file.exists() else ""


def _write_certificate(certificate: Path, key: Path) -> None:
    """A self-signed pair for 127.0.0.1 and localhost, valid for a day."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sushy-emulator")])
    now = datetime.now(UTC)
    public = private.public_key()
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(built.public_bytes(Encoding.PEM))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
