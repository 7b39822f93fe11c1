"""The command line as a process: what it prints, what it refuses, and how it ends."""

import asyncio
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.sqlite import open_store
from tests.interop.plain import Plain, plain_client
from tests.service import ROOT, Process, Service

pytestmark = pytest.mark.timeout(120)


def run(*arguments: str, given: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """One command to its end, with nothing of ours in the environment but what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASKMON_")}
    return subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *arguments],
        input=given or "",
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with Service(tmp_path) as running:
        yield running


def login_works(service: Service, name: str, password: str) -> bool:
    with plain_client(service) as client:
        body = {"UserName": name, "Password": password}
        return client.post("/redfish/v1/SessionService/Sessions", body).status_code == 201


# --- serve


def test_it_says_where_it_listens_and_ends_cleanly(tmp_path: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with Service(tmp_path) as service:
            assert re.fullmatch(r"https://127\.0\.0\.1:\d+", service.url)
            process = service._running
            service.send(number)
            assert process.wait(20) == 0


def test_the_first_start_prints_a_random_password_once(tmp_path: Path) -> None:
    class Unpassworded(Service):
        def environment(self) -> dict[str, str]:
            return {}

        said: list[str]

        def next_line(self, within: float = 10) -> str:
            line = super().next_line(within)
            self.said = [*getattr(self, "said", []), line]
            return line

    with Unpassworded(tmp_path) as service:
        (told,) = [line for line in service.said if "password" in line]
        found = re.search(r"password is (\S+)", told)
        assert found
        assert login_works(service, "admin", found[1])
        assert found[1] not in service.log
    with Unpassworded(tmp_path) as service:
        assert not [line for line in service.said if "password" in line]
        assert login_works(service, "admin", found[1])


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--port", "99999"], {}),
        (["--port", "abc"], {}),
        (["--nonsense"], {}),
        (["--data"], {}),
        (["--log-level", "loud"], {}),
        (["--config", "/nowhere/taskmon.toml"], {}),
        ([], {"TASKMON_WEB__PROT": "1"}),
        ([], {"TASKMON_FLEET__CA_FILE": str(ROOT / "README.md")}),
        ([], {"TASKMON_ADMIN_PASSWORD": "short"}),
        ([], {"TASKMON_WEB__TLS": "false", "TASKMON_WEB__HOST": "0.0.0.0"}),  # noqa: S104
    ],
)
def test_a_bad_flag_or_setting_is_exit_2_and_a_sentence(
    tmp_path: Path, arguments: list[str], environment: dict[str, str]
) -> None:
    ended = run("serve", "--data", str(tmp_path / "data"), *arguments, **environment)
    assert ended.returncode == 2
    assert ended.stdout == ""
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith("taskmon: ")
    assert not (tmp_path / "data").exists(), "nothing is begun"


def test_a_log_file_that_cannot_be_written_is_a_mistake_in_its_setting(tmp_path: Path) -> None:
    ended = run("serve", "--data", str(tmp_path / "data"), TASKMON_LOG__FILE=str(tmp_path))
    assert ended.returncode == 2
    (sentence,) = ended.stderr.splitlines()
    assert sentence.startswith("taskmon: log.file: ")


def test_every_mistake_of_a_settings_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "taskmon.toml"
    file.write_text('[web]\nprot = 1\nport = "x"\n[reset]\nsettle = 0\n')
    ended = run("serve", "--config", str(file), "--data", str(tmp_path / "data"))
    assert ended.returncode == 2
    assert {line.split(":")[1].strip() for line in ended.stderr.splitlines()} == {
        "web.prot",
        "web.port",
        "reset.settle",
    }


def test_a_taken_port_is_exit_1_and_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(
            "serve", "--data", str(tmp_path), "--port", str(port), TASKMON_ADMIN_PASSWORD="secret word 1"
        )
    assert ended.returncode == 1
    (sentence,) = [line for line in ended.stderr.splitlines() if line.startswith("taskmon:")]
    assert str(port) in sentence
    assert "Traceback" not in ended.stderr


def test_a_second_service_on_the_same_folder_is_refused(service: Service) -> None:
    ended = run("serve", "--data", str(service.data), "--port", "0")
    assert ended.returncode == 1
    assert str(service.data) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert login_works(service, service.user, service.password)


def test_plain_http_on_loopback(tmp_path: Path) -> None:
    with Service(tmp_path, {"web.tls": "false"}) as service:
        assert service.url.startswith("http://127.0.0.1:")
        with plain_client(service) as client:
            assert client.read("/redfish/v1/")["Id"]


def test_sigusr1_logs_what_the_actors_do(service: Service) -> None:
    service.send(signal.SIGUSR1)
    with plain_client(service) as client:
        while "TaskRegistry" not in service.log:
            client.get("/redfish")
    assert "what the actors are doing" in service.log


def test_help_and_version_are_no_mistakes() -> None:
    for arguments in (["--help"], ["serve", "--help"], ["account", "add", "--help"], ["--version"]):
        ended = run(*arguments)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert "taskmon" in ended.stdout
    assert run().returncode == 2


# --- account add


def test_an_account_added_beside_a_running_service_works_at_once(service: Service) -> None:
    assert not login_works(service, "operator", "a long enough word")
    ended = run("account", "add", "operator", "--role", "Operator", "--data", str(service.data),
                TASKMON_PASSWORD="a long enough word")  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert login_works(service, "operator", "a long enough word")
    client = Plain(service.url, service.certificate, "operator", "a long enough word")
    try:
        assert client.read("/redfish/v1/TaskService/Tasks")["Members"] == []
    finally:
        client.close()


def test_a_folder_that_was_mistyped_is_not_made(tmp_path: Path) -> None:
    typo = tmp_path / "tyop"
    ended = run("account", "add", "operator", "--role", "Operator", "--data", str(typo),
                TASKMON_PASSWORD="a long enough word")  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    assert str(typo) in ended.stderr
    assert "--data" in ended.stderr
    assert not typo.exists()


def test_a_role_that_somebody_made_can_be_given(service: Service) -> None:
    with plain_client(service) as client:
        made = {"RoleId": "Auditor", "AssignedPrivileges": ["Login", "ConfigureSelf"]}
        assert client.post("/redfish/v1/AccountService/Roles", made).status_code == 201
    ended = run("account", "add", "paula", "--role", "Auditor", "--data", str(service.data),
                TASKMON_PASSWORD="a long enough word")  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert login_works(service, "paula", "a long enough word")


def test_an_administrator_that_was_deleted_does_not_come_back(tmp_path: Path) -> None:
    accounts = "/redfish/v1/AccountService/Accounts"
    with Service(tmp_path) as service:
        run("account", "add", "ada", "--role", "Administrator", "--data", str(service.data),
            TASKMON_PASSWORD="a long enough word")  # fmt: skip
        with plain_client(service) as client:
            (own,) = [
                member["@odata.id"]
                for member in client.read(accounts)["Members"]
                if client.read(member["@odata.id"])["UserName"] == service.user
            ]
            assert client.delete(own).status_code == 204
        assert not login_works(service, service.user, service.password)
    with Service(tmp_path) as service:
        assert login_works(service, "ada", "a long enough word")
        assert not login_works(service, service.user, service.password)


def test_the_password_may_come_by_standard_input(service: Service) -> None:
    ended = run("account", "add", "piped", "--role", "ReadOnly", "--data", str(service.data),
                given="first line is it\nsecond\n")  # fmt: skip
    assert ended.returncode == 0
    assert login_works(service, "piped", "first line is it")


async def make_store(folder: Path) -> None:
    """A data folder like that of a service which was started once."""
    await (await open_store(folder)).close()


@pytest.mark.parametrize(("second", "code"), [("typed in twice", 0), ("typed otherwise", 1)])
def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(
    tmp_path: Path, second: str, code: int
) -> None:
    asyncio.run(make_store(tmp_path))
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.pop("TASKMON_PASSWORD", None)
        command = [sys.executable, str(ROOT / "run.py"), "account", "add", "typist", "--role", "ReadOnly"]
        os.execv(sys.executable, [*command, "--data", str(tmp_path)])  # noqa: S606
    said = b""
    with open(terminal, "r+b", buffering=0) as screen:  # noqa: PTH123
        for prompt, answer in ((b"Password for typist: ", "typed in twice"), (b"Once more: ", second)):
            while not said.endswith(prompt):
                said += screen.read(1024)
            screen.write(f"{answer}\n".encode())
        try:
            while more := screen.read(1024):
                said += more
        except OSError:  # how a terminal tells that nobody is left at its other end
            pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code
    assert b"typed" not in said


@pytest.mark.parametrize(
    ("arguments", "password", "code"),
    [
        (["admin", "--role", "ReadOnly"], "a long enough word", 1),
        (["new", "--role", "Emperor"], "a long enough word", 2),
        (["new"], "a long enough word", 2),
        (["new", "--role", "ReadOnly"], "short", 1),
        (["a:b", "--role", "ReadOnly"], "a long enough word", 1),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_a_sentence(
    service: Service, arguments: list[str], password: str, code: int
) -> None:
    ended = run("account", "add", *arguments, "--data", str(service.data), TASKMON_PASSWORD=password)
    assert ended.returncode == code
    assert ended.stderr.strip()
    assert "Traceback" not in ended.stderr
    assert password not in ended.stderr


# --- simulate


@pytest.mark.parametrize(
    "arguments", [["--servers", "-1"], ["--transition", "soon"], ["--port", "70000"], ["--nonsense"]]
)
def test_simulate_refuses_what_makes_no_sense(arguments: list[str]) -> None:
    ended = run("simulate", *arguments)
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def test_a_service_that_is_killed_starts_again(tmp_path: Path) -> None:
    with Service(tmp_path) as service:
        service.kill()
    with Service(tmp_path) as service:
        assert isinstance(service, Process)
        assert login_works(service, service.user, service.password)
