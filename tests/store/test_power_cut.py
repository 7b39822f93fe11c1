"""After a power cut, wherever it hits the write-ahead log, all that was acknowledged is there.

What was synced when a commit was acknowledged is on the disk. Of what was written later there may be a
part, or zeros, or rubbish, or what lay there before.
"""

import asyncio
import re
import shutil
import sqlite3
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from actors.tasks.ports import Change, Record, Remove, Save, Store
from actors.tasks.task import Task
from store.check import check
from store.folder import DataFolder
from store.memory import MemoryStore
from store.sqlite import SqliteStore, open_store
from tests.store.back_ends import ended
from tests.store.child import SINGLE_COMMITS
from tests.store.processes import child
from tests.store.records import a_session, a_source, a_task, an_account
from tests.support import lacking

Commits = Sequence[Sequence[Change]]
"""Those that are asked for at once."""

PARENT = replace(a_task(), subtasks=3)
SUBTASKS = [a_task(parent=PARENT.id) for _ in range(3)]
LARGE = replace(a_task(), input={"filling": "x" * 20_000})

LOG_HEADER, FRAME_HEADER = 32, 24


@dataclass(frozen=True)
class Acknowledged:
    """How much of the log there was when everything asked for so far had been acknowledged."""

    length: int
    records: dict[str, Record]
    at_once: int
    """How many commits the last step was."""


def steps() -> list[Commits]:
    return [
        [[*map(Save, (PARENT, *SUBTASKS))]],
        [[Save(an_account("ann"))]],
        [[Save(replace(PARENT, revision=2))]],
        [[Save(LARGE)]],
        [[Save(a_task())] for _ in range(20)],
        [[Save(a_session()), Save(a_source("bmc:443"))]],
        [[Save(ended(SUBTASKS[0]))]],
        [[Remove(Task, PARENT.id), Save(a_task())]],
    ]


async def records_of(store: Store) -> dict[str, Record]:
    """All records by their ids."""
    found: dict[str, Record | None] = {"ann": await store.account_named("ann")}
    for top in await store.tasks():
        for task_id in (top, *await store.subtasks(top)):
            found[task_id] = await store.task(task_id)
    others: list[Record] = [*await store.sessions(), *await store.sources()]
    found |= {record.id: record for record in others}
    return {record_id: record for record_id, record in found.items() if record}


def log_of(folder: DataFolder) -> Path:
    return folder.database.with_name("taskmon.db-wal")


def frame_size(log: bytes) -> int:
    return FRAME_HEADER + int(struct.unpack(">8xI", log[:12])[0])


def end_of(log: bytes) -> int:
    """Where the frames of the present round end: those that carry the salts of the log's header.

    https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    """
    size, at = frame_size(log), LOG_HEADER
    while log[at + 8 : at + 16] == log[16:24] and at + size <= len(log):
        at += size
    return at


async def acknowledge(
    store: SqliteStore, model: MemoryStore, folder: DataFolder, wanted: Sequence[Commits]
) -> list[Acknowledged]:
    """Make the commits on both, and note after each step what there is."""
    noted = []
    for commits in wanted:
        for changes in commits:
            await model.commit(*changes)
        await asyncio.gather(*(store.commit(*changes) for changes in commits))
        log = await asyncio.to_thread(log_of(folder).read_bytes)
        noted.append(Acknowledged(end_of(log), await records_of(model), len(commits)))
    return noted


def cuts(start: int, end: int, size: int) -> Iterator[int]:
    """Lengths from `start` to before `end`: each boundary of a frame, one more, one less, and between."""
    for boundary in range(start, end, size):
        yield from (
            boundary,
            boundary + 1,
            boundary + FRAME_HEADER,
            boundary + size // 2,
            boundary + size - 1,
        )


async def found_after(database: bytes, log: bytes, folder: DataFolder) -> dict[str, Record]:
    """What a store finds in such files; it must be sound, and go on."""
    await asyncio.to_thread(lay_out, database, log, folder)
    store = await open_store(folder.path, readers=1)
    found = await records_of(store)
    await store.commit(Save(a_task()))
    await store.close()
    seen = await asyncio.to_thread(check, folder)
    assert seen.findings == ()
    return found


def lay_out(database: bytes, log: bytes, folder: DataFolder) -> None:
    folder.create()
    for file in folder.path.iterdir():
        file.unlink()
    folder.database.write_bytes(database)
    log_of(folder).write_bytes(log)


def expect(found: dict[str, Record], before: Acknowledged, after: Acknowledged) -> None:
    """That all of `before` is there, and of `after` only whole commits."""
    if after.at_once == 1:
        assert found == before.records
    else:
        assert before.records.items() <= found.items() <= after.records.items()


async def test_all_that_was_acknowledged_is_there_wherever_the_log_ends(tmp_path: Path) -> None:
    folder, copy = DataFolder(tmp_path / "data"), DataFolder(tmp_path / "copy")
    store, model = await open_store(folder.path), MemoryStore()
    empty = folder.database.read_bytes()
    opened = Acknowledged(log_of(folder).stat().st_size, {}, 1)
    noted = [opened, *await acknowledge(store, model, folder, steps())]
    database, log = folder.database.read_bytes(), log_of(folder).read_bytes()
    await store.close()
    assert database == empty, "all of it is in the log: nothing else could have been cut"
    assert noted[-1].length == len(log)

    size = frame_size(log)
    for before, after in pairwise(noted):
        assert before.length < after.length
        for cut in cuts(before.length, after.length, size):
            expect(await found_after(database, log[:cut], copy), before, after)
        for filling in (b"\x00", b"\xff"):
            torn = log[: after.length - size].ljust(len(log), filling)
            expect(await found_after(database, torn, copy), before, after)
        short = await found_after(database, log[: after.length - 1], copy)
        assert short != after.records, "no byte less would do, so the lengths are the right ones"
    assert await found_after(database, log, copy) == noted[-1].records


async def test_what_lay_in_the_log_before_does_not_come_back(tmp_path: Path) -> None:
    folder, copy = DataFolder(tmp_path / "data"), DataFolder(tmp_path / "copy")
    store, model = await open_store(folder.path), MemoryStore()
    first = await acknowledge(store, model, folder, [*steps()[:4], [[Save(replace(LARGE, revision=2))]]])
    # Everything is moved into the database; the log begins anew over what lies there.
    with closing(sqlite3.connect(folder.database)) as other:
        assert other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[0] == 0
    database, old = folder.database.read_bytes(), log_of(folder).read_bytes()
    noted = [replace(first[-1], length=0), *await acknowledge(store, model, folder, steps()[5:])]
    new = log_of(folder).read_bytes()
    assert folder.database.read_bytes() == database
    await store.close()
    assert new[16:24] != old[16:24], "another round of the log"
    assert noted[-1].length < len(old) == len(new)

    size = frame_size(new)
    for before, after in pairwise(noted):
        # The header was synced before the first frame of the round, so a cut in it is one before all of it.
        for cut in cuts(max(before.length, LOG_HEADER), after.length, size):
            expect(await found_after(database, new[:cut] + old[cut:], copy), before, after)
    for cut in (0, 1, LOG_HEADER - 1):
        assert await found_after(database, new[:cut] + old[cut:], copy) == first[-1].records
    assert await found_after(database, new, copy) == noted[-1].records


# --- what is said to be synced has been


TRACED = re.compile(r"\d+ +(?:<\.\.\. )?(?P<call>\w+)(?:\((?P<file>\d+<[^>]*>)| resumed>)(?P<rest>.*)")


def unsynced_at_acknowledgements(trace: str, folder: DataFolder) -> list[set[str]]:
    """For each acknowledgement the files of the folder that had been written to and not synced since.

    The folder itself is one of them until it has been synced: the names in it are new. The index of the log
    is none: after a power cut it is made anew from the log.
    """
    unsynced = {str(folder.path)}
    syncing: dict[str, str] = {}
    noted = []
    for line in trace.splitlines():
        found = TRACED.match(line)
        if found is None:
            continue
        process = line.split()[0]
        name = (found["file"] or "").partition("<")[2].rstrip(">")
        match found["call"]:
            case "pwrite64" if not name.endswith("-shm"):
                unsynced.add(name)
            case "write" if '"task' in found["rest"]:
                noted.append({one for one in unsynced if one.startswith(str(folder.path))})
            case "fsync" | "fdatasync":
                name = name or syncing.pop(process)
                if found["rest"].endswith(" = 0"):
                    unsynced.discard(name)
                else:
                    syncing[process] = name
    return noted


def test_each_commit_is_synced_before_it_is_acknowledged(tmp_path: Path) -> None:
    strace = shutil.which("strace") or lacking("strace")
    if subprocess.run([strace, "-o", "/dev/null", "true"], capture_output=True).returncode:
        lacking("strace that may trace")
    folder, trace = DataFolder(tmp_path / "data"), tmp_path / "trace"
    calls = "trace=write,pwrite64,fsync,fdatasync"
    with child(
        "commit_one_by_one", folder.path, [strace, "-f", "-y", "-e", calls, "-o", str(trace)]
    ) as traced:
        printed, complaint = traced.communicate()
    assert complaint == ""
    assert len(printed.split()) == SINGLE_COMMITS
    assert log_of(folder).name in trace.read_text()
    assert unsynced_at_acknowledgements(trace.read_text(), folder) == [set()] * SINGLE_COMMITS
