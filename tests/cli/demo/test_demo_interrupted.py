"""However the demo is ended before its end, no process of it is left, and no folder where it can help it."""

import os
import select
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.demo.running_demo import DEMO, WITHIN, assert_nothing_is_left, environment, processes_of
from tests.cli.terminal import Terminal


@pytest.mark.timeout(WITHIN + 30)
def test_ctrl_c_in_the_middle_of_a_reset_ends_it_in_order(folder: Path) -> None:
    with Terminal(DEMO, environment(folder)) as terminal:
        terminal.read_until("at work", WITHIN)
        assert len(processes_of(folder)) == 2
        terminal.press(b"\x03")
        assert terminal.end(20) == 128 + signal.SIGINT
    assert_nothing_is_left(folder)
    assert "demo: ended by SIGINT; nothing of it is left." in terminal.written
    assert "Traceback" not in terminal.written
    assert terminal.written.count("\x1b[?25l") == terminal.written.count("\x1b[?25h"), "the cursor is back"


@pytest.mark.timeout(WITHIN)
def test_sigterm_while_it_starts_ends_what_has_started(folder: Path) -> None:
    with subprocess.Popen(
        DEMO, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        next(line for line in demo.stdout if line.startswith("  servers"))
        demo.terminate()
        assert demo.wait(20) == 128 + signal.SIGTERM
        assert demo.stderr.read() == "demo: ended by SIGTERM; nothing of it is left.\n"
    assert_nothing_is_left(folder)


@pytest.mark.timeout(WITHIN)
def test_processes_do_not_outlive_a_demo_that_is_killed(folder: Path) -> None:
    with subprocess.Popen(DEMO, env=environment(folder), stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        next(line for line in demo.stdout if line.startswith("  service"))
        left = [os.pidfd_open(process) for process in processes_of(folder)]
        assert len(left) == 2
        demo.kill()
    for process in left:  # readable means ended
        assert select.select([process], [], [], 15) == ([process], [], [])
        os.close(process)
