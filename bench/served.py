"""The service as the benchmarks start it: probed, without TLS unless they ask for it, and a client of it."""

import json
import signal
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from bench.lines import Health
from tests.service import ADMIN, PASSWORD, ROOT, Service

SETTINGS: Final = {
    "web.tls": False,
    "tasks.max_retained": 1_000_000,
    "tasks.auto_delete_minutes": 500_000,  # what was put into the store stays there
    "reset.run_timeout": 86_400,
    "reset.progress_timeout": 86_400,
    "log.level": "warning",
}
HEADERS: Final = (("User-Agent", "bench"), ("Accept", "application/json"))
PATIENCE: Final = 600.0
"""Seconds without an answer after which a benchmark gives up."""


class Probed(Service):
    """The service with a probe on its loop (see `probe`)."""

    def __init__(self, folder: Path, settings: Mapping[str, object] | None = None) -> None:
        super().__init__(folder, {**SETTINGS, **(settings or {})}, announced=(".",))
        self._readings = folder / "readings.json"

    def program(self) -> Sequence[str]:
        return ["-m", "bench.probe"]

    def environment(self) -> Mapping[str, str]:
        return {**super().environment(), "PYTHONPATH": str(ROOT), "PROBE_FILE": str(self._readings)}

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def readings(self) -> dict[str, float]:
        """What the probe has read since the last call of this, or since the start."""
        self._readings.unlink(missing_ok=True)
        self.send(signal.SIGUSR2)
        until(self._readings.exists, "the probe's readings")
        read: dict[str, float] = json.loads(self._readings.read_bytes())
        return read

    def health(self) -> Health:
        """How its loop did since the last call of this or of `readings`, or since the start."""
        read = self.readings()
        del read["opening"]
        return Health(**read)


class Client:
    """Logged in as the administrator, over one connection that stays open. As a context manager it closes."""

    def __init__(self, service: Service) -> None:
        secure = service.url.startswith("https")
        port = int(service.url.rpartition(":")[2])
        if secure:
            trust = ssl.create_default_context(cafile=str(service.certificate))
            self._http: HTTPConnection = HTTPSConnection("localhost", port, timeout=PATIENCE, context=trust)
        else:
            self._http = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.headers = list(HEADERS)
        login = {"UserName": ADMIN, "Password": PASSWORD}
        token = self.post("/redfish/v1/SessionService/Sessions", login)["X-Auth-Token"]
        self.headers.append(("X-Auth-Token", token))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def read(self, path: str, *more: tuple[str, str]) -> tuple[str, int, list[tuple[str, str]], str]:
        """Path, status, headers and body of an answer to a GET."""
        self._http.request("GET", path, headers=dict([*self.headers, *more]))
        answer = self._http.getresponse()
        return path, answer.status, answer.getheaders(), answer.read().decode()

    def document(self, path: str) -> Any:
        """The JSON that a GET is answered with."""
        _, status, _, body = self.read(path)
        assert status == 200, f"GET {path} was answered {status}: {body[:400]}"
        return json.loads(body)

    def post(self, path: str, body: object) -> dict[str, str]:
        """The headers of the answer, which is to be 201 or 202."""
        return self.post_text(path, json.dumps(body))

    def post_text(self, path: str, body: str) -> dict[str, str]:
        """The same with a body that has been written out already."""
        headers = {**dict(self.headers), "Content-Type": "application/json"}
        self._http.request("POST", path, body, headers)
        answer = self._http.getresponse()
        text = answer.read()
        assert answer.status in (201, 202), f"POST {path} was answered {answer.status}: {text[:400]!r}"
        return dict(answer.getheaders())

    def delete(self, path: str) -> None:
        """DELETE it; the answer is to be 204."""
        self._http.request("DELETE", path, headers=dict(self.headers))
        answer = self._http.getresponse()
        text = answer.read()
        assert answer.status == 204, f"DELETE {path} was answered {answer.status}: {text[:400]!r}"


def until(check: Callable[[], bool], what: str, within: float = PATIENCE, pause: float = 0.01) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + within
    while not check():
        assert time.monotonic() < deadline, f"waited {within:g} s for {what}"
        time.sleep(pause)
