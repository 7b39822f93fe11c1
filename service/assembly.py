"""The service, put together from its parts: started in order, announced, stopped in reverse."""

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path

import click

from actors import TaskmonError, World, audit, limits_of, start_actors
from actors.runtime import Collecting, Watchdog
from actors.runtime.on_signal import describe_on_signal
from config.loading import Settings
from config.logs import adjust_logging
from config.reloading import Reloading, reload_on_signal
from fleet.destinations import open_listeners
from fleet.options import read_authorities
from fleet.pool import FleetOptions, open_servers
from service.accounts import ensure_admin
from service.clock import SystemClock
from service.logs import set_up_logs
from store.folder import DataFolder
from store.identity import ensure_uuid
from store.keys.certificate import ensure_certificate
from store.keys.passwords import open_hasher
from store.keys.vault import open_vault, sealed_in
from store.sqlite import open_store
from web.app import listen, make_app
from web.event_writer import EventWriter
from web.from_settings import options_of
from web.measures import Measures
from web.readiness import Readiness
from web.services import Services

log = logging.getLogger("taskmon")


class LostActorError(TaskmonError):
    """A service actor failed, and the service cannot go on without it."""


async def run_service(
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
        set_up_logs(settings, folder)
        watchdog = Watchdog()
        watchdog.start()
        stack.callback(watchdog.stop)
        collecting = Collecting()
        collecting.start()
        stack.callback(collecting.stop)
        fleet = _fleet_options(settings)
        reading = asyncio.create_task(asyncio.to_thread(read_authorities, fleet))
        # Where the start fails before it comes to this, what became of it is of no interest.
        reading.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.sleep(0)  # the thread begins, and reads while the store is opened
        store = await open_store(folder.path)
        stack.push_async_callback(store.close)
        hasher = await open_hasher()
        stack.push_async_callback(hasher.close)
        await ensure_admin(store, hasher, admin_password)
        vault = open_vault(folder.path, await sealed_in(store))
        await reading
        servers = await stack.enter_async_context(open_servers(fleet))
        destinations = await stack.enter_async_context(open_listeners(fleet))
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
