"""What the simulated servers heard, from their request log."""

import json
from collections.abc import Set
from pathlib import Path


def heard(log: Path, ids: Set[str]) -> int:
    """How many requests the servers heard that were made for one of these tasks and subtasks, until now."""
    whole_lines = log.read_bytes().rpartition(b"\n")[0].splitlines()
    return sum(json.loads(line)["task"] in ids for line in whole_lines)
