"""`login` and `logout`: what is kept, what is said when it does not work, and the end of a session."""

import fcntl
import json
import signal
import socket
import stat
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from cli.client.kept import default_file
from cli.commands.login import is_this_machine
from tests.cli.launcher import ROOT
from tests.cli.person import Person
from tests.cli.scripted_http import ScriptedHttp
from tests.cli.terminal import as_read
from tests.interop.plain import SESSIONS, Plain
from tests.service import PASSWORD, Service

pytestmark = pytest.mark.timeout(180)


def sentence(err: str) -> str:
    """The one line that was said."""
    assert err.startswith("taskmon: "), err
    assert err.count("\n") == 1, err
    assert "Traceback" not in err
    return err.removeprefix("taskmon: ").rstrip("\n")


def test_the_session_is_kept_for_its_owner_alone_and_the_password_is_not(
    somebody: Person, service: Service, plain: Plain
) -> None:
    before = set(plain.members(SESSIONS))
    shown = somebody.well(
        "login", service.url, "--user", "admin", "--ca", str(service.certificate), "--json",
        given=f"{PASSWORD}\n",
    ).json()  # fmt: skip
    (opened,) = set(plain.members(SESSIONS)) - before
    assert shown == {"Url": service.url, "User": "admin", "Session": opened}
    assert stat.S_IMODE(somebody.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(somebody.file.parent.stat().st_mode) == 0o700
    assert PASSWORD not in "".join(path.read_text() for path in somebody.file.parent.iterdir())
    (kept,) = somebody.kept
    assert kept["token"]
    assert somebody.well("tasks", "--limit", "1").out

    assert somebody.well("logout").out == ""
    assert opened not in plain.members(SESSIONS)
    assert somebody.kept == []
    gone = somebody.run("tasks")
    assert (gone.code, sentence(gone.err)) == (1, "You are not logged in: begin with `taskmon login URL`.")


def test_another_login_ends_the_session_before_it(somebody: Person, service: Service, plain: Plain) -> None:
    somebody.log_in(service)
    first = somebody.kept[0]["session"]
    somebody.log_in(service)
    sessions = plain.members(SESSIONS)
    assert first not in sessions
    assert somebody.kept[0]["session"] in sessions


def test_a_session_that_was_ended_is_told_in_a_sentence(
    somebody: Person, service: Service, plain: Plain
) -> None:
    somebody.log_in(service)
    assert plain.delete(somebody.kept[0]["session"]).status_code == 204
    ended = somebody.run("tasks")
    expected = f"The session at {service.url} has ended: log in again with `taskmon login {service.url}`."
    assert (ended.code, ended.out, sentence(ended.err)) == (1, "", expected)
    somebody.well("logout")  # what is over already is no reason to complain


def test_a_refused_login_is_told_in_the_services_own_words(somebody: Person, service: Service) -> None:
    args = ("login", service.url, "--user", "nobody", "--ca", str(service.certificate))
    refused = somebody.run(*args, TASKMON_PASSWORD="wrong")
    told = sentence(refused.err)
    assert refused.code == 1
    assert told.startswith(f"{service.url} refused the login of nobody: ")
    assert told.endswith("The user name or the password is wrong."), "and not how a program logs in"
    assert not somebody.file.exists()


def test_a_certificate_that_is_not_trusted_shows_its_fingerprint_and_the_ways_on(
    somebody: Person, service: Service
) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    shown = x509.load_pem_x509_certificate(service.certificate.read_bytes()).fingerprint(SHA256())
    args = ("login", service.url, "--user", "admin")
    refused = somebody.run(*args, TASKMON_PASSWORD=PASSWORD)
    told = sentence(refused.err)
    assert refused.code == 1
    assert shown.hex(":").upper() in told
    assert "--ca FILE" in told
    assert "--insecure" in told

    trusted = somebody.run(*args, "--insecure", TASKMON_PASSWORD=PASSWORD)
    assert trusted.code == 0
    assert sentence(trusted.err) == f"The certificate of {service.url} is not checked."
    assert somebody.run("tasks", "--limit", "1").err == ""


def test_what_answers_not_or_is_no_redfish_service_is_one_sentence(somebody: Person) -> None:
    with socket.socket() as bound:  # bound and not listening: nobody else gets the port meanwhile
        bound.bind(("127.0.0.1", 0))
        url = f"https://127.0.0.1:{bound.getsockname()[1]}"
        dead = somebody.run("login", url, "--user", "x", TASKMON_PASSWORD="x")
    assert (dead.code, sentence(dead.err)) == (
        1,
        f"{url} cannot be reached: connection refused. Does the service run?",
    )

    unknown = somebody.run("login", "https://host.invalid", "--user", "x", TASKMON_PASSWORD="x")
    assert (unknown.code, sentence(unknown.err)) == (
        1,
        "There is no address for host.invalid: is https://host.invalid right?",
    )

    with ScriptedHttp({"/redfish/v1/": (200, "text/html", "<html>hello</html>")}) as web:
        other = somebody.run("login", web.url, "--user", "x", TASKMON_PASSWORD="x")
        lost = somebody.run("login", f"{web.url}/elsewhere", "--user", "x", TASKMON_PASSWORD="x")
    assert (other.code, sentence(other.err)) == (
        1,
        f"{web.url} is no Redfish service: /redfish/v1/ is no service root.",
    )
    assert (lost.code, sentence(lost.err)) == (
        1,
        f"{web.url}/elsewhere is no Redfish service: /redfish/v1/ answered 404.",
    )
    assert not somebody.file.exists()


@pytest.mark.parametrize("url", ["ftp://host", "https://[", "https://host:99999", "https://", "host:port"])
def test_a_mistyped_url_is_a_mistake_of_usage(somebody: Person, url: str) -> None:
    mistyped = somebody.run("login", url, "--user", "x", TASKMON_PASSWORD="x")
    assert (mistyped.code, sentence(mistyped.err)) == (
        2,
        f"{url} is no URL of a service: give one such as https://host:8443.",
    )


def test_without_a_user_or_a_password_nothing_is_asked(somebody: Person, service: Service) -> None:
    args = ("login", service.url, "--ca", str(service.certificate))
    nobody = somebody.run(*args, TASKMON_PASSWORD="x")
    assert nobody.code == 2
    assert "--user" in sentence(nobody.err)
    nothing = somebody.run(*args, "--user", "admin")
    assert nothing.code == 1
    assert "TASKMON_PASSWORD" in sentence(nothing.err)


def test_a_terminal_is_asked_and_shows_no_password(somebody: Person, service: Service) -> None:
    with somebody.terminal("login", service.url, "--ca", str(service.certificate), columns=200) as terminal:
        terminal.read_until("User: ", 60)
        terminal.press(b"admin\n")
        terminal.read_until("Password of admin", 60)
        terminal.press(f"{PASSWORD}\n".encode())
        assert terminal.end(60) == 0
    assert PASSWORD not in terminal.written
    assert "Logged in at" in terminal.written
    somebody.well("logout")


def test_ctrl_c_at_the_password_ends_it(somebody: Person, service: Service) -> None:
    args = ("login", service.url, "--ca", str(service.certificate), "--user", "admin")
    with somebody.terminal(*args) as terminal:
        terminal.read_until("Password of admin", 60)
        terminal.press(b"\x03")
        assert terminal.end(60) == 130
    assert "Traceback" not in terminal.written


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_password_ends_it_and_the_terminal_shows_again_what_is_typed(
    somebody: Person, service: Service, number: signal.Signals
) -> None:
    args = ("login", service.url, "--ca", str(service.certificate), "--user", "admin")
    with somebody.terminal(*args) as terminal:
        terminal.read_until(f"Password of admin at {service.url}: ", 60)
        assert not terminal.echoes()
        terminal.process.send_signal(number)
        assert terminal.end(60) == 128 + number
        assert terminal.echoes()
    assert terminal.written == f"Password of admin at {service.url}: \r\n"
    assert not somebody.file.exists()


@pytest.mark.parametrize(("key", "code"), [(b"\x03", 130), (b"\x04", 2)], ids=["Ctrl-C", "Ctrl-D"])
def test_a_user_who_is_not_named_ends_it(somebody: Person, service: Service, key: bytes, code: int) -> None:
    with somebody.terminal("login", service.url, "--ca", str(service.certificate)) as terminal:
        terminal.read_until("User: ", 60)
        terminal.press(b"\n")
        terminal.read_until("User: \r\nUser: ", 60)
        terminal.press(key)
        assert terminal.end(60) == code
    *_, last = (line for line in as_read(terminal.written, 100, 24) if line)
    assert last == (
        "User: ^C" if code == 130 else "taskmon: Say who logs in with --user, or set TASKMON_USER."
    )


def test_ctrl_d_at_the_password_is_told_in_a_sentence(somebody: Person, service: Service) -> None:
    args = ("login", service.url, "--ca", str(service.certificate), "--user", "admin")
    with somebody.terminal(*args) as terminal:
        terminal.read_until("Password of admin", 60)
        terminal.press(b"\x04")
        assert terminal.end(60) == 1
        assert terminal.echoes()
    _, _, told = terminal.written.partition(": \r\n")
    assert told == "taskmon: No password was given: type it, or set TASKMON_PASSWORD.\r\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_while_a_pipe_gives_no_password(
    somebody: Person, service: Service, number: signal.Signals
) -> None:
    args = ("login", service.url, "--ca", str(service.certificate), "--user", "admin")
    with subprocess.Popen(
        [sys.executable, str(ROOT / "run.py"), *args],
        env=somebody.environment(),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as waiting:
        assert waiting.stdin is not None
        assert waiting.stderr is not None
        waiting.stdin.write(b"half a password")
        waiting.stdin.flush()
        until_taken(waiting.stdin.fileno())
        waiting.send_signal(number)
        try:
            assert waiting.wait(60) == 128 + number
        finally:
            waiting.kill()
        assert waiting.stderr.read() == b""


def until_taken(pipe: int) -> None:
    """Wait until the reader has all that was written to this pipe."""
    deadline = time.monotonic() + 60
    left = struct.pack("i", 1)
    while left != struct.pack("i", 0):
        assert time.monotonic() < deadline, "nobody reads it"
        time.sleep(0.02)
        left = fcntl.ioctl(pipe, termios.FIONREAD, left)


def test_a_file_that_others_can_read_or_that_is_damaged_is_not_used(
    somebody: Person, service: Service, tmp_path: Path
) -> None:
    somebody.log_in(service)
    somebody.file.chmod(0o644)
    open_to_all = somebody.run("tasks")
    assert open_to_all.code == 1
    assert "chmod 600" in sentence(open_to_all.err)
    somebody.file.write_text("{")
    somebody.file.chmod(0o600)
    damaged = somebody.run("tasks")
    assert (damaged.code, sentence(damaged.err)) == (
        1,
        f"{somebody.file} is damaged: remove it, and log in again.",
    )


def test_of_several_services_the_last_is_asked_or_the_one_that_is_named(
    somebody: Person, service: Service
) -> None:
    root = json.dumps(
        {"RedfishVersion": "1.6.0", "@odata.id": "/redfish/v1/", "Links": {"Sessions": {"@odata.id": "/s"}}}
    )
    scripted = {
        "/redfish/v1/": (200, "application/json", root),
        "/s": (201, "application/json", "{}"),
    }
    with ScriptedHttp(scripted, headers={"X-Auth-Token": "t", "Location": "/s/1"}) as other:
        somebody.log_in(service)
        somebody.well("login", other.url, "--user", "x", TASKMON_PASSWORD="x")
        lacking = somebody.run("tasks")
        assert (lacking.code, sentence(lacking.err)) == (1, f"{other.url} has no task service.")
        assert somebody.well("tasks", "--limit", "1", "--service", service.url).out
        assert somebody.well("tasks", "--limit", "1", TASKMON_SERVICE=service.url).out
        unknown = somebody.run("tasks", "--service", "https://elsewhere")
        assert "https://elsewhere" in sentence(unknown.err)
        somebody.well("logout", "--service", service.url)
        assert [kept["url"] for kept in somebody.kept] == [other.url]
        asked = [request for request in other.requests if request.path == "/redfish/v1/"]
        assert "x-auth-token" not in asked[0].headers
        assert asked[-1].headers["x-auth-token"] == "t"


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("http://127.0.0.9:1", True),
        ("http://[::1]", True),
        ("http://localhost:80", True),
        ("http://10.0.0.1", False),
        ("http://localhost.example", False),
    ],
)
def test_what_leaves_the_machine_unencrypted_is_known(url: str, stays: bool) -> None:
    assert is_this_machine(url) is stays


def test_sessions_are_kept_where_the_standard_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_STATE_HOME", "relative/is/ignored")
    assert str(default_file()) == "/home/somebody/.local/state/taskmon/sessions.json"
    monkeypatch.setenv("XDG_STATE_HOME", "/elsewhere")
    assert str(default_file()) == "/elsewhere/taskmon/sessions.json"
