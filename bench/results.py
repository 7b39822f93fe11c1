"""The results of the last run: a JSON file that each row is written to as it is done, and the table of it."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from bench.lines import LONGEST_TURN, Health, Line

NOT_REACHED: Final = "**no**"


class Results:
    """The lines of each row that has been measured, by the row's name; those of earlier runs are kept."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.rows: dict[str, dict[str, Any]] = {}
        if file.exists():
            self.rows = json.loads(file.read_bytes())["rows"]

    def put(self, name: str, lines: Sequence[Line], seconds: float) -> None:
        """A row has been measured, in so many seconds: it is in the file when this returns."""
        self.rows[name] = {
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 1),
            "load": os.getloadavg()[1],
            "lines": [line.plain for line in lines],
        }
        machine = f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} processors"
        whole = self._file.with_suffix(".new")
        self._file.parent.mkdir(parents=True, exist_ok=True)
        whole.write_text(json.dumps({"machine": machine, "rows": self.rows}, indent=1) + "\n")
        whole.rename(self._file)

    def lines(self, name: str) -> list[Line]:
        """What the row came to when it was last measured; empty where it was not."""
        return [Line.read(plain) for plain in self.rows.get(name, {}).get("lines", ())]


def table(rows: Mapping[str, Sequence[Line]]) -> str:
    """The results in Markdown: of each row its title, then its lines."""
    parts = [
        f"{title}\n\n"
        "| | ours | beside | limit | ratio | to reach | reached "
        "| longest turn | lag 99.9 % / longest | busiest |\n"
        "|---|---|---|---|---|---|---|---|---|---|\n"
        + "\n".join(_row(*_cells(line), *_health(line.health)) for line in lines)
        for title, lines in rows.items()
        if lines
    ]
    return "\n\n".join(parts) + "\n"


def short_table(rows: Mapping[str, Sequence[Line]]) -> str:
    """The same as one table: all that has a target, without what the loop did."""
    parts = ["| | ours | beside | limit | ratio | to reach | reached |", "|---|---|---|---|---|---|---|"]
    for title, lines in rows.items():
        aimed = [line for line in lines if line.reached is not None]
        if aimed:
            parts.append(_row(f"**{title.strip('# ')}**", *[""] * 6))
            parts += [_row(*_cells(line)) for line in aimed]
    return "\n".join(parts) + "\n"


def put_between(marks: tuple[str, str], text: str, file: Path) -> None:
    """Replace what lies between the two marks in this file.

    Raises:
        ValueError: it does not have both of them.
    """
    before, begin, rest = file.read_text().partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not (begin and end):
        raise ValueError(f"{file} has no place for it: {marks[0]} and {marks[1]} are to be there.")
    file.write_text(f"{before}{begin}\n{text}{end}{after}")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(line: Line) -> Sequence[str]:
    return (
        line.name + (f" ({line.note})" if line.note else ""),
        _figure(median(line.ours), line.unit),
        line.limit_name,
        _figure(median(line.limit), line.unit),
        _figure(line.ratio, line.unit) if line.by_difference else f"{line.ratio:.2f}",
        _target(line),
        {True: "yes", False: NOT_REACHED, None: ""}[line.reached],
    )


def _target(line: Line) -> str:
    targets = []
    if line.target is not None:
        sign = "≥" if line.more_is_better else "≤"
        bound = f"+{_figure(line.target, line.unit)}" if line.by_difference else f"{line.target:g}"
        targets.append(f"{sign} {bound}")
    if line.most is not None:
        targets.append(f"≤ {_figure(line.most, line.unit)}")
    return ", ".join(targets)


def _health(health: Health | None) -> tuple[str, str, str]:
    if health is None:
        return "", "", ""
    turn = f"{1000 * health.longest_turn:.0f} ms"
    if health.longest_turn > LONGEST_TURN:
        turn = f"**{turn}**"
    lag = f"{1000 * health.lag_999:.0f} / {1000 * health.longest_lag:.0f} ms"
    return turn, lag, f"{1000 * health.busiest:.0f} ms"


def _figure(value: float, unit: str) -> str:
    """With three digits that count, and seconds in the unit that suits them."""
    if unit == "s":
        for factor, name in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
            if value * factor >= 1 or name == "µs":
                return f"{_digits(value * factor)} {name}"
    return f"{_digits(value)} {unit}"


def _digits(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
