"""Messages of our own registry, Taskmon: what DMTF's registries have no message for."""

from typing import Final

from actors.tasks.catalogue.template import NONE, OK, WARNING, Row

TASKMON_ROWS: Final[tuple[Row, ...]] = (
    (
        "MistakesLeftOut",
        WARNING,
        1,
        "There are more mistakes than these {0}.",
        "Correct those that are named and send the request again.",
    ),
    (
        "EventsLost",
        WARNING,
        2,
        "The events {0} to {1} are not kept any more, and what of them was for this listener was not sent.",
        "Read the resources that matter to see how they are now.",
    ),
    ("StreamOpened", OK, 1, "The stream {0} of events is open.", NONE),
    ("TestEvent", OK, 0, "This is a test event: nothing has happened.", NONE),
)
