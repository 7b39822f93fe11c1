"""Processes that the demo starts end with it, and say why when they end by themselves."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from cli.demo import processes
from cli.demo.command import run_demo
from cli.demo.errors import DemoError
from cli.demo.processes import Process
from tests.cli.demo.running_demo import assert_nothing_is_left

STUBBORN = (
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)
PATIENT = "import time; print('noise'); print('ready and well', flush=True); time.sleep(60)"
UNLUCKY = "import sys; print('2026 INFO helper: all well', file=sys.stderr); sys.exit('no room: make some')"


async def start(code: str, folder: Path) -> Process:
    return await Process.start("the helper", [sys.executable, "-c", code], os.environ, folder / "log")


async def test_a_line_is_waited_for_and_the_process_ends_when_asked(folder: Path) -> None:
    process = await start(PATIENT, folder)
    assert await process.line("ready", 10) == "ready and well"
    process.check()
    await process.end()
    with pytest.raises(DemoError, match="The helper has ended, with SIGTERM"):
        process.check()


async def test_one_that_does_not_end_is_killed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "END_WITHIN", 0.1)
    process = await start(STUBBORN, folder)
    await process.line("ready", 10)
    await process.end()
    with pytest.raises(DemoError, match="has ended, with SIGKILL"):
        process.check()


async def test_a_cancellation_does_not_cut_the_ending_short(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "END_WITHIN", 0.1)
    process = await start(STUBBORN, folder)
    await process.line("ready", 10)
    ending = asyncio.create_task(process.end())
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    with pytest.raises(DemoError, match="has ended, with SIGKILL"):
        process.check()


async def test_one_that_ends_by_itself_is_quoted(folder: Path) -> None:
    process = await start(UNLUCKY, folder)
    with pytest.raises(DemoError) as told:
        await process.line("ready", 10)
    assert str(told.value) == "The helper has ended, with status 1. It wrote:\n  no room: make some"
    await process.end()


async def test_one_that_does_not_get_ready_is_named(folder: Path) -> None:
    process = await start(PATIENT, folder)
    with pytest.raises(DemoError, match=r"The helper did not say `listening on …` within 0\.5 s"):
        await process.line("listening on ", 0.5)
    await process.end()


def test_a_demo_that_cannot_start_says_why(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert run_demo((sys.executable, "-c", UNLUCKY), keep=False) == 1
    assert capsys.readouterr().err == (
        "demo: The simulator has ended, with status 1. It wrote:\n  no room: make some\n"
    )
    assert_nothing_is_left(folder)
