"""The faults of the simulated servers: reading a faults file and saying what is wrong with it.

A faults file is a JSON list of rules. For each request the first rule that matches and acts wins. A rule is
an object; only `fault` must be there, and a key that the kind of fault has no use for is ignored:

- `server`: an address such as "127.0.0.5" (a port behind it is ignored), or "*", the default: every server.
- `method`: an HTTP method, or "*", the default: any.
- `path`: a glob over the path, without the query; "*" also covers "/". Default: any.
- `from`, `count`: of the requests to one server that match `server`, `method` and `path`, the rule acts on
  the `from`-th (default: the first) and the `count - 1` after it (default: all). They are counted for each
  server apart, from the moment that the file was read; what an earlier rule has taken is not counted.
- `share`: the share, 0 to 1, of the servers at which a rule for "*" acts at all (default: 1, all). It is a
  share of servers and not of requests: "one server in ten is bad". The seed and the number of the rule choose
  them; how many they are is exact, rounded, and at least one unless the share is 0.
- `fault`: what happens, one of
  - `slow`: the request takes effect when it comes; its answer leaves after `seconds` (default 30).
  - `hang`: no effect and no answer; the connection stays open until the client leaves, or for `seconds`.
  - `reset`: no effect and no answer; the connection is reset when the request has come.
  - `drop`: the request takes effect; half way through the answer the connection is closed. An answer with a
    body breaks off in the body, one without in its first line.
  - `status`: no effect; the answer has the HTTP `status` (default 503), and `Retry-After: retry_after` if
    given.
  - `accepted`: acts on resets that would be accepted and on nothing else: the answer is 202, with a monitor
    of the server's own as its Location and `Retry-After: retry_after` if given. After `seconds` (default: the
    time of a transition) the task ends as `task` says:
    - `ok` (default): the power changes meanwhile; then the monitor answers 204.
    - `fail`: the power does not change; then the monitor answers 400 with an error.
    - `never`: the power does not change, and the monitor answers 202 for ever.
    - `gone`: the power changes meanwhile; then task and monitor answer 404.
    DELETE of the monitor or of the task answers 204, after which both answer 404. A change of power that
    has begun goes on.
  - `bad_json`: the request takes effect; the answer is 200 with JSON that breaks off half way.
  - `away`: acts on resets that would be accepted and on nothing else: after the answer the server is away
    until `seconds` (default 30) after accepting: open connections to it are closed, new ones are closed at
    once.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from fleet.simulator.addresses import is_loopback
from fleet.simulator.errors import SimulatorError
from fleet.simulator.server_tasks import TaskFate

ANY = "*"


class FaultKind(StrEnum):
    """What can go wrong at a server."""

    SLOW = "slow"
    HANG = "hang"
    RESET = "reset"
    DROP = "drop"
    STATUS = "status"
    ACCEPTED = "accepted"
    BAD_JSON = "bad_json"
    AWAY = "away"


ONLY_RESETS = frozenset((FaultKind.ACCEPTED, FaultKind.AWAY))
"""The kinds that act on accepted resets and on nothing else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultRule:
    """One rule, as its file says it; `None` is what the file does not say."""

    fault: FaultKind
    server: str = ANY
    method: str = ANY
    path: str = ANY
    first: int = 1
    count: int | None = None
    share: float = 1.0
    status: int = 503
    retry_after: int | None = None
    seconds: float | None = None
    task: TaskFate = TaskFate.OK


def read_faults(path: Path | None) -> tuple[FaultRule, ...]:
    """The rules in this file, in their order; without a file there are none.

    Raises:
        SimulatorError: the file cannot be read, or says something that makes no sense; the sentence names the
            rule by its number, counted from 1, and the key.
    """
    if path is None:
        return ()
    try:
        rules = orjson.loads(path.read_bytes())
    except OSError as error:
        raise SimulatorError(f"The faults file {path} cannot be read: {error.strerror}.") from error
    except orjson.JSONDecodeError as error:
        raise SimulatorError(f"The faults file {path} is not JSON: {error}.") from error
    try:
        return parse_faults(rules)
    except SimulatorError as error:
        raise SimulatorError(f"The faults file {path} cannot be used: {error}") from error


def parse_faults(rules: object) -> tuple[FaultRule, ...]:
    """The rules in this JSON value, in their order.

    Raises:
        SimulatorError: as `read_faults`.
    """
    if not isinstance(rules, list):
        raise SimulatorError("it must be a list of rules.")
    return tuple(_parse_rule(number, rule) for number, rule in enumerate(rules, start=1))


def _parse_rule(number: int, rule: object) -> FaultRule:
    if not isinstance(rule, dict):
        raise SimulatorError(f"rule {number} must be an object.")
    if rule.get("fault") is None:
        raise SimulatorError(f"rule {number} has no `fault`: it must say {_one_of(FaultKind)}.")
    known: dict[str, Any] = {}
    for key, value in rule.items():
        if key not in _KEYS:
            raise SimulatorError(f"rule {number} has the unknown key `{key}`: known are {', '.join(_KEYS)}.")
        if value is None:
            continue
        name, check, wanted = _KEYS[key]
        try:
            known[name] = check(value)
        except ValueError:
            raise SimulatorError(f"rule {number}: `{key}` is {value!r}, but must be {wanted}.") from None
    parsed = FaultRule(**known)
    if parsed.fault in ONLY_RESETS and parsed.method not in (ANY, "POST"):
        raise SimulatorError(
            f"rule {number}: `method` is {parsed.method!r}, but `{parsed.fault}` acts on resets: POST."
        )
    return parsed


def _server(value: object) -> str:
    if value == ANY:
        return ANY
    address = _text(value).partition(":")[0]
    try:
        loopback = address.count(".") == 3 and is_loopback(address)
    except OSError:
        loopback = False
    if not loopback:
        raise ValueError
    return address


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError
    return value


def _method(value: object) -> str:
    return _text(value).upper()


def _whole(least: int, most: float = math.inf) -> Callable[[object], int]:
    def check(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError
        return value

    return check


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise ValueError
    return float(value)


def _share(value: object) -> float:
    share = _number(value)
    if share > 1:
        raise ValueError
    return share


def _one_of(words: Iterable[str]) -> str:
    return "one of " + ", ".join(words)


_KEYS: dict[str, tuple[str, Callable[[Any], object], str]] = {
    "server": ("server", _server, 'an address in 127.0.0.0/8, or "*"'),
    "method": ("method", _method, 'an HTTP method, or "*"'),
    "path": ("path", _text, "a glob over the path"),
    "from": ("first", _whole(1), "a whole number from 1"),
    "count": ("count", _whole(0), "a whole number from 0"),
    "share": ("share", _share, "a number from 0 to 1"),
    "fault": ("fault", FaultKind, _one_of(FaultKind)),
    "status": ("status", _whole(200, 599), "an HTTP status from 200 to 599"),
    "retry_after": ("retry_after", _whole(0), "a whole number of seconds from 0"),
    "seconds": ("seconds", _number, "a number of seconds from 0"),
    "task": ("task", TaskFate, _one_of(TaskFate)),
}
