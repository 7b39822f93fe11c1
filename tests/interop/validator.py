"""Runs DMTF's Redfish Service Validator as a process, offline, and reads what it says."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.interop.plain import Plain
from tests.service import ROOT, Service
from tests.support import lacking

COMMAND = Path(sys.executable).parent / "rf_service_validator"
SCHEMAS = ROOT.parent / "shared" / "dmtf" / "csdl"
"""DMTF's schema files are not ours to keep: they lie beside the checkout, or nowhere."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SUMMARY = re.compile(r"PASS\s*\|\s*WARN\s*\|\s*FAIL\s*\|\s*NOT TESTED\s*\|[^\d]*" + r"(\d+)[\s|]+" * 4)
_VISITED = re.compile(r"^Validating (/\S*?)\.\.\.\s*$", re.MULTILINE)
_FOUND = re.compile(r" - ((?:FAIL|WARN) - .*|Could not access .*)$", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """What the validator found: how many checks came out how, and its sentences about what is wrong."""

    exit_code: int
    passed: int
    warned: int
    failed: int
    not_tested: int
    visited: frozenset[str]
    """The URIs of the resources that it has validated."""
    sentences: tuple[str, ...]
    """Its failures and warnings, and what it could not read."""


def have_a_validator() -> None:
    """Skip the test, or fail it in CI, where the validator or the schemas are lacking."""
    if not COMMAND.exists():
        lacking(f"redfish_service_validator is not installed: there is no {COMMAND}")
    if not any(SCHEMAS.glob("*.xml")):
        lacking(f"DMTF's schema files are not there: {SCHEMAS}")


def schemas_for(plain: Plain, folder: Path) -> Path:
    """All that the validator would load if it had the Internet: DMTF's files, and those of the service.

    The latter are what the metadata document refers to at a path of the service.
    """
    folder.mkdir()
    for file in SCHEMAS.glob("*.xml"):
        (folder / file.name).symlink_to(file)
    for uri in re.findall(r'<edmx:Reference Uri="(/[^"]+)"', plain.get("/redfish/v1/$metadata").text):
        answer = plain.get(uri)
        assert answer.status_code == 200, f"GET {uri}: {answer.status_code}"
        (folder / uri.rpartition("/")[2]).write_text(answer.text)
    return folder


def validate(service: Service, schemas: Path, folder: Path, within: float) -> Verdict:
    """Validate all that this service shows its administrator. `folder` is for what the validator writes.

    A validator that takes longer than `within` seconds, or has no summary to give, fails the test.
    """
    folder.mkdir()  # a folder of its own: it reads a config.ini from where it is started
    run = subprocess.run(
        [
            *(COMMAND, "--rhost", service.url, "--user", service.user, "--password", service.password),
            *("--authtype", "Session", "--schema_directory", schemas, "--skipschema", "--logdir", "logs"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=within,
    )
    said = _COLOUR.sub("", run.stdout)
    summary = _SUMMARY.search(said)
    assert summary is not None, f"the validator ended with {run.returncode} and no summary:\n{said}"
    passed, warned, failed, not_tested = map(int, summary.groups())
    logs = "".join(log.read_text() for log in folder.glob("logs/*/*.log"))
    return Verdict(
        exit_code=run.returncode,
        passed=passed,
        warned=warned,
        failed=failed,
        not_tested=not_tested,
        visited=frozenset(_VISITED.findall(said)),
        sentences=tuple(_FOUND.findall(logs)),
    )
