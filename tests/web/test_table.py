"""The table: every route, with everybody who may ask and every method, is answered as the rules say.

The client looks at each answer besides: its headers, its body against the schema that is published for it,
its status against the OpenAPI document, and an error against the one shape that all errors have.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.web.client import Answer, Client
from tests.web.populated import Populated, populated
from tests.web.rules import ROLES, RULES, allowed_methods, expected_status, rules_of
from web.route import Route
from web.routes import ROUTES

METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "BREW")
STREAM = "/redfish/v1/EventService/SSE"
SAYS = {401: "NoValidSession", 403: "InsufficientPrivilege", 405: "OperationNotAllowed"}
"""The message of each refusal that the table knows."""

of_one_service = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service() -> AsyncIterator[Populated]:
    async with populated() as found:
        yield found


def differences(path: str, method: str, who: str, answer: Answer, expected: int) -> list[str]:
    """What is not as it should be, as sentences; nothing, if all is."""
    what = f"{method} {path} by {who}"
    if answer.status != expected:
        return [f"{what}: {answer.status}, not {expected}"]
    found = []
    if expected == 405 and set(answer.headers["Allow"].split(", ")) != allowed_methods(path):
        found.append(f"{what}: Allow is {answer.headers['Allow']}")
    if expected in SAYS and answer.json is not None and answer.keys != [SAYS[expected]]:
        found.append(f"{what}: {answer.keys}, not {SAYS[expected]}")
    return found


async def asked(service: Populated, client: Client, method: str, uri: str, path: str) -> Answer:
    """The answer to this method of the route with that path, with a body that is right for it."""
    headers = {"Accept": "application/json"} if path == STREAM else {}
    return await client.ask(method, uri, await service.body_for(path, method), headers)


@of_one_service
@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_who_has_no_credentials_that_hold_gets_what_is_open(service: Populated, route: Route) -> None:
    owner = await service.person("Operator")
    path = await service.path_of(route.path, owner)
    found: list[str] = []
    for who, client in service.nobodies.items():
        for method in METHODS:
            answer = await asked(service, client, method, path, route.path)
            expected = expected_status(route.path, method, None, owns=False)
            found += differences(route.path, method, who, answer, expected)
    assert found == []


@of_one_service
@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_each_role_may_do_what_the_rules_say(service: Populated, route: Route) -> None:
    belongs = any(rule.others is not None for rule in rules_of(route.path).values())
    found: list[str] = []
    for role in ROLES:
        for owns in (True, False) if belongs else (False,):
            found += await as_role(service, route.path, role, owns=owns)
    assert found == []


async def as_role(service: Populated, path: str, role: str, *, owns: bool) -> list[str]:
    """Every method of this path, asked for by somebody of this role, of what is his or another Operator's."""
    rules, found = rules_of(path), []
    asker, owner = await service.person(role), await service.person("Operator", other=True)
    uri = await service.path_of(path, asker if owns else owner)
    for method in METHODS:
        expected = expected_status(path, method, ROLES[role], owns=owns)
        if method in rules and method != "GET" and expected < 400:
            # it will be gone or changed, and with an account or a session its owner too
            one = await service.new_person(role if owns else "Operator")
            asker, owner = (one, one) if owns else (asker, one)
            uri = await service.path_of(path, owner)
        client: Client = service.client(asker)
        answer = await asked(service, client, method, uri, path)
        found += differences(path, method, f"{role}, {'owner' if owns else 'another'}", answer, expected)
        if owns and method in rules and method != "GET" and expected < 400:
            asker = await service.person(role)
            uri = await service.path_of(path, asker)
    return found


def test_the_rules_are_about_the_routes_that_there_are() -> None:
    assert {route.path for route in ROUTES} == set(RULES), "state in tests/web/rules.py what has changed"
    for route in ROUTES:
        assert set(route.privileges) == set(rules_of(route.path)), f"other methods than stated: {route.path}"


def test_a_route_that_is_not_stated_fails_with_a_sentence() -> None:
    with pytest.raises(AssertionError, match=r"tests/web/rules\.py says nothing of /redfish/v1/New"):
        expected_status("/redfish/v1/New", "GET", None, owns=False)
