"""The command `taskmon config`, and the flags that stand over settings."""

from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from config.loading import SettingsError, load
from config.showing import commented_defaults, shown

Function = TypeVar("Function", bound=Callable[..., object])

BAD_SETTINGS = 2

_FLAGS = (
    click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="Settings file (TOML)."),
    click.option("--host", help="Address to listen on (default: 127.0.0.1)."),
    click.option("--port", type=int, help="Port to listen on (default: 8443; 0 picks a free one)."),
    click.option("--log-level", help="debug, info, warning or error (default: info)."),
)


def with_settings_flags(command: Function) -> Function:
    """Give a command the settings file and all flags that stand over settings."""
    for option in reversed(_FLAGS):
        command = option(command)
    return command


def flags_of(host: str | None, port: int | None, log_level: str | None) -> dict[str, object]:
    """These flags by the settings that they stand over."""
    return {"web.host": host, "web.port": port, "log.level": log_level}


@click.group("config")
def config_group() -> None:
    """The settings: whether they are sound, and what they are."""


@config_group.command("check")
@with_settings_flags
def config_check(config: Path | None, host: str | None, port: int | None, log_level: str | None) -> None:
    """See whether the settings are sound.

    They are those that `serve` would start with from here: file, environment and flags. Every mistake is a
    line, and is exit 2.
    """
    try:
        load(config, flags_of(host, port, log_level))
    except SettingsError as error:
        _fail(error)
    click.echo("the settings are sound")


@config_group.command("show")
@with_settings_flags
@click.option("--commented", is_flag=True, help="All defaults instead, as a commented settings file.")
def config_show(
    config: Path | None, host: str | None, port: int | None, log_level: str | None, commented: bool
) -> None:
    """Show every setting and where it comes from.

    That is: default, file, environment or flag. Secrets are masked.
    """
    if commented:
        click.echo(commented_defaults(), nl=False)
        return
    try:
        loaded = load(config, flags_of(host, port, log_level))
    except SettingsError as error:
        _fail(error)
    for line in shown(loaded):
        click.echo(line)


def _fail(error: SettingsError) -> NoReturn:
    for mistake in error.mistakes:
        click.echo(f"taskmon: {mistake}", err=True)
    raise SystemExit(BAD_SETTINGS)
