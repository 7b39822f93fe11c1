"""The picture of what work costs as it grows: log-log, one line for each operation, as SVG.

On these axes work in proportion to its size is a straight line, one up for one across. A line that bends
upwards is a defect.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from statistics import median
from typing import Final

from bench.lines import Line

Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 860, 480
LEFT, RIGHT, TOP, BOTTOM = 70, 230, 20, 50
COLOURS: Final = ("#1b6ca8", "#c8553d", "#2f8f5b", "#8b5fbf", "#b8860b", "#4f5d75", "#c2407f", "#008b8b")
UNITS: Final = {-6: "1 µs", -5: "10 µs", -4: "100 µs", -3: "1 ms", -2: "10 ms", -1: "100 ms", 0: "1 s"}
APART: Final = 15
"""Pixels between two names at the least."""


def operations(lines: Iterable[Line]) -> dict[str, Points]:
    """Of each operation that was measured at more than one size: sizes and seconds, ascending."""
    found: dict[str, dict[float, float]] = {}
    for line in lines:
        if line.operation and line.size:
            found.setdefault(line.operation, {})[line.size] = median(line.ours)
    return {name: sorted(points.items()) for name, points in found.items() if len(points) > 1}


def picture(drawn: Mapping[str, Points]) -> str:
    """The picture of these."""
    sizes = [size for points in drawn.values() for size, _ in points] or [1.0, 10.0]
    times = [seconds for points in drawn.values() for _, seconds in points] or [1.0, 10.0]
    across, up = _decades(sizes), _decades(times)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        "<title>What each operation takes, by its size</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_grid(across, up),
    ]
    ends: list[tuple[float, str, str]] = []
    for number, (name, points) in enumerate(drawn.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [(_x(size, across), _y(seconds, up)) for size, seconds in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
        ends.append((places[-1][1], name, colour))
    parts += _names(ends)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _decades(values: Sequence[float]) -> tuple[int, int]:
    low = math.floor(math.log10(min(values)) + 1e-9)
    return low, max(low + 1, math.ceil(math.log10(max(values)) - 1e-9))


def _x(size: float, across: tuple[int, int]) -> float:
    share = (math.log10(size) - across[0]) / (across[1] - across[0])
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(seconds: float, up: tuple[int, int]) -> float:
    share = (math.log10(seconds) - up[0]) / (up[1] - up[0])
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _grid(across: tuple[int, int], up: tuple[int, int]) -> Iterable[str]:
    for power in range(across[0], across[1] + 1):
        x = _x(10.0**power, across)
        yield f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#dddddd"/>'
        yield f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>'
    for power in range(up[0], up[1] + 1):
        y = _y(10.0**power, up)
        named = UNITS.get(power, f"{10.0**power:g} s")
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{named}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle:.0f}" y="{HEIGHT - 12}" text-anchor="middle">servers, or tasks</text>'


def _names(ends: Sequence[tuple[float, str, str]]) -> Iterable[str]:
    """Each name at the end of its line, moved down where two would meet."""
    lowest = 0.0
    for y, name, colour in sorted(ends):
        lowest = max(y, lowest + APART)
        yield (f'<text x="{WIDTH - RIGHT + 10}" y="{lowest + 4:.1f}" fill="{colour}">{escape(name)}</text>')
