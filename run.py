"""The entry point, and the only place where the parts of the service are put together."""

import asyncio
import getpass
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from actors import (
    PREDEFINED_ROLES,
    AccountRuleError,
    AlreadyThereError,
    Directory,
    TaskmonError,
    World,
    add_account,
    audit,
    check_name,
    check_password,
    limits_of,
    start_actors,
)
from actors.runtime import Collecting, Watchdog
from actors.runtime.on_signal import describe_on_signal
from cli.commands.completion import completion
from cli.commands.groups import SectionedGroup
from cli.commands.table import ASKING
from cli.demo.command import run_demo
from cli.failing import BAD_USAGE, FAILED, fail, fail_with_all
from cli.passwords import ask_for_password
from config.command import config_group, flags_of, with_settings_flags
from config.loading import Settings, SettingsError, load_settings
from config.logs import adjust_logging, set_up_audit, set_up_logging
from config.reloading import Reloading, reload_on_signal
from fleet.destinations import open_listeners
from fleet.pool import FleetOptions, open_servers
from fleet.simulator.command import simulate
from store.backup import back_up
from store.check import check
from store.folder import DataFolder
from store.identity import ensure_uuid
from store.keys.certificate import ensure_certificate
from store.keys.passwords import Argon2Hasher, open_hasher
from store.keys.vault import open_vault, sealed_in
from store.sqlite import SqliteStore, open_store
from web.app import listen, make_app
from web.event_writer import EventWriter
from web.from_settings import options_of
from web.measures import Measures
from web.readiness import Readiness
from web.services import Services

log = logging.getLogger("taskmon")

DEFAULT_DATA = Path("data")
ADMIN = "admin"

PathOption = click.Path(path_type=Path, dir_okay=False)
FolderOption = click.Path(path_type=Path, file_okay=False)


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present time, in UTC, aware."""
        return datetime.now(UTC)


class LostActorError(TaskmonError):
    """A service actor failed, and the service cannot go on without it."""


@click.group(
    cls=SectionedGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="taskmon", prog_name="taskmon")
def commands() -> None:
    """taskmon, a Redfish Task Service for fleets of servers."""


@commands.command()
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
        asyncio.run(_serve(settings, DataFolder(data), password, partial(load_settings, config, flags)))
    except SettingsError as error:
        fail(str(error), BAD_USAGE)
    except (TaskmonError, OSError) as error:
        log.debug("the service ends", exc_info=error)
        fail(str(error), FAILED)


@commands.group()
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
        _set_up_audit(settings, folder)  # before the change: one that cannot be told of is not made
        asyncio.run(_add_account(folder, name, password, role))
    except SettingsError as error:
        fail_with_all(error.mistakes, BAD_USAGE)
    except (TaskmonError, OSError) as error:
        is_usage = isinstance(error, AccountRuleError) and error.about == "RoleId"
        fail(str(error), BAD_USAGE if is_usage else FAILED)
    audit("account added", user=getpass.getuser(), address="command line", account=name, role=role)
    click.echo(f"account {name} added, role {role}")


@commands.group("store")
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


@commands.command()
@click.option("--keep", is_flag=True, help="Leave all of it running until Ctrl-C.")
def demo(keep: bool) -> None:
    """See it work: 24 simulated servers, a reset, a failure, an abort."""
    raise SystemExit(run_demo((sys.executable, str(Path(__file__).resolve())), keep=keep))


commands.add_command(simulate)
commands.add_command(config_group)
commands.add_command(completion)
commands.add_asking(*ASKING)


# --- putting the service together


async def _serve(
    settings: Settings, folder: DataFolder, admin_password: str | None, load_anew: Callable[[], Settings]
) -> None:
    """Start in order, announce, wait, stop in reverse."""
    stop = asyncio.get_running_loop().create_future()

    def end(error: TaskmonError | None = None) -> None:
        if not stop.done():
            stop.set_exception(error) if error else stop.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    # Names are looked up in these threads. A name server that does not answer keeps one for half a minute,
    # and asyncio's own few would soon leave none for the servers whose names are known.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(64, thread_name_prefix="names"))

    async with AsyncExitStack() as stack:
        folder.create()
        stack.enter_context(folder.lock())
        _set_up_logs(settings, folder)
        watchdog = Watchdog()
        watchdog.start()
        stack.callback(watchdog.stop)
        collecting = Collecting()
        collecting.start()
        stack.callback(collecting.stop)
        store = await open_store(folder.path)
        stack.push_async_callback(store.close)
        hasher = await open_hasher()
        stack.push_async_callback(hasher.close)
        await _ensure_admin(store, hasher, admin_password)
        vault = open_vault(folder.path, await sealed_in(store))
        servers = await stack.enter_async_context(open_servers(_fleet_options(settings)))
        destinations = await stack.enter_async_context(open_listeners(_fleet_options(settings)))
        event_writer = EventWriter()
        clock = SystemClock()
        actors = await start_actors(
            World(
                store=store,
                servers=servers,
                vault=vault,
                hasher=hasher,
                clock=clock,
                destinations=destinations,
                render_events=event_writer,
            ),
            limits_of(settings),
            stack,
            on_lost=lambda name: end(LostActorError(f"{name} failed, and the service stops: see its log.")),
        )
        describe_on_signal(actors.describe, stack)
        readiness = Readiness()
        app = make_app(
            Services(
                gate=actors.gate,
                accounts=actors.accounts,
                roles=actors.roles,
                account_settings=actors.account_settings,
                tasks=actors.tasks,
                fleet=actors.fleet,
                operations=actors.operations,
                events=actors.events,
                streams=actors.streams,
                settings=actors.settings,
                clock=clock,
                readiness=readiness,
                uuid=ensure_uuid(folder.path),
                measures=Measures(
                    tasks=actors.figures,
                    retention=actors.retention.counts,
                    counters=actors.counters,
                    commits=store.commits,
                    failed_commits=store.failed_commits,
                    server_errors=servers.errors,
                    loop=watchdog,
                    sessions=lambda: actors.gate.open_sessions,
                    events=actors.events.counts,
                    events_pending=lambda: actors.events.pending,
                    subscriptions=lambda: len(actors.events),
                    streams=lambda: len(actors.streams),
                    streams_cut_off=actors.streams.cut_off,
                ),
            ),
            options_of(settings),
        )
        event_writer.read_from(app)
        collecting.go_by(lambda: actors.figures.living)
        listening = await listen(app, settings.web, _certificate(settings, folder), stack)

        def take_up(new: Settings) -> None:
            listening.show(_certificate(new, folder))  # which may fail, and then nothing has changed
            adjust_logging(new.log)

        reload_on_signal(Reloading(settings, load_anew, take_up, (TaskmonError, OSError)), stack)
        if listening.redirect:
            log.info("plain HTTP is redirected from %s", listening.redirect)
        click.echo(f"listening on {listening.url}")
        log.info("listening on %s", listening.url)
        audit("service started", address=listening.url)
        stack.callback(audit, "service stopped")
        await stop
        log.info("stopping")
        readiness.begin_stop()  # the port stays open meanwhile: tasks can be read, and new work is refused
        await actors.stop_work(settings.shutdown.grace)


def _set_up_logs(settings: Settings, folder: DataFolder) -> None:
    try:
        set_up_logging(settings.log)
    except OSError as error:
        raise SettingsError([f"log.file: {settings.log.file} cannot be written: {error.strerror}"]) from None
    _set_up_audit(settings, folder)


def _set_up_audit(settings: Settings, folder: DataFolder) -> None:
    file = settings.log.audit_file or folder.audit_log
    try:
        set_up_audit(file)
    except OSError as error:
        raise SettingsError([f"log.audit_file: {file} cannot be written: {error.strerror}"]) from None


def _fleet_options(settings: Settings) -> FleetOptions:
    fleet = settings.fleet
    return FleetOptions(
        ca_file=fleet.ca_file,
        verify=fleet.verify,
        max_connections=fleet.max_connections,
        connect_timeout=fleet.connect_timeout,
        read_timeout=fleet.read_timeout,
        retries=fleet.retries,
        networks=fleet.networks,
    )


def _certificate(settings: Settings, folder: DataFolder) -> tuple[Path, Path] | None:
    web = settings.web
    if not web.tls:
        return None
    if web.cert_file is not None and web.key_file is not None:
        return web.cert_file, web.key_file
    return ensure_certificate(folder.path)


async def _ensure_admin(store: SqliteStore, hasher: Argon2Hasher, password: str | None) -> None:
    """The first start makes the account `admin`; its random password is shown once and kept nowhere.

    One that was deleted does not come back: there is always somebody who may change accounts.
    """
    if await store.account_named(ADMIN) is not None or (await Directory.load(store)).can_be_managed():
        return
    chosen = password or secrets.token_urlsafe(15)
    await add_account(store, hasher, SystemClock(), name=ADMIN, password=chosen, role="Administrator")
    if password is None:
        click.echo(f"account {ADMIN} made, its password is {chosen} (shown this once)")


async def _add_account(folder: DataFolder, name: str, password: str, role: str) -> None:
    async with AsyncExitStack() as stack:
        store = await open_store(folder.path, readers=1)
        stack.push_async_callback(store.close)
        hasher = await open_hasher(threads=1)
        stack.push_async_callback(hasher.close)
        try:
            await add_account(store, hasher, SystemClock(), name=name, password=password, role=role)
        except AlreadyThereError:
            sentence = f"There is an account {name} already; nothing was changed."
            raise AccountRuleError("UserName", sentence) from None


# --- telling what went wrong


def _settings(config: Path | None, flags: dict[str, object]) -> Settings:
    try:
        return load_settings(config, flags)
    except SettingsError as error:
        fail_with_all(error.mistakes, BAD_USAGE)


def main() -> None:
    """The command line; a mistake in it is told in one sentence, like any other."""
    try:
        commands.main(prog_name="taskmon", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        raise SystemExit(BAD_USAGE) from None
    except click.ClickException as error:
        fail(error.format_message(), error.exit_code)
    except click.Abort:
        fail("Interrupted.", FAILED)


if __name__ == "__main__":
    main()
