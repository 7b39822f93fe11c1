"""The colours of the command line: middle tones that can be read on light and on dark backgrounds."""

GOOD = "color(29)"
BAD = "bold color(167)"
BUSY = "color(32)"
AMBER = "color(130)"
QUIET = "color(244)"
