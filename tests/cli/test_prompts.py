"""What is typed at a prompt: how it is taken, what becomes of the rest, and of the terminal."""

import asyncio
import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import click
import pytest

from cli import prompts
from cli.lines import line_from
from cli.passwords import password_from
from cli.prompts import typed
from tests.cli.launcher import ROOT
from tests.cli.person import Person
from tests.cli.terminal import Terminal
from tests.service import PASSWORD, Service

WITHIN = 30.0
CTRL_D, CTRL_Q, CTRL_S = b"\x04", b"\x11", b"\x13"


class Keyboard:
    """One side of a terminal, and how its other side is."""

    def __init__(self) -> None:
        self._ours, self.theirs = pty.openpty()
        os.set_blocking(self._ours, False)
        self.seen = b""

    @property
    def name(self) -> str:
        return os.ttyname(self.theirs)

    def press(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    async def shows(self, text: bytes) -> None:
        """Wait until this stands at the end of all that was written."""
        async with asyncio.timeout(WITHIN):
            while not self.seen.endswith(text):
                with suppress(BlockingIOError):
                    self.seen += os.read(self._ours, 4096)
                await asyncio.sleep(0.01)

    async def is_held_up(self) -> None:
        """Wait until it has taken the Ctrl-S, and with it all keys before."""
        async with asyncio.timeout(WITHIN):
            while select.select([], [self.theirs], [], 0)[1]:  # noqa: ASYNC110 (nobody tells of it)
                await asyncio.sleep(0.01)

    @property
    def attributes(self) -> list[object]:
        return termios.tcgetattr(self.theirs)

    def close(self) -> None:
        os.close(self._ours)
        os.close(self.theirs)


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyboard]:
    """That of the terminal which is asked at: the second one that is tried."""
    keyboard = Keyboard()
    monkeypatch.setattr(prompts, "TERMINALS", ("/nowhere/tty", keyboard.name))
    yield keyboard
    keyboard.close()


async def asked(keyboard: Keyboard, *, shown: bool = False) -> asyncio.Task[str | None]:
    """Somebody waits for what will be typed."""
    asking = asyncio.create_task(typed("Say: ", shown=shown))
    await keyboard.shows(b"Say: ")
    return asking


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (b"a word\n", "a word"),
        (b"\n", ""),
        (CTRL_D, None),
        (b"a" + CTRL_D + b" word\n", "a word"),
        (b"a word" + CTRL_D * 2, "a word"),
        (b"a wort\x7fd\n", "a word"),
        ("zwölf Köche\n".encode(), "zwölf Köche"),
        (b"x" * 4095 + b"\n", "x" * 4095),
        (b"x" * 5000 + b"\n", "x" * 4095),
    ],
    ids=["a line", "an empty line", "nothing", "in two", "no end", "mended", "UTF-8", "longest", "too long"],
)
async def test_a_line_is_taken_as_it_is_typed_and_not_shown(
    keyboard: Keyboard, keys: bytes, line: str | None
) -> None:
    before = keyboard.attributes
    asking = await asked(keyboard)
    keyboard.press(keys)
    assert await asyncio.wait_for(asking, WITHIN) == line
    assert keyboard.attributes == before
    await keyboard.shows(b"Say: \r\n")
    assert keyboard.seen == b"Say: \r\n"


async def test_what_may_be_seen_is_shown_and_may_have_been_typed_ahead(keyboard: Keyboard) -> None:
    keyboard.press(b"olga\n")
    await keyboard.shows(b"olga\r\n")
    asking = asyncio.create_task(typed("User: ", shown=True))
    assert await asyncio.wait_for(asking, WITHIN) == "olga"
    await keyboard.shows(b"User: ")
    assert keyboard.seen == b"olga\r\nUser: "


async def test_a_password_that_was_typed_ahead_is_thrown_away(keyboard: Keyboard) -> None:
    keyboard.press(b"ls\n")
    await keyboard.shows(b"ls\r\n")
    asking = await asked(keyboard)
    keyboard.press(b"a word\n")
    assert await asyncio.wait_for(asking, WITHIN) == "a word"


async def test_what_is_cancelled_leaves_nothing_of_a_password_to_the_shell(keyboard: Keyboard) -> None:
    before = keyboard.attributes
    asking = await asked(keyboard)
    keyboard.press(b"half a pass" + CTRL_S)
    await keyboard.is_held_up()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(asking, WITHIN)
    assert keyboard.attributes == before
    keyboard.press(CTRL_Q + b"\n")
    assert await asyncio.wait_for(line_from(keyboard.theirs), WITHIN) == b"\n"


@pytest.mark.parametrize("goes_on", [True, False])
async def test_a_prompt_that_the_terminal_holds_up_holds_up_nothing_else(
    keyboard: Keyboard, goes_on: bool
) -> None:
    before = keyboard.attributes
    keyboard.press(CTRL_S)
    await keyboard.is_held_up()
    asking = asyncio.create_task(typed("Say: ", shown=False))
    async with asyncio.timeout(WITHIN):
        while keyboard.attributes == before:  # noqa: ASYNC110 (it has come to the prompt: nobody tells of it)
            await asyncio.sleep(0)
    if goes_on:
        keyboard.press(CTRL_Q)
        await keyboard.shows(b"Say: ")
        keyboard.press(b"a word\n")
        assert await asyncio.wait_for(asking, WITHIN) == "a word"
    else:
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asking, WITHIN)
    assert keyboard.attributes == before


async def test_what_is_no_text_is_told_and_not_shown(keyboard: Keyboard) -> None:
    asking = await asked(keyboard)
    keyboard.press(b"a\xffb\n")
    with pytest.raises(click.ClickException, match="What was given is no text in UTF-8"):
        await asyncio.wait_for(asking, WITHIN)


async def test_without_a_terminal_that_can_be_opened_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "TERMINALS", ("/nowhere/tty", "/nowhere/stdin"))
    with pytest.raises(click.ClickException, match="The terminal cannot be used: No such file"):
        await typed("Say: ")


def test_a_terminal_that_does_not_control_it_is_asked_all_the_same(
    somebody: Person, service: Service
) -> None:
    def start(argv: Sequence[str], env: Mapping[str, str], theirs: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            argv, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )

    args = ("login", service.url, "--ca", str(service.certificate), "--user", "admin")
    command = [sys.executable, str(ROOT / "run.py"), *args]
    with Terminal(command, somebody.environment(), start=start) as terminal:
        terminal.read_until("Password of admin", 60)
        assert not terminal.echoes()
        terminal.press(f"{PASSWORD}\n".encode())
        assert terminal.end(60) == 0
        assert terminal.echoes()
    somebody.well("logout")


async def test_each_line_of_a_pipe_is_a_line_of_its_own() -> None:
    theirs, ours = os.pipe()
    os.write(ours, b"one\ntwo\nthree")
    os.close(ours)
    assert [await line_from(theirs) for _ in range(4)] == [b"one\n", b"two\n", b"three", b""]
    os.close(theirs)


async def test_where_standard_input_is_closed_no_password_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(click.ClickException, match="No password was given"):
        await password_from("NO_SUCH_VARIABLE", "Password: ")
