"""Messages of the registry ResourceEvent: what becomes of servers and other resources."""

from typing import Final

from actors.tasks.catalogue.template import CRITICAL, NONE, OK, WARNING, Row

_LOOK: Final = "Look at the resource, and mend what is wrong with it."

RESOURCE_EVENT_ROWS: Final[tuple[Row, ...]] = (
    ("ResourceCreated", OK, 0, "A resource has been added.", NONE),
    ("ResourceRemoved", OK, 0, "A resource has been taken away.", NONE),
    ("ResourceStatusChangedOK", OK, 2, "The health of {0} is now {1}.", NONE),
    ("ResourceStatusChangedWarning", WARNING, 2, "The health of {0} is now {1}.", _LOOK),
    ("ResourceStatusChangedCritical", CRITICAL, 2, "The health of {0} is now {1}.", _LOOK),
    ("ResourcePoweringOn", OK, 1, "{0} is being powered on.", NONE),
    ("ResourcePoweredOn", OK, 1, "{0} is powered on.", NONE),
    ("ResourcePoweringOff", OK, 1, "{0} is being powered off.", NONE),
    ("ResourcePoweredOff", OK, 1, "{0} is powered off.", NONE),
    ("ResourcePaused", OK, 1, "{0} is paused.", NONE),
)
