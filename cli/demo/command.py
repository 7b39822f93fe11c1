"""The command `demo`: sets the scene, has the story told, and leaves nothing behind however it ends."""

import asyncio
import io
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from cli.demo.curl_lines import LINES, Place, values
from cli.demo.errors import DemoError
from cli.demo.plain import PlainShow
from cli.demo.redfish import connect
from cli.demo.scene import ADMIN, Scene, set_scene
from cli.demo.screen import Screen
from cli.demo.show import Show
from cli.demo.story import TASKS, Story, Told
from cli.interruption import interruptible

SERVERS = 24
WELL, FAILED = 0, 1
BY_SIGNAL = 128
"""What a signal ends has this and the signal's number as its exit status, as in a shell."""


def run_demo(command: Sequence[str], *, keep: bool) -> int:
    """Show taskmon at work; return the exit status.

    `command` is taskmon's own command line, such as ("python", "run.py"). With `keep` all that was
    started goes on until SIGINT, SIGTERM or SIGHUP. On return every process has ended and the
    temporary folder is gone. 0: all was as it should be; 1: a sentence on standard error says what
    was not; over 128: a signal came before the end.
    """
    return asyncio.run(_run(command, keep=keep))


async def _run(command: Sequence[str], *, keep: bool) -> int:
    told = False
    with interruptible() as interruption:
        try:
            # The folder goes last: the processes that use it have ended by then.
            with tempfile.TemporaryDirectory(prefix="taskmon-demo-") as folder:
                show = _show()
                began = time.monotonic()
                show.title("taskmon demo", f"{SERVERS} simulated servers, one service, half a minute")
                show.chapter("Start", "two processes, all over HTTPS")
                async with set_scene(command, Path(folder), SERVERS, show) as scene:
                    _sum_up(show, scene, await _tell(show, scene), began, keep=keep)
                    told = True
                    if keep:
                        await scene.lasts()
        except BrokenPipeError:
            raise  # nobody reads any more; the command line knows what to do then
        except (DemoError, OSError) as error:
            print(f"demo: {error}", file=sys.stderr)
            return FAILED
        except asyncio.CancelledError:
            if interruption.signal is None:
                raise
            print(f"demo: ended by {interruption.signal.name}; nothing of it is left.", file=sys.stderr)
            return WELL if keep and told else BY_SIGNAL + interruption.signal
    return WELL


def _show() -> Show:
    """A screen for people; plain lines where nobody looks, or where the terminal can do no more."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a name that the terminal cannot write is no reason to end
    console = Console(highlight=False)
    if sys.stdout.isatty() and not console.is_dumb_terminal:
        return Screen(console)
    return PlainShow(partial(print, flush=True))


async def _tell(show: Show, scene: Scene) -> Told:
    try:
        async with connect(scene.url, scene.certificate) as redfish:
            await redfish.log_in(ADMIN, scene.password)
            show.row("session", f"logged in as {ADMIN}; trusting the certificate that the service made")
            return await Story(scene, redfish, show).tell()
    except DemoError:
        # A process that is gone explains every answer that did not come.
        scene.check_processes()
        raise


def _sum_up(show: Show, scene: Scene, told: Told, began: float, *, keep: bool) -> None:
    """What is wanted next stands last: the lines to copy, or how to get there."""
    if not keep:
        show.chapter("Try it", "make demo KEEP=1 leaves it running and sets the variables")
        show.lines(LINES)
    show.chapter("Summary", f"all as it should be, in {time.monotonic() - began:.0f} s")
    for label, text in told.figures:
        show.row(label, text)
    show.row("service", f"{scene.url}/redfish/v1/")
    show.row("tasks", f"{scene.url}{TASKS}")
    if keep:
        show.row("dashboard", f"{scene.url}/ui/, as {ADMIN} with the PASSWORD below")
    if keep:
        show.row("files", str(scene.folder))
        show.chapter("Try it", "in another terminal; all of it runs until Ctrl-C")
        place = Place(
            url=scene.url,
            certificate=scene.certificate,
            password=scene.password,
            aggregate=told.aggregate.rpartition("/")[2],
        )
        show.lines([*values(place), "", *LINES])
    else:
        show.row("try it", "make demo KEEP=1 leaves it running, for the lines above")
