"""Runs schemathesis as a process against a service, with what is there as data, and reads what it says.

All that it is to do is in its settings and nothing on its command line: a check that is named there, by
itself or as one of all, is made whatever the settings say of single operations. It is bounded by the number
of cases, never by time, so that a slow machine sends the same as a fast one.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.service import Service
from tests.support import lacking

COMMAND = Path(sys.executable).parent / "schemathesis"
SEED = int(os.environ.get("FUZZ_SEED", "4"))
"""The same requests at every run; what hypothesis makes of it changes with its version."""
GIVEN_UP: Final = 900
"""Seconds after which a run that does not end is ended; far more than any takes."""

LEFT_OUT = (
    # A wrong password costs a tenth of a second on purpose; tests/web/test_access.py tries them all.
    "ignored_auth",
    # No schema can say which systems are there, or what is a host name: 400 is right where they are not.
    "positive_data_acceptance",
)
NOT_OF_PATCH = (
    # A PATCH sets what is right and tells of the rest, with 200: Redfish wants it so.
    "negative_data_rejection",
)
ENDLESS = ("/redfish/v1/EventService/SSE",)
"""What is answered for as long as somebody listens: schemathesis would wait for the end."""
EXPECTED = {
    # 501 is Redfish's answer to a query that is not supported, 503 that to a store that is busy or full.
    "not_a_server_error": ["2xx", "3xx", "4xx", "501", "503", "507"],
    # 412 is the answer to a wrong OData-Version.
    "negative_data_rejection": ["4xx", "501", "503"],
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


def fuzz(service: Service, settings: Mapping[str, Any], folder: Path) -> Found:
    """Send the service what its OpenAPI document allows, and what it forbids, as the settings say.

    `folder` is for what schemathesis writes.
    """
    folder.mkdir()
    (folder / "schemathesis.toml").write_text(written(settings))
    run = subprocess.run(
        [
            *(COMMAND, "--no-color", "run", f"{service.url}/redfish/v1/openapi.yaml"),
            *("--auth", f"{service.user}:{service.password}", "--tls-verify", service.certificate),
            *(part for path in ENDLESS for part in ("--exclude-path", path)),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=GIVEN_UP,
    )
    return Found(run.returncode, run.stdout)


def borders_of_reads(ids: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Each GET, of what is there, with every value at the borders of what its parameters take.

    `ids` are what is there, by the name of the parameter in the path; the first of each is read.
    """
    return {
        **_common(),
        "parameters": {f"path.{name}": values[0] for name, values in ids.items()},
        "phases": {"fuzzing": {"enabled": False}, "stateful": {"enabled": False}},
        "operations": [{"include-method": ["HEAD", "POST", "PATCH", "DELETE"], "enabled": False}],
    }


def everything(ids: Mapping[str, Sequence[str]], cases: int) -> dict[str, Any]:
    """So many cases of each operation, and as many chains of them; of what changes something the borders too.

    Most of what is asked for is one of `ids`.
    """
    no_borders = {"phases": {"examples": {"enabled": False}, "coverage": {"enabled": False}}}
    return {
        **_common(),
        "generation": {"max-examples": cases, "no-shrink": True, "database": "none"},
        "dictionaries": {name: {"values": list(values)} for name, values in ids.items()},
        "parameters": {f"path.{name}": {"dictionary": name, "probability": _OFTEN} for name in ids},
        "operations": [
            {"include-method": "PATCH", "checks": {name: {"enabled": False} for name in NOT_OF_PATCH}},
            {"include-method": ["GET", "HEAD"], **no_borders},
            {"include-path-regex": "/Members$", **no_borders},  # the same as at the collection itself
        ],
    }


def _common() -> dict[str, Any]:
    return {
        "seed": SEED,
        "workers": 1,
        "continue-on-failure": True,
        "request-timeout": 60,
        # What takes long here takes long because the machine is busy.
        "suppress-health-check": ["too_slow"],
        "cache": {"enabled": False},
        "checks": {
            **{name: {"enabled": False} for name in LEFT_OUT},
            **{name: {"expected-statuses": statuses} for name, statuses in EXPECTED.items()},
        },
    }


def written(table: Mapping[str, Any]) -> str:
    """These settings as TOML. Everything below the top is written in line, as JSON with other signs."""
    return "".join(f"{json.dumps(key)} = {_in_line(value)}\n" for key, value in table.items())


def _in_line(value: Any) -> str:
    match value:
        case Mapping():
            pairs = (f"{json.dumps(key)} = {_in_line(inner)}" for key, inner in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list():
            return "[" + ", ".join(map(_in_line, value)) + "]"
        case _:
            return json.dumps(value)
