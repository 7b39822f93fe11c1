"""The servers' own log of what they heard, read as it grows: who was sent what, how often, and when last."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path

from bench.soak.ledger import SENT_TWICE, WRONG, Ledger


class RequestLog:
    """What matters of the requests so far, by the id of the task or subtask that they were made for."""

    def __init__(self, file: Path, ledger: Ledger) -> None:
        self.requests = 0
        self.spoiled = Counter[str]()
        """The requests that had no answer, or a bad one, by what became of them; what comes late or broken
        is not seen here."""
        self.actions = Counter[str]()
        """How many power actions were sent for each."""
        self.latest: dict[str, float] = {}
        """When the last request for each came, in seconds since 1970."""
        self._file = file
        self._ledger = ledger
        self._read = 0

    def read_on(self) -> None:
        """Read what was written since the last call of this."""
        with self._file.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                self._take(json.loads(line))

    def _take(self, line: dict[str, object]) -> None:
        self.requests += 1
        status, task = line["status"], line["task"]
        if status is None:
            self.spoiled["no answer"] += 1
        elif isinstance(status, int) and status >= 500:
            self.spoiled[f"answered {status}"] += 1
        if not isinstance(task, str):
            return
        self.latest[task] = datetime.fromisoformat(str(line["time"])).timestamp()
        if line["method"] == "POST" and str(line["path"]).endswith("ComputerSystem.Reset"):
            self.actions[task] += 1
            if self.actions[task] == 2:
                self._ledger.breaks(SENT_TWICE, f"{line['body']} for {task} to {line['server']}")
        elif line["method"] == "POST" and not str(line["path"]).endswith("/Sessions"):
            self._ledger.breaks(WRONG, f"a server was sent POST {line['path']}")
