"""Types of arguments on the command line."""

import math
from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import TypeVar

N = TypeVar("N", int, float)


def at_least(fewest: N) -> Callable[[str], N]:
    """A number of the kind of `fewest`, so many or more, and finite."""

    def number(text: str) -> N:
        try:
            given = type(fewest)(text)
        except ValueError:
            raise ArgumentTypeError(f"{text} is no number") from None
        if not (math.isfinite(given) and given >= fewest):
            raise ArgumentTypeError(f"{text} is not {fewest} or more")
        return given

    return number
