"""What is shown of the settings: each with its origin, no secret, and a default file that cannot drift."""

import tomllib
from pathlib import Path

import pytest

from config.loading import Settings, load, load_settings
from config.showing import MASK, commented_defaults, shown

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "taskmon.toml"
TOKEN = "a-canary-in-the-settings"


def lines_of(file: Path | None = None, **flags: object) -> dict[str, str]:
    """What is shown, by setting."""
    lines = list(shown(load(file, {key.replace("__", "."): value for key, value in flags.items()})))
    return {line.removeprefix("# ").split(" ")[0]: line for line in lines}


def test_each_setting_is_shown_once_with_its_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "t.toml"
    file.write_text('[web]\nport = 1001\nhost = "::1"\n[fleet]\nretries = 1\n[reset]\nsettle = 2.5\n')
    monkeypatch.setenv("TASKMON_FLEET__RETRIES", "3")
    monkeypatch.setenv("TASKMON_SHUTDOWN", '{"grace": 7}')
    lines = lines_of(file, web__port=1003, log__level=None)
    assert lines["web.port"].split() == ["web.port", "=", "1003", "#", "flag"]
    assert lines["web.host"].split() == ["web.host", "=", '"::1"', "#", "file"]
    assert lines["fleet.retries"].split() == ["fleet.retries", "=", "3", "#", "environment"]
    assert lines["shutdown.grace"].split() == ["shutdown.grace", "=", "7", "#", "environment"]
    assert lines["reset.settle"].split() == ["reset.settle", "=", "2.5", "#", "file"]
    assert lines["web.tls"].split() == ["web.tls", "=", "true", "#", "default"]
    assert lines["log.file"].split() == ["#", "log.file", "is", "unset", "#", "default"]
    settings = Settings()
    assert set(lines) == {
        f"{section}.{name}"
        for section in Settings.model_fields
        for name in type(getattr(settings, section)).model_fields
    }


def test_what_is_shown_is_toml_that_says_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    odd = 'a "quoted" \\ päth.log'
    monkeypatch.setenv("TASKMON_LOG__FILE", odd)
    again = tmp_path / "again.toml"
    again.write_text("\n".join(shown(load())))
    monkeypatch.delenv("TASKMON_LOG__FILE")
    settings = load_settings(again)
    assert settings.log.file == Path(odd)
    assert settings == load_settings(None, {"log.file": odd})


def test_a_secret_is_masked_and_its_mask_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TASKMON_METRICS__TOKEN", TOKEN)
    loaded = load()
    everything = "\n".join(shown(loaded))
    assert f'metrics.token = "{MASK}"' in everything
    assert TOKEN not in everything + repr(loaded) + str(loaded.settings.metrics)
    monkeypatch.delenv("TASKMON_METRICS__TOKEN")
    file = tmp_path / "t.toml"
    file.write_text(everything)
    with pytest.raises(Exception, match=r"metrics\.token"):
        load(file)


def test_the_commented_file_that_is_shipped_is_that_of_the_settings() -> None:
    assert SHIPPED.read_text() == commented_defaults(), "write it anew with: taskmon config show --commented"


def test_the_commented_file_sets_nothing_and_says_every_default(tmp_path: Path) -> None:
    text = commented_defaults()
    assert all(not section for section in tomllib.loads(text).values())
    uncommented = "\n".join(
        line.removeprefix("#")
        for line in text.splitlines()
        if not line.startswith("# ") and not line.endswith("=")
    )
    values = tomllib.loads(uncommented)
    assert {section: inner for section, inner in values.items() if inner} == {
        section: inner
        for section in Settings.model_fields
        if (inner := getattr(Settings(), section).model_dump(mode="json", exclude_none=True))
    }
    assert max(map(len, text.splitlines())) <= 110
    file = tmp_path / "t.toml"
    file.write_text(uncommented)
    assert load_settings(file) == load_settings()
