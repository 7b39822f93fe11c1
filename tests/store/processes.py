"""Starting another process on a data folder, and ending it whatever happens."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def child(what: str, folder: Path, under: Sequence[str] = ()) -> Iterator["subprocess.Popen[str]"]:
    """A process that does one of the jobs of child.py; it is killed at the end if it still runs.

    `under` is a command that runs the one that follows it, such as a tracer.
    """
    process = subprocess.Popen(
        [*under, sys.executable, "-m", "tests.store.child", what, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
