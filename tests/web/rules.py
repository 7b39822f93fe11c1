"""Who may do what, stated once more and by hand: what the tests hold the service's own table against.

One of the privileges named is enough. What belongs to somebody (a task, a session, an account) is for
others only with one of the privileges of `others` besides. Nothing here is read from the code.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Privileges = frozenset[str]

LOGIN = frozenset({"Login"})
MANAGER = frozenset({"ConfigureManager"})
USERS = frozenset({"ConfigureUsers"})
COMPONENTS = frozenset({"ConfigureComponents"})
SELF = frozenset({"ConfigureSelf"})
EITHER = MANAGER | COMPONENTS

ROLES: Mapping[str, Privileges] = {
    "Administrator": LOGIN | MANAGER | USERS | COMPONENTS | SELF,
    "Operator": LOGIN | COMPONENTS | SELF,
    "ReadOnly": LOGIN | SELF,
    # roles that somebody made, each with one thing that no predefined role has by itself
    "Watcher": LOGIN | USERS,
    "Caretaker": LOGIN | MANAGER,
    "Guest": LOGIN,
}
CUSTOM = ("Watcher", "Caretaker", "Guest")


@dataclass(frozen=True)
class Rule:
    """A method of a route: the status for who may, what he needs (None: nothing, not even credentials)."""

    status: int
    needs: Privileges | None
    others: Privileges | None = None
    """None: it belongs to nobody."""


OPEN = {"GET": Rule(200, None)}
READ = {"GET": Rule(200, LOGIN)}
READ_OWN = {"GET": Rule(200, LOGIN, USERS)}
TASK = {**READ_OWN, "DELETE": Rule(204, EITHER, USERS)}
CANCEL = {"POST": Rule(204, EITHER, USERS)}
LOG_IN = {"POST": Rule(201, None)}
RESET = {"POST": Rule(202, EITHER)}
ELEMENTS = {"POST": Rule(200, EITHER)}

PAUSED = {"POST": Rule(204, MANAGER | SELF, USERS)}


def making(status: int, needs: Privileges) -> dict[str, Rule]:
    return {"POST": Rule(status, needs)}


def changed(needs: Privileges) -> dict[str, Rule]:
    return {**READ, "PATCH": Rule(200, needs)}


def _redfish(paths: Mapping[str, Mapping[str, Rule]]) -> dict[str, Mapping[str, Rule]]:
    return {f"/redfish/v1/{path}": rules for path, rules in paths.items()}


RULES: Mapping[str, Mapping[str, Rule]] = {
    "/healthz": OPEN,
    "/readyz": OPEN,
    "/metrics": OPEN,  # from loopback
    "/redfish": OPEN,
    "/taskmon/{id}": {"GET": Rule(202, LOGIN, USERS), "DELETE": Rule(204, EITHER, USERS)},
    **_redfish(
        {
            "": OPEN,
            "odata": OPEN,
            "$metadata": OPEN,
            "openapi.yaml": READ,
            "SchemaStore/en/{file}": READ,
            "JsonSchemas": READ,
            "JsonSchemas/{id}": READ,
            "Registries": READ,
            "Registries/{id}": READ,
            "Registries/{id}/{document}": READ,
            "TaskService": changed(MANAGER),
            "TaskService/Actions/TaskService.DeleteAllCompletedTasks": {"POST": Rule(204, EITHER)},
            "TaskService/Tasks": READ,
            "TaskService/Tasks/{id}": TASK,
            "TaskService/Tasks/{id}/Actions/Oem/Taskmon.Cancel": CANCEL,
            "TaskService/Tasks/{id}/Actions/Oem/Taskmon.Retry": {"POST": Rule(202, EITHER, USERS)},
            "TaskService/Tasks/{id}/SubTasks": READ_OWN,
            "TaskService/Tasks/{id}/SubTasks/{id}": TASK,
            "TaskService/Tasks/{id}/SubTasks/{id}/Actions/Oem/Taskmon.Cancel": CANCEL,
            "SessionService": changed(MANAGER),
            "SessionService/Sessions": {**READ, **LOG_IN},
            "SessionService/Sessions/Members": LOG_IN,
            "SessionService/Sessions/{id}": {**READ_OWN, "DELETE": Rule(204, MANAGER | SELF, MANAGER)},
            "AccountService": changed(USERS),
            "AccountService/PrivilegeMap": READ,
            "AccountService/Accounts": {**READ, **making(201, USERS)},
            "AccountService/Accounts/Members": making(201, USERS),
            "AccountService/Accounts/{id}": {
                "GET": Rule(200, MANAGER | USERS | SELF, MANAGER | USERS),
                "PATCH": Rule(200, USERS | SELF, USERS),  # of the password
                "DELETE": Rule(204, USERS),
            },
            "AccountService/Roles": {**READ, **making(201, MANAGER)},
            "AccountService/Roles/Members": making(201, MANAGER),
            "AccountService/Roles/{id}": {**changed(MANAGER), "DELETE": Rule(204, MANAGER)},
            "EventService": changed(MANAGER),
            "EventService/Actions/EventService.SubmitTestEvent": {"POST": Rule(204, MANAGER)},
            "EventService/SubmitTestEventActionInfo": READ,
            "EventService/SSE": {"GET": Rule(406, LOGIN)},  # as JSON; as a stream it has no end
            "EventService/Subscriptions": {**READ, **making(201, EITHER)},
            "EventService/Subscriptions/Members": making(201, EITHER),
            "EventService/Subscriptions/{id}": {
                **READ_OWN,
                "PATCH": Rule(200, MANAGER | SELF, USERS),
                "DELETE": Rule(204, MANAGER | SELF, USERS),
            },
            "EventService/Subscriptions/{id}/Actions/EventDestination.SuspendSubscription": PAUSED,
            "EventService/Subscriptions/{id}/Actions/EventDestination.ResumeSubscription": PAUSED,
            "AggregationService": READ,
            "AggregationService/Actions/AggregationService.Reset": RESET,
            "AggregationService/ConnectionMethods": READ,
            "AggregationService/ConnectionMethods/{id}": READ,
            "AggregationService/Aggregates": {**READ, **making(201, EITHER)},
            "AggregationService/Aggregates/Members": making(201, EITHER),
            "AggregationService/Aggregates/{id}": {**READ, "DELETE": Rule(204, EITHER)},
            "AggregationService/Aggregates/{id}/Actions/Aggregate.Reset": RESET,
            "AggregationService/Aggregates/{id}/Actions/Aggregate.AddElements": ELEMENTS,
            "AggregationService/Aggregates/{id}/Actions/Aggregate.RemoveElements": ELEMENTS,
            "AggregationService/AggregationSources": {**READ, **making(202, MANAGER)},
            "AggregationService/AggregationSources/Members": making(202, MANAGER),
            "AggregationService/AggregationSources/{id}": {**changed(MANAGER), "DELETE": Rule(202, MANAGER)},
            "Systems": READ,
            "Systems/{id}": READ,
            "Systems/{id}/Actions/ComputerSystem.Reset": {"POST": Rule(202, COMPONENTS)},
        }
    ),
}


def rules_of(path: str) -> Mapping[str, Rule]:
    """What is stated of this route; AssertionError, with what to do, where nothing is."""
    assert path in RULES, f"tests/web/rules.py says nothing of {path}: state there who may do what with it"
    return RULES[path]


def expected_status(path: str, method: str, privileges: Privileges | None, *, owns: bool) -> int:
    """What this request is answered. `privileges` is None for who has no credentials that hold."""
    rules = rules_of(path)
    rule = rules.get("GET" if method == "HEAD" else method)
    is_open = all(one.needs is None for one in rules.values()) if rule is None else rule.needs is None
    if privileges is None and not is_open:
        return 401  # before all else: nobody learns without credentials what exists
    if rule is None:
        return 405
    if rule.needs is None or privileges is None:
        return rule.status
    if not rule.needs & privileges:
        return 403
    if rule.others is not None and not owns and not rule.others & privileges:
        return 403
    return rule.status


def allowed_methods(path: str) -> set[str]:
    """What Allow names."""
    rules = rules_of(path)
    return {*rules, "HEAD"} if "GET" in rules else set(rules)
