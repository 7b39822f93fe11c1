"""Pictures of a reset: what an abort makes of them, and how plain lines and the grid show them."""

import io

import pytest
from rich.console import Console

from cli.demo.grid import Grid
from cli.demo.picture import Batch, Cell, Picture, Stage, aborted, stage_of, summed_up
from cli.demo.plain import PlainShow, changes

W, A, D, F = Stage.WAITS, Stage.AT_WORK, Stage.DONE, Stage.FAILED


def batches(*stages: list[Stage]) -> tuple[Batch, ...]:
    numbers = iter(range(1, 100))
    return tuple(tuple(Cell(next(numbers), stage) for stage in batch) for batch in stages)


def picture(*stages: list[Stage], state: str = "Running", percent: int = 50) -> Picture:
    total = sum(map(len, stages))
    return Picture(state=state, percent=percent, ended=0, total=total, seconds=1.25, batches=batches(*stages))


def drawn(
    shown: tuple[Batch, ...], *, width: int = 80, height: int = 24, ascii_only: bool = False
) -> list[str]:
    encoding = "ascii" if ascii_only else "utf-8"
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=file, width=width, height=height)
    console.print(Grid(shown))
    file.flush()
    file.seek(0)
    return [line.rstrip() for line in file.read().splitlines()]


def test_an_abort_stops_what_had_begun_and_spares_who_waited() -> None:
    end = aborted(picture([D, F], [A, W], [W, W]))
    assert end.state == "aborted"
    assert [summed_up(batch) for batch in end.batches] == [
        "1 done, 1 failed",
        "1 stopped, 1 spared",
        "2 spared",
    ]


@pytest.mark.parametrize(
    ("state", "status", "stage"),
    [
        ("Pending", "OK", Stage.WAITS),
        ("Starting", "OK", Stage.ASKS),
        ("Completed", "OK", Stage.DONE),
        ("Completed", "Warning", Stage.WARNED),
        ("Exception", "Critical", Stage.FAILED),
        ("Cancelled", "Warning", Stage.STOPPED),
    ],
)
def test_a_subtask_is_told_by_its_state_and_status(state: str, status: str, stage: Stage) -> None:
    assert stage_of(state, status) is stage


def test_plain_lines_tell_of_batches_and_of_states_once() -> None:
    told: list[str] = []
    last = None
    for now in (
        picture([W, W], [W, W], state="Starting"),
        picture([A, W], [W, W]),
        picture([A, A], [W, W]),
        picture([D, F], [A, A]),
        picture([D, F], [D, D], state="Exception"),
    ):
        told += changes(last, now)
        last = now
    assert told == [
        "the task is Starting",
        "batch 1 of 2 has begun: servers 1 to 2",
        "the task is Running",
        "batch 1 of 2 has ended: 1 done, 1 failed",
        "batch 2 of 2 has begun: servers 3 to 4",
        "batch 2 of 2 has ended: 2 done",
        "the task is Exception",
    ]


def test_plain_lines_are_printable_ascii_of_at_most_100_columns() -> None:
    lines: list[str] = []
    show = PlainShow(lines.append)
    show.row("server 13", "an answer with \x1b[31mcolours\x07, an ü, and much to say " * 5)
    assert all(line.isascii() and line.isprintable() and len(line) <= 100 for line in lines)
    assert len(lines) > 2


def test_each_server_has_a_shape_its_number_and_a_word() -> None:
    lines = drawn(batches([D] * 7 + [F], [A] * 8, [W] * 8))
    assert lines[:3] == [
        "batch 1  7 done, 1 failed",
        "✓ 1      ✓ 2      ✓ 3      ✓ 4      ✓ 5      ✓ 6      ✓ 7      ✗ 8",
        "done     done     done     done     done     done     done     failed",
    ]
    assert lines[4:7:2] == [
        "batch 2  8 at work",
        "at work  at work  at work  at work  at work  at work  at work  at work",
    ]
    assert len(lines) == 11


def test_small_batches_stand_beside_each_other() -> None:
    lines = drawn(batches([D] * 4, [A] * 4, [W] * 4))
    assert lines[0] == "batch 1  4 done                       batch 2  4 at work"
    assert max(map(len, lines)) <= 77, "with three columns before it, it fits on a terminal of 80"
    assert len(lines) == 7


@pytest.mark.parametrize(("width", "height"), [(60, 24), (80, 12)])
def test_on_a_small_terminal_a_batch_is_one_line(width: int, height: int) -> None:
    lines = drawn(batches([D] * 7 + [F], [A] * 8, [W] * 8), width=width, height=height)
    assert lines == [
        "batch 1  ✓✓✓✓✓✓✓✗  7 done, 1 failed",
        "batch 2  ▸▸▸▸▸▸▸▸  8 at work",
        "batch 3  ········  8 waiting",
    ]


def test_a_terminal_without_unicode_gets_ascii() -> None:
    assert all(line.isascii() for line in drawn(batches([D, F, A, W]), ascii_only=True))
