"""The request log: one line of JSON for each request that a simulated server heard."""

from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from fleet.simulator.errors import SimulatorError
from fleet.simulator.http1 import NotJSONError, Request
from fleet.simulator.redact import redacted


class RequestLog:
    """Writes the lines, each whole and at once. Without a path it writes nothing.

    Lines are added to a file that is there already.

    Raises:
        SimulatorError: the file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        try:
            self._file = None if path is None else path.open("ab")
        except OSError as error:
            raise SimulatorError(
                f"The request log {path} cannot be written ({error.strerror}): give another --request-log."
            ) from error

    def write(self, server: str, request: Request, status: int | None) -> None:
        """Add the line of one request; on return it is in the file.

        `server` is the HostName of who heard it, `status` that of the answer, None when none leaves.
        """
        if self._file is None:
            return
        try:
            body = redacted(request.json)
        except NotJSONError:
            body = None  # nothing of it is shown: a password may be anywhere in it
        line = {
            "time": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "server": server,
            "method": request.method,
            "path": request.path,
            "body": body,
            "status": status,
            "task": request.headers.get("x-request-id"),
        }
        self._file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
