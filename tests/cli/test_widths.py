"""Tables on narrow terminals: what gives way, what is left out, and what never is."""

import pytest

from cli.output.widths import GAP, NARROWEST, Column, fitted

ID, WHAT, TARGET, TOOK = (
    Column("ID"),
    Column("WHAT", gives=True),
    Column("TARGET", gives=True, spare=True),
    Column("TOOK", spare=True),
)
COLUMNS, NATURAL = (ID, WHAT, TARGET, TOOK), (12, 10, 40, 4)
ALL = sum(NATURAL) + 3 * GAP


@pytest.mark.parametrize(
    ("room", "widths"),
    [
        (ALL, {0: 12, 1: 10, 2: 40, 3: 4}),
        (ALL - 30, {0: 12, 1: 10, 2: 10, 3: 4}),
        (ALL - 32, {0: 12, 1: 9, 2: 9, 3: 4}),
        (12 + 6 + 6 + 4 + 3 * GAP, {0: 12, 1: 6, 2: 6, 3: 4}),
        (12 + 6 + 6 + 4 + 3 * GAP - 1, {0: 12, 1: 8, 2: 9}),
        (20, {0: 12, 1: 6}),
        (5, {0: 12, 1: 6}),
    ],
)
def test_the_widest_gives_then_spare_ones_go(room: int, widths: dict[int, int]) -> None:
    found = fitted(COLUMNS, NATURAL, room)
    assert found.keys() == widths.keys()
    assert sorted(found.values()) == sorted(widths.values())
    assert sum(found.values()) + GAP * (len(found) - 1) <= max(room, 12 + NARROWEST + GAP)
