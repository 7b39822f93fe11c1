"""The README's screenful of curl, pasted into a shell as it stands."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service import ROOT


@pytest.mark.timeout(90)
def test_the_screenful_of_curl_works_as_printed(tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (screenful,) = [block for block in blocks if "taskmon simulate" in block]
    install, rest = screenful.split("\n", 1)
    begin = "make setup && . .venv/bin/activate && "
    assert install.startswith(begin)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    commands = f"{install.removeprefix(begin)}\n{rest}".replace(
        "taskmon ", f"{sys.executable} {ROOT / 'run.py'} "
    )
    commands = commands.replace("run.py serve", f"run.py serve --port {port}")
    commands = commands.replace("localhost:8443", f"localhost:{port}")
    commands = re.sub(r"(\n|\| )python -", rf"\1{sys.executable} -", commands)
    shell = subprocess.run(
        ["bash", "-c", f"{commands}\nwait"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("TASKMON_")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    said = shell.stdout
    assert "HTTP/1.1 201 Created" in said, said + shell.stderr
    assert said.count("HTTP/1.1 201 Created") == 4
    assert re.search(r"HTTP/1\.1 20[02] ", said.split("201 Created")[-1])
    assert '"TaskState":' in said
    assert '"Members@odata.count":4' in said, "a subtask for each server"
    assert said.rstrip().splitlines()[0].startswith("listening on ")
    assert "HTTP/1.1 204 No Content" in said
    assert "curl:" not in shell.stderr
