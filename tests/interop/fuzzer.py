"""Runs schemathesis as a process against a service, with what is there as data, and reads what it says."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.service import Service
from tests.support import lacking

COMMAND = Path(sys.executable).parent / "schemathesis"
SEED = 4
"""The same requests at every run; what hypothesis makes of it changes with its version."""

LEFT_OUT = (
    # A wrong password costs a tenth of a second on purpose; tests/web/test_access.py tries them all.
    "ignored_auth",
    # No schema can say which systems are there, or what is a host name: 400 is right where they are not.
    "positive_data_acceptance",
)
ENDLESS = ("/redfish/v1/EventService/SSE",)
"""What is answered for as long as somebody listens: schemathesis would wait for the end."""
_EXPECTED = {
    # 501 is Redfish's answer to a query that is not supported, 503 that to a store that is busy or full.
    "not_a_server_error": ["2xx", "3xx", "4xx", 501, 503, 507],
    # 412 is the answer to a wrong OData-Version.
    "negative_data_rejection": ["4xx", 501, 503],
}
_OFTEN = 0.7
"""How often an id is one of something that is there."""


@dataclass(frozen=True)
class Found:
    """How a run ended, and all that it said."""

    exit_code: int
    said: str


def have_a_fuzzer() -> None:
    """Skip the test, or fail it in CI, where schemathesis is lacking."""
    if not COMMAND.exists():
        lacking(f"schemathesis is not installed: there is no {COMMAND}")


def fuzz(
    service: Service,
    ids: Mapping[str, Iterable[str]],
    folder: Path,
    within: int,
    *,
    only: Iterable[str] = (),
) -> Found:
    """Send the service what its OpenAPI document allows, and what it forbids, for `within` seconds at most.

    `ids` are what is there, by the name of the parameter in the path; `only` are methods, without which
    all are tried. `folder` is for what schemathesis writes.
    """
    folder.mkdir()
    (folder / "schemathesis.toml").write_text(_settings(ids))
    run = subprocess.run(
        [
            *(COMMAND, "--no-color", "run", f"{service.url}/redfish/v1/openapi.yaml"),
            *("--auth", f"{service.user}:{service.password}", "--tls-verify", service.certificate),
            *("--checks", "all", "--exclude-checks", ",".join(LEFT_OUT), "--max-time", str(within)),
            *("--max-examples", "20", "--seed", str(SEED), "--continue-on-failure", "--no-shrink"),
            *(part for method in only for part in ("--include-method", method)),
            *(part for path in ENDLESS for part in ("--exclude-path", path)),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=within + 60,
    )
    return Found(run.returncode, run.stdout)


def _settings(ids: Mapping[str, Iterable[str]]) -> str:
    lines = []
    for name, values in ids.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(list(values))}"]
    lines += ["[parameters]"]
    lines += [f'"path.{name}" = {{dictionary = "{name}", probability = {_OFTEN}}}' for name in ids]
    for check, statuses in _EXPECTED.items():
        lines += [f"[checks.{check}]", f"expected-statuses = {json.dumps(statuses)}"]
    # A PATCH sets what is right and tells of the rest, with 200: Redfish wants it so.
    lines += ["[[operations]]", 'include-method = "PATCH"', "checks.negative_data_rejection.enabled = false"]
    return "\n".join(lines) + "\n"
