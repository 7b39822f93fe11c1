"""The colour and the shape of each stage of a server's reset."""

from cli.colours import AMBER, BAD, BUSY, GOOD, QUIET
from cli.demo.picture import Stage

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
