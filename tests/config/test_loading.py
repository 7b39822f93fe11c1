"""Settings: defaults, file, environment and flags in their order, and every mistake at once."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from config.loading import SettingsError, load_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "taskmon.toml"


def mistakes_of(file: Path | None = None, **flags: object) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_settings(file, {key.replace("__", "."): value for key, value in flags.items()})
    return caught.value.mistakes


def test_without_anything_the_defaults_hold() -> None:
    settings = load_settings()
    assert (settings.web.host, settings.web.port, settings.web.tls) == ("127.0.0.1", 8443, True)
    assert settings.web.max_body == 4 * 1024 * 1024
    assert settings.fleet.max_connections == 500
    assert settings.fleet.power_max_age == 10


def test_flags_stand_over_the_environment_and_that_over_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('[web]\nport = 1001\nhost = "::1"\n[reset]\nsettle = 2.5\n')
    monkeypatch.setenv("TASKMON_WEB__PORT", "1002")
    assert load_settings(file).web.port == 1002
    settings = load_settings(file, {"web.port": 1003, "web.host": None})
    assert (settings.web.port, settings.web.host, settings.reset.settle) == (1003, "::1", 2.5)


def test_every_mistake_is_told_with_its_key(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[web]\nprot = 1\nport = 99999\ntls = "maybe"\n[flet]\nx = 1\n[reset]\nsettle = -1\n')
    monkeypatch.setenv("TASKMON_WEBB__PORT", "1")
    monkeypatch.setenv("TASKMON_LOG__LEVEL", "loud")
    mistakes = mistakes_of(file)
    assert len(mistakes) == 7
    for key in ("web.prot", "web.port", "web.tls", "flet", "reset.settle", "log.level", "TASKMON_WEBB__PORT"):
        assert sum(mistake.startswith(f"{key}:") for mistake in mistakes) == 1, key
    assert any("did you mean port?" in mistake for mistake in mistakes)
    assert any("did you mean fleet?" in mistake for mistake in mistakes)


def test_a_flag_that_is_wrong_is_named_as_the_setting_that_it_sets() -> None:
    assert mistakes_of(web__port=70000)[0].startswith("web.port:")


def test_what_is_laid_over_a_mistake_does_not_hide_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('fleet = 3\n[web]\nport = "x"\n[log]\nlevel = "loud"\n')
    monkeypatch.setenv("TASKMON_LOG__LEVEL", "debug")
    monkeypatch.setenv("TASKMON_FLEET__RETRIES", "1")
    keys = {mistake.split(":")[0] for mistake in mistakes_of(file, web__port=1)}
    assert keys == {"fleet", "web.port", "log.level"}


def test_a_section_that_is_no_table_is_a_mistake(file: Path) -> None:
    file.write_text("web = 3\n")
    assert mistakes_of(file)[0].startswith("web:")


def test_what_is_not_toml_and_what_is_not_there_are_told_with_the_name_of_the_file(file: Path) -> None:
    assert str(file) in mistakes_of(file)[0]
    file.write_text("[web\n")
    assert str(file) in mistakes_of(file)[0]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])  # noqa: S104
def test_plain_http_is_for_loopback_hosts_only(host: str) -> None:
    assert mistakes_of(web__tls=False, web__host=host, web__port=-1)[1].startswith("web.tls:")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_plain_http_on_a_loopback_host_is_allowed(host: str) -> None:
    assert load_settings(None, {"web.tls": False, "web.host": host}).web.tls is False


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    certificate = tmp_path / "cert.pem"
    certificate.write_text("")
    assert mistakes_of(web__cert_file=certificate)[0].startswith("web.key_file: cert_file and key_file")
    assert mistakes_of(web__key_file=certificate)[0].startswith("web.key_file: cert_file and key_file")


def test_files_that_hold_no_certificates_are_a_mistake(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing of the kind")
    assert mistakes_of(web__cert_file=empty, web__key_file=empty)[0].startswith(
        "web.key_file: it cannot be used"
    )
    assert mistakes_of(fleet__ca_file=empty)[0].startswith("fleet.ca_file: it holds no certificates")


def test_a_certificate_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    keys = {
        mistake.split(":")[0]
        for mistake in mistakes_of(web__cert_file=tmp_path / "no", web__key_file=tmp_path)
    }
    assert keys == {"web.cert_file", "web.key_file"}


def test_retry_after_is_seconds_or_expected(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("[web]\nretry_after = 7\n")
    assert load_settings(file).web.retry_after == 7
    for text, value in (("5", 5), ("expected", "expected")):
        monkeypatch.setenv("TASKMON_WEB__RETRY_AFTER", text)
        assert load_settings().web.retry_after == value
    for wrong in ("0", "3601", "1.5", "soon", ""):
        monkeypatch.setenv("TASKMON_WEB__RETRY_AFTER", wrong)
        with pytest.raises(SettingsError) as caught:
            load_settings()
        (mistake,) = caught.value.mistakes
        assert mistake.startswith("web.retry_after: it must be whole seconds from 1 to 3600")


def test_networks_are_a_list_in_a_file_and_have_commas_in_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().fleet.networks == ()
    networks = (ip_network("10.1.0.0/16"), ip_network("fd12::/64"))
    file.write_text('[fleet]\nnetworks = ["10.1.0.0/16", "fd12::/64"]\n')
    assert load_settings(file).fleet.networks == networks
    monkeypatch.setenv("TASKMON_FLEET__NETWORKS", "10.1.0.0/16, fd12::/64")
    assert load_settings().fleet.networks == networks
    monkeypatch.setenv("TASKMON_FLEET__NETWORKS", "10.1.0.0/16,10.1.0.1/8")
    with pytest.raises(SettingsError, match=r"fleet\.networks\.1: .*10\.1\.0\.1/8"):
        load_settings()


def test_the_environment_variables_for_passwords_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKMON_ADMIN_PASSWORD", "long enough to pass")
    monkeypatch.setenv("TASKMON_PASSWORD", "long enough to pass")
    load_settings()


def test_a_complaint_about_a_secret_does_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKMON_METRICS__TOKEN", "a-canary")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    (mistake,) = raised.value.mistakes
    assert mistake.startswith("metrics.token: ")
    assert "at least 16 characters" in mistake
    assert "a-canary" not in mistake
