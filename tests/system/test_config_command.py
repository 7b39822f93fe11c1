"""`taskmon config` as a process: the same settings as `serve` would have, every mistake at once."""

from pathlib import Path

import pytest

from tests.system.test_command_line import run

pytestmark = pytest.mark.timeout(120)

TOKEN = "a-canary-in-the-settings"


def test_sound_settings_are_said_to_be_sound(tmp_path: Path) -> None:
    file = tmp_path / "taskmon.toml"
    file.write_text("[web]\nport = 0\n")
    ran = run("config", "check", "--config", str(file))
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "the settings are sound\n", "")


def test_every_mistake_is_a_line_wherever_it_is(tmp_path: Path) -> None:
    file = tmp_path / "taskmon.toml"
    file.write_text('[web]\nport = "x"\n[lgo]\nlevel = "debug"\n')
    wrong = {"TASKMON_FLEET__RETRIES": "-1", "TASKMON_METRICS__TOKEN": TOKEN[:8]}
    for command in ("check", "show"):
        ran = run("config", command, "--config", str(file), "--log-level", "loud", **wrong)
        assert (ran.returncode, ran.stdout) == (2, "")
        told = [line.split()[1] for line in ran.stderr.splitlines()]
        assert sorted(told) == ["fleet.retries:", "lgo:", "log.level:", "metrics.token:", "web.port:"]
        assert "did you mean log?" in ran.stderr
        assert TOKEN[:8] not in ran.stderr


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    ran = run("config", "check", "--config", str(tmp_path / "none.toml"))
    assert ran.returncode == 2
    assert "cannot be read" in ran.stderr


def test_what_is_shown_is_what_serve_would_have() -> None:
    ran = run("config", "show", "--port", "0", TASKMON_METRICS__TOKEN=TOKEN, TASKMON_LOG__FORMAT="json")
    assert ran.returncode == 0
    lines = {" ".join(line.split()) for line in ran.stdout.splitlines()}
    assert {
        "web.port = 0 # flag",
        'log.format = "json" # environment',
        "fleet.verify = true # default",
    } <= lines
    assert TOKEN not in ran.stdout + ran.stderr


def test_the_commented_file_is_one_to_start_with(tmp_path: Path) -> None:
    file = tmp_path / "taskmon.toml"
    file.write_text(run("config", "show", "--commented").stdout)
    assert "#port = 8443" in file.read_text()
    assert run("config", "check", "--config", str(file)).returncode == 0
