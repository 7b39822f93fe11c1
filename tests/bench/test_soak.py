"""A short soak runs, with kills, faults and aborts, and what it holds the service to is kept."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bench.ending import children
from bench.soak.actors import ActorCheck
from bench.soak.asking import Asker, CutOffError, basic
from bench.soak.ledger import FIVE_HUNDREDS, NO_ACTOR, PROMISES, WRONG, Ledger
from bench.soak.life import DOWN, STOPPING, UP, Lives, SamePlace
from store.folder import DataFolder
from tests.interop.plain import until
from tests.service import ROOT, Service

MINUTES = 0.5


@pytest.mark.timeout(600)
def test_a_short_soak_breaks_no_promise(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = ["-m", "bench.soak", f"--minutes={MINUTES}", "--servers=24", "--seed=1", f"--json={figures}"]
    ended = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=590)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(figures.read_bytes())
    assert found["passed"]
    assert found["broken"] == dict.fromkeys(PROMISES, 0)
    assert found["survived"] == {"SIGKILL": 1, "SIGTERM": 1}
    assert any(name.startswith("phases of ") for name in found["faults"])
    for name in ("POST reset", "POST reset in batches", "wrong input", "streams resumed"):
        assert found["done"][name] > 0, name
    for name in ("tasks aborted with 204", "power actions sent", "looks for records without an actor"):
        assert found["figures"][name] > 0, name
    assert all(promise in ended.stdout for promise in PROMISES)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_soak_that_a_signal_ends_takes_its_processes_with_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    command = [sys.executable, "-m", "bench.soak", "--minutes=1", "--servers=8"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # noqa: PLW1509 (as in a terminal)
    ) as soak:
        until(lambda: len(children(soak.pid)) == 3 or None, "the servers, the listener, the service")
        started = children(soak.pid)
        soak.send_signal(number)
        _, said = soak.communicate(timeout=60)
    assert soak.returncode == 130
    assert "Traceback" not in said.decode().rpartition("The soak was broken off.")[2]
    assert str(tmp_path) in said.decode(), "where the data is"
    assert [pid for pid in started if Path(f"/proc/{pid}").exists()] == []


@pytest.mark.parametrize("argument", ["--minutes=0", "--minutes=nan", "--minutes=inf", "--servers=3"])
def test_a_soak_that_could_show_nothing_is_refused(argument: str) -> None:
    command = [sys.executable, "-m", "bench.soak", argument]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "or more" in ended.stderr


# --- the checks that take a service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SamePlace]:
    settings = {"web.tls": False, "log.level": "warning"}
    with SamePlace(tmp_path_factory.mktemp("service"), settings) as service:
        yield service


@pytest.fixture
async def asker(service: SamePlace) -> AsyncIterator[Asker]:
    ledger = Ledger()
    async with aiohttp.ClientSession(headers=basic()) as http:
        yield Asker(http, Lives(service, ledger), ledger)


async def test_a_live_record_that_nobody_works_on_is_found(service: SamePlace, asker: Asker) -> None:
    check = ActorCheck(asker.lives, asker, asker.ledger)
    with closing(sqlite3.connect(DataFolder(service.data).database, timeout=30)) as db:
        with db:
            db.execute(
                "INSERT INTO tasks (id, revision, record, owner, started, live) "
                "VALUES ('orphan', 1, x'', '', 0, 1)"
            )
        try:
            await check.look()
            assert asker.ledger.holds, "one look is not enough: its actor may not have begun"
            await check.look()
        finally:
            with db:
                db.execute("DELETE FROM tasks WHERE id = 'orphan'")
    assert len(asker.ledger.broken[NO_ACTOR]) == 1
    assert "orphan" in asker.ledger.broken[NO_ACTOR][0]
    assert (check.looks, check.most) == (2, 1)


async def test_the_service_comes_back_where_it_was_and_what_was_cut_off_is_no_fault(
    service: SamePlace, asker: Asker
) -> None:
    url, lives = service.url, asker.lives
    assert (await asker.ask("GET lists", "GET", "/healthz")).status == 200
    await lives.end("SIGKILL")
    assert service.url == url
    assert (await asker.ask("GET lists", "GET", "/healthz")).status == 200
    assert (lives.number, lives.ends, lives.is_up) == (2, ["SIGKILL"], True)
    assert asker.ledger.holds, asker.ledger.broken


async def test_a_connection_that_breaks_is_a_fault_only_of_a_service_that_lives(
    service: SamePlace, asker: Asker
) -> None:
    service.kill()
    asker.lives.state = STOPPING
    with pytest.raises(CutOffError):
        await asker.ask("GET lists", "GET", "/healthz")
    assert asker.ledger.holds
    asker.lives.state = UP
    with pytest.raises(CutOffError):
        await asker.ask("GET lists", "GET", "/healthz")
    assert len(asker.ledger.broken[WRONG]) == 1
    asker.lives.state = DOWN
    service.start()


@asynccontextmanager
async def answering(status: int, headers: dict[str, str]) -> AsyncIterator[Asker]:
    """A client of a service that answers everything so."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        ledger = Ledger()
        service = cast(Service, SimpleNamespace(url=str(server.make_url("")).rstrip("/")))
        yield Asker(http, Lives(service, ledger), ledger)


@pytest.mark.parametrize(
    ("status", "headers", "state", "faults"),
    [
        (503, {"Retry-After": "5"}, STOPPING, 0),
        (503, {"Retry-After": "5"}, UP, 1),
        (503, {}, STOPPING, 1),
        (500, {"Retry-After": "5"}, STOPPING, 1),
        (501, {}, UP, 1),
        (404, {}, UP, 0),
    ],
)
async def test_503_with_retry_after_is_right_while_it_stops_and_no_other_5xx_ever(
    status: int, headers: dict[str, str], state: str, faults: int
) -> None:
    async with answering(status, headers) as asker:
        asker.lives.state = state
        assert (await asker.ask("GET lists", "GET", "/anything")).status == status
        assert len(asker.ledger.broken[FIVE_HUNDREDS]) == faults
        assert len(asker.ledger.times["GET lists"]) == 1
