"""Colours and shapes. Each colour is a middle tone that can be read on light and on dark backgrounds."""

from cli.demo.picture import Stage

GOOD = "color(29)"
BAD = "bold color(167)"
BUSY = "color(32)"
AMBER = "color(130)"
QUIET = "color(244)"

COLOURS = {
    Stage.WAITS: QUIET,
    Stage.ASKS: BUSY,
    Stage.AT_WORK: BUSY,
    Stage.STOPS: AMBER,
    Stage.DONE: GOOD,
    Stage.WARNED: AMBER,
    Stage.FAILED: BAD,
    Stage.STOPPED: AMBER,
    Stage.SPARED: QUIET,
}

SHAPES = {
    Stage.WAITS: ("·", "."),
    Stage.ASKS: ("▹", ">"),
    Stage.AT_WORK: ("▸", ">"),
    Stage.STOPS: ("▪", "-"),
    Stage.DONE: ("✓", "+"),
    Stage.WARNED: ("✓", "?"),
    Stage.FAILED: ("✗", "x"),
    Stage.STOPPED: ("■", "-"),
    Stage.SPARED: ("·", "."),
}
"""For each stage a shape, and another for terminals that know ASCII only."""


def shape_of(stage: Stage, *, ascii_only: bool) -> str:
    return SHAPES[stage][ascii_only]
