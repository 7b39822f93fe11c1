"""The commands of the service itself: `serve`, and `account` and `store` for what is in its folder."""

import asyncio
import getpass
import logging
import os
from functools import partial
from pathlib import Path

import click

from actors import (
    PREDEFINED_ROLES,
    AccountRuleError,
    TaskmonError,
    audit,
    check_name,
    check_password,
)
from cli.failing import BAD_USAGE, FAILED, fail, fail_with_all
from cli.passwords import ask_for_password
from config.command import flags_of, with_settings_flags
from config.loading import Settings, SettingsError, load_settings
from service.accounts import ADMIN, add_account_to
from service.assembly import run_service
from service.logs import set_up_audit_of
from store.backup import back_up
from store.check import check
from store.folder import DataFolder

log = logging.getLogger("taskmon")

DEFAULT_DATA = Path("data")

PathOption = click.Path(path_type=Path, dir_okay=False)
FolderOption = click.Path(path_type=Path, file_okay=False)


@click.command()
@with_settings_flags
@click.option("--data", type=FolderOption, default=DEFAULT_DATA, help="Data folder (default: ./data).")
def serve(config: Path | None, data: Path, host: str | None, port: int | None, log_level: str | None) -> None:
    """Run the service until SIGTERM or SIGINT."""
    flags = flags_of(host, port, log_level)
    settings = _settings(config, flags)
    password = os.environ.get("TASKMON_ADMIN_PASSWORD")
    if password is not None:
        try:
            check_password(password, ADMIN)
        except AccountRuleError as error:
            fail(f"TASKMON_ADMIN_PASSWORD cannot be the password of {ADMIN}: {error}", BAD_USAGE)
    try:
        asyncio.run(run_service(settings, DataFolder(data), password, partial(load_settings, config, flags)))
    except SettingsError as error:
        fail(str(error), BAD_USAGE)
    except (TaskmonError, OSError) as error:
        log.debug("the service ends", exc_info=error)
        fail(str(error), FAILED)


@click.group()
def account() -> None:
    """The accounts of a data folder."""


@account.command("add")
@click.argument("name")
@click.option("--role", required=True, help=f"What it may do: {', '.join(PREDEFINED_ROLES)}, or one made.")
@click.option("--data", type=FolderOption, default=DEFAULT_DATA, help="Data folder (default: ./data).")
@click.option("--config", type=PathOption, help="Settings file (TOML).")
def account_add(name: str, role: str, data: Path, config: Path | None) -> None:
    """Add an account; a service that runs on the folder knows it at once.

    The password is taken from TASKMON_PASSWORD; else it is asked for twice on a terminal; else it is
    the first line of standard input.
    """
    settings = _settings(config, {})
    folder = DataFolder(data)
    try:
        check_name(name)
        folder.require_database()  # a folder that was mistyped is not made
        password = ask_for_password(name)
        set_up_audit_of(settings, folder)  # before the change: one that cannot be told of is not made
        asyncio.run(add_account_to(folder, name, password, role))
    except SettingsError as error:
        fail_with_all(error.mistakes, BAD_USAGE)
    except (TaskmonError, OSError) as error:
        is_usage = isinstance(error, AccountRuleError) and error.about == "RoleId"
        fail(str(error), BAD_USAGE if is_usage else FAILED)
    audit("account added", user=getpass.getuser(), address="command line", account=name, role=role)
    click.echo(f"account {name} added, role {role}")


@click.group("store")
def store_group() -> None:
    """The records of a data folder; a service may run on it meanwhile."""


@store_group.command("backup")
@click.argument("file", type=PathOption)
@click.option("--data", type=FolderOption, default=DEFAULT_DATA, help="Data folder (default: ./data).")
def store_backup(file: Path, data: Path) -> None:
    """Copy the records into a new FILE.

    The keys of the folder are not in it.
    """
    try:
        size = back_up(DataFolder(data), file)
    except (TaskmonError, OSError) as error:
        fail(str(error), FAILED)
    click.echo(f"backup {file} made, {size} bytes")


@store_group.command("check")
@click.option("--data", type=FolderOption, default=DEFAULT_DATA, help="Data folder (default: ./data).")
def store_check(data: Path) -> None:
    """See whether the records are sound.

    What is wrong is told, a sentence for each finding, and is exit 1.
    """
    try:
        seen = check(DataFolder(data))
    except (TaskmonError, OSError) as error:
        fail(str(error), FAILED)
    if seen.findings:
        fail_with_all(seen.findings, FAILED)
    click.echo("sound: " + ", ".join(f"{table} {count}" for table, count in seen.counts.items()))


def _settings(config: Path | None, flags: dict[str, object]) -> Settings:
    try:
        return load_settings(config, flags)
    except SettingsError as error:
        fail_with_all(error.mistakes, BAD_USAGE)
