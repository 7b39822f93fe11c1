"""The systemd unit in docs/: what it starts is there, and starts; its times and places fit the service."""

import shlex
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import click
import pytest

from actors.asking import LONGEST_STOP
from config.loading import Settings
from run import commands
from tests.interop.plain import plain_client
from tests.service import ROOT, Service
from web.app import LAST_ANSWERS

pytestmark = pytest.mark.timeout(120)

CONFIG, DATA, LOGS = "/etc/taskmon/taskmon.toml", "/var/lib/taskmon", "/var/log/taskmon"


def entries() -> list[tuple[str, str]]:
    """The settings of the unit, in their order; some have more than one value."""
    lines = (ROOT / "docs" / "taskmon.service").read_text().splitlines()
    split = [line.partition("=") for line in lines if "=" in line and not line.startswith("#")]
    return [(name, value) for name, _, value in split]


def all_of(name: str) -> list[str]:
    return [value for key, value in entries() if key == name]


def one(name: str) -> str:
    (value,) = all_of(name)
    return value


def environment() -> dict[str, str]:
    return dict(line.split("=", 1) for line in all_of("Environment"))


def test_what_it_starts_is_a_command_that_there_is_with_options_that_there_are() -> None:
    program, *words = shlex.split(one("ExecStart"))
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert PurePosixPath(program).name in scripts
    command: click.Command | None = commands
    while isinstance(command, click.Group):
        _, command, words = command.resolve_command(click.Context(command), words)
    assert command is not None
    given = command.make_context("serve", words).params
    assert (given["config"], given["data"]) == (Path(CONFIG), Path(DATA))


def test_the_environment_that_it_sets_is_that_of_settings() -> None:
    for name in environment():
        section, _, key = name.removeprefix("TASKMON_").lower().partition("__")
        assert key in type(getattr(Settings(), section)).model_fields, name


def test_it_keeps_what_it_writes_where_systemd_lets_it_write() -> None:
    assert (one("StateDirectory"), one("LogsDirectory")) == ("taskmon", "taskmon")
    assert f"--data {DATA}" in one("ExecStart")
    assert environment() == {
        "TASKMON_LOG__FILE": f"{LOGS}/task.log",
        "TASKMON_LOG__AUDIT_FILE": f"{LOGS}/audit.log",
    }


def test_a_stop_may_take_as_long_as_the_service_takes() -> None:
    longest = Settings().shutdown.grace + LAST_ANSWERS + 2 * LONGEST_STOP
    assert int(one("TimeoutStopSec")) > longest


def test_it_is_locked_in() -> None:
    for name, value in {
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "CapabilityBoundingSet": "",
        "Restart": "on-failure",
    }.items():
        assert one(name) == value
    assert one("User") != "root"


def test_the_service_runs_as_it_says(tmp_path: Path) -> None:
    """All but the program's place: with the unit's arguments and environment, its folders moved here."""

    def moved(text: str) -> str:
        for place in (CONFIG, DATA, LOGS):
            text = text.replace(place, str(tmp_path / PurePosixPath(place).relative_to("/")))
        return text

    class AsAUnit(Service):
        def arguments(self) -> Sequence[str]:
            return [*shlex.split(moved(one("ExecStart")))[1:], "--port", "0"]

        def environment(self) -> Mapping[str, str]:
            return {**super().environment(), **{key: moved(value) for key, value in environment().items()}}

    config = Path(moved(CONFIG))
    config.parent.mkdir(parents=True)
    config.write_text((ROOT / "config" / "taskmon.toml").read_text())
    with AsAUnit(tmp_path / "service") as service:
        service.certificate = Path(moved(DATA)) / "tls.crt"
        with plain_client(service) as client:
            assert client.get("/readyz").status_code == 200
    log = Path(moved(LOGS)) / "task.log"
    assert "taskmon: listening on https://" in log.read_text()
    assert "service started" in (log.parent / "audit.log").read_text()
    assert service.log == ""
