"""How wide the columns of a table are on a terminal, and which of them it has room for."""

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 2
NARROWEST = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. Where room is short, one that `gives` loses the ends of its cells, and a `spare`
    one is left out; `right` is where the cells of one end."""

    title: str
    gives: bool = False
    right: bool = False
    spare: bool = False


def fitted(columns: Sequence[Column], natural: Sequence[int], room: int) -> dict[int, int]:
    """The width of each column that is shown, by its place among all.

    Spare columns go first, from the right, but only where giving is not enough; then the widest gives, place
    by place. What cannot give and is not spare keeps its width, even where there is no room for it.
    """
    widths = dict(enumerate(natural))
    for at in reversed(range(len(columns))):
        least = {one: min(width, NARROWEST) if columns[one].gives else width for one, width in widths.items()}
        if _whole(least) <= room:
            break
        if columns[at].spare:
            del widths[at]
    while _whole(widths) > room:
        giving = [at for at, width in widths.items() if columns[at].gives and width > NARROWEST]
        if not giving:
            break
        widths[max(giving, key=lambda at: widths[at])] -= 1
    return widths


def _whole(widths: dict[int, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)
