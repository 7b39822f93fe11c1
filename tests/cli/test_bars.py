"""The bars of tasks that are followed, on terminals of any width: what gives way, and what never does."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console
from rich.live import Live

from cli.client.tasks import Tally, Task
from cli.output.bars import Bars
from cli.output.output import Output

BEGUN, ENDED = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=545)
TALLIES = {"task4kq9m2xw7h3zp": Tally(40, 9, 3, 0), "task4kq9m2xw7h9aa": Tally(40, 40, 0, 0)}
STATES = (("Exception", 37), ("Completed", 100))


def drawn(columns: int) -> list[str]:
    """Two tasks as they are drawn on a terminal so wide."""
    output = Output(as_json=False)
    output.console = Console(
        file=io.StringIO(), width=columns, force_terminal=True, color_system=None, markup=False
    )
    bars = Bars(output, Live(console=output.console, auto_refresh=False))
    for (name, tally), (state, percent) in zip(TALLIES.items(), STATES, strict=True):
        body = {"Id": name, "TaskState": state, "PercentComplete": percent}
        times = {"StartTime": BEGUN.isoformat(), "EndTime": ENDED.isoformat()}
        bars.update(Task({**body, **times}), tally)
    with output.console.capture() as written:
        output.console.print(bars)
    return [line.rstrip() for line in written.get().splitlines()]


@pytest.mark.parametrize(
    ("columns", "bar", "name", "state"),
    [
        (120, 24, "task4kq9m2xw7h3zp", "✗ Exception"),
        (86, 12, "task4kq9m2xw7h3zp", "✗ Exception"),
        (75, 4, "task4kq9m2xw7h3zp", "✗ Exception"),
        (74, 0, "task4kq9m2xw7h3zp", "✗ Exception"),
        (65, 0, "4kq9m2xw7h3zp", "✗ Exception"),
        (60, 0, "4kq9m2xw7h3zp", "✗"),
        (55, 0, "4kq9m2xw7h3zp", "✗"),
    ],
)
def test_the_numbers_stay_and_the_bar_gives_first(columns: int, bar: int, name: str, state: str) -> None:
    failed, well = drawn(columns)
    assert failed.split("  ")[0] == name
    assert state in failed
    assert ("Exception" in failed) == ("Exception" in state)
    assert well.count("━") == bar, "all of it is done, and drawn"
    for line in (failed, well):
        assert len(line) <= columns
        assert "…" not in line
    assert failed.endswith("9 min 05 s")
    assert " 37 %  12 of 40, 3 failed  " in failed
    assert "100 %  40 of 40" in well
