"""The demo as a whole: in a pipe and on a terminal, it shows what it promises and leaves nothing behind."""

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.demo.running_demo import DEMO, WITHIN, assert_nothing_is_left, environment, processes_of
from tests.cli.terminal import Terminal, as_read
from tests.support import lacking


def after(label: str, lines: list[str]) -> list[str]:
    """What stands behind this label, in the order of the lines."""
    found = (re.fullmatch(rf"\s+{re.escape(label)}\s\s+(.*)", line) for line in lines)
    return [match[1] for match in found if match]


@pytest.mark.timeout(WITHIN + 30)
def test_without_a_terminal_it_tells_its_story_in_plain_lines(folder: Path) -> None:
    demo = subprocess.run(
        DEMO,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=WITHIN,
        stdin=subprocess.DEVNULL,
    )
    assert (demo.returncode, demo.stderr) == (0, "")
    assert_nothing_is_left(folder)
    assert demo.stdout.isascii()
    assert set(re.findall(r"[^ -~]", demo.stdout)) == {"\n"}, "control sequences have no place in a pipe"
    lines = demo.stdout.splitlines()
    assert max(map(len, lines)) <= 100

    told = "\n".join(lines)
    assert "24 of 24, Completed" in told
    for batch in (1, 2, 3):
        assert f"batch {batch} of 3 has begun: servers {8 * batch - 7} to {8 * batch}" in told
    assert "batch 2 of 3 has ended: 7 done, 1 failed" in told
    assert "100 %  the task is Exception" in told
    assert after("server 13", lines) == ["failed, and its subtask is Exception, Critical:"]
    assert "HTTP status 500" in told
    assert int(after("monitor", lines)[0][:3]) >= 400
    assert "of 6 has ended: 4 stopped" in told
    assert "4 spared" in told
    assert after("gone", lines) == ["404 for the task, its monitor and each of its subtasks"]
    assert re.fullmatch(r"[1-9]\d* requests .* before the 204, 0 in 2 s after", after("servers", lines)[-1])
    assert after("tasks", lines)[0].endswith("/redfish/v1/TaskService/Tasks")
    assert told.count("curl -s") == 5


@pytest.mark.timeout(WITHIN + 60)
def test_on_a_terminal_it_shows_every_server_and_keeps_running(folder: Path) -> None:
    with Terminal((*DEMO, "--keep"), environment(folder)) as terminal:
        terminal.read_until("${MONITOR#/taskmon/}", WITHIN)
        assert len(processes_of(folder)) == 2, "the simulator and the service go on"
        assert "/ui/, as admin with the PASSWORD below" in terminal.written
        curl = shutil.which("curl")
        statuses = try_the_lines(as_read(terminal.written, 80, 24)) if curl else []
        terminal.press(b"\x03")
        assert terminal.end(20) == 0
    assert_nothing_is_left(folder)

    assert terminal.written.count("\x1b[?25l") == terminal.written.count("\x1b[?25h"), "the cursor is back"
    lines = as_read(terminal.written, terminal.columns, terminal.lines)
    first, second = (
        next(lines[index:] for index, line in enumerate(lines) if line.startswith(f"{chapter}  "))
        for chapter in ("Reset", "Abort")
    )
    assert bar(first) == "Exception 24 of 24 100 %"
    assert cells(first) == {number: "failed" if number == 13 else "done" for number in range(1, 25)}
    assert bar(second).startswith("aborted 12 of 24")
    assert cells(second) == {
        number: "done" if number <= 12 else "stopped" if number <= 16 else "spared" for number in range(1, 25)
    }
    assert "\x1b[38;5;" in terminal.written, "and in colour"
    if not curl:
        lacking("curl is not here, so the curl lines were not tried")
    assert statuses == ["202", "204"], "it is under way, and aborted"


def bar(lines: list[str]) -> str:
    """What the first bar in these lines says, without the bar itself and the time."""
    words = next(line for line in lines if "━" in line).split()
    return " ".join(word for word in words[:-2] if not set(word) <= set("━╸╺"))


def cells(lines: list[str]) -> dict[int, str]:
    """Word by number of the first grid in these lines: below each line of shapes one of words."""
    found: dict[int, str] = {}
    for shapes, words in pairwise(lines):
        numbers = re.findall(r"[·▹▸▪✓✗■] (\d+)", shapes)
        if numbers and len(found) < 24:
            found |= dict(zip(map(int, numbers), words.split(), strict=True))
    return found


def try_the_lines(lines: list[str]) -> list[str]:
    """What the shell says to the lines as they stand there: the HTTP statuses of watching and of DELETE."""
    start = next(
        index for index, line in enumerate(lines) if line.strip().startswith("URL=https://127.0.0.1:")
    )
    script = "\n".join(line[3:] for line in lines[start:])
    shell = subprocess.run(["bash", "-eu", "-c", script], capture_output=True, text=True, timeout=20)
    assert (shell.returncode, shell.stderr) == (0, "")
    assert '"Members@odata.count":' in shell.stdout
    return re.findall(r"HTTP/1\.1 (\d{3})", shell.stdout)
