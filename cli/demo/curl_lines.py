"""The curl lines that the demo leaves behind: log in, list, reset, watch, abort."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the lines need to know of a service that is running."""

    url: str
    certificate: Path
    password: str
    aggregate: str
    """The id of the aggregate."""


def values(place: Place) -> Sequence[str]:
    """The variables that the other lines use."""
    return (
        f"URL={place.url}",
        f"CA={place.certificate}",
        f"PASSWORD={place.password}",
        f"ID={place.aggregate}",
        'AGGREGATE="$URL/redfish/v1/AggregationService/Aggregates/$ID"',
    )


LINES: Sequence[str] = (
    "# log in: the token of a new session",
    'TOKEN=$(curl -s --cacert "$CA" -D - -o /dev/null \\',
    "  -H 'Content-Type: application/json' \\",
    '  -d "{\\"UserName\\": \\"admin\\", \\"Password\\": \\"$PASSWORD\\"}" \\',
    '  "$URL/redfish/v1/SessionService/Sessions" |',
    "  tr -d '\\r' | sed -n 's/^x-auth-token: //Ip')",
    "",
    "# list the tasks",
    'curl -s --cacert "$CA" -H "X-Auth-Token: $TOKEN" \\',
    '  "$URL/redfish/v1/TaskService/Tasks"',
    "",
    "# reset all servers, four at a time: 202, and Location is the task monitor",
    'MONITOR=$(curl -s --cacert "$CA" -D - -o /dev/null \\',
    "  -H \"X-Auth-Token: $TOKEN\" -H 'Content-Type: application/json' \\",
    '  -d \'{"ResetType": "ForceRestart", "BatchSize": 4}\' \\',
    '  "$AGGREGATE/Actions/Aggregate.Reset" |',
    "  tr -d '\\r' | sed -n 's/^location: //Ip')",
    "",
    "# watch it: 202 and its progress, then the answer of the reset itself",
    'curl -si --cacert "$CA" -H "X-Auth-Token: $TOKEN" "$URL$MONITOR"',
    "",
    "# abort it: 204 once nothing more goes to a server; then it is gone, 404",
    'curl -si --cacert "$CA" -H "X-Auth-Token: $TOKEN" -X DELETE \\',
    '  "$URL/redfish/v1/TaskService/Tasks/${MONITOR#/taskmon/}"',
)
"""For a POSIX shell; sed's I is GNU's, and the simulator needs Linux as it is."""
