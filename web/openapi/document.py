"""The OpenAPI document: every route with its methods, what they take and what they answer.

What holds for all requests is said here once: credentials, headers, and the refusals that come before
any handler. All else comes from the table of routes, `operations`, the shapes and the models.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from web.answering import JSON
from web.handler import RedfishHandler
from web.methods import WITH_BODY
from web.openapi.bodies import schema_of_change, schema_of_shape
from web.openapi.headers import (
    OF_ALL_REQUESTS,
    REQUEST_HEADERS,
    header_components,
    headers_of_answer,
    headers_of_status,
)
from web.openapi.operation import NO_BODY, Operation
from web.openapi.operations import OPERATIONS
from web.openapi.paths import openapi_path, parameters_of
from web.openapi.query import QUERY_PARAMETERS
from web.openapi.schemas import component, component_schemas
from web.openapi.shaped import shaped, shaped_schemas
from web.route import OPEN, Route

VERSION: Final = "3.1.0"
ERROR: Final = "RedfishError"
NO_MEDIA: Final[Mapping[str, str]] = {}

ALWAYS: Final = (400, 412, 413, 431, 501, 503)
"""Refusals that any request may meet: a bad value, OData-Version, sizes, query, store."""
WITH_CREDENTIALS: Final = (401, 403, 429)
BELOW_AN_ID: Final = (404,)
READING: Final = (406,)
EXPANDING: Final = (507,)
OF_SOME: Final = (405, 422)
"""Refusals that single operations name themselves."""
CHANGING: Final = (403, 409)
"""A page from elsewhere, and what is in use or was changed at the same moment."""
READING_A_BODY: Final = (415,)
REFUSALS: Final = sorted(
    {
        *ALWAYS,
        *WITH_CREDENTIALS,
        *BELOW_AN_ID,
        *READING,
        *EXPANDING,
        *OF_SOME,
        *CHANGING,
        *READING_A_BODY,
    }
)

_SECURITY: Final = {
    "Basic": {"type": "http", "scheme": "basic", "description": "Name and password of an account."},
    "Session": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Auth-Token",
        "description": "The token that the answer to a login carries.",
    },
}


def openapi_document(routes: Sequence[Route]) -> dict[str, Any]:
    """The document for these routes.

    Raises:
        KeyError: a route names a handler or a method that `operations` does not describe.
    """
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(openapi_path(route.path), {}).update(_path_item(route))
    return {
        "openapi": VERSION,
        "info": {
            "title": "taskmon",
            "version": "1.0.0",
            "description": "A Redfish Task Service for fleets of servers. "
            "A trailing slash makes no difference to any path.",
        },
        "servers": [{"url": "/"}],
        "security": [{name: []} for name in _SECURITY],
        "paths": paths,
        "components": {
            "schemas": _schemas(routes),
            "headers": header_components(),
            "responses": {
                str(status): _response(status, ERROR, headers_of_status(status)) for status in REFUSALS
            },
            "securitySchemes": _SECURITY,
            "parameters": {
                name: {"name": name, "in": "header", "required": False, **about}
                for name, about in REQUEST_HEADERS.items()
            },
        },
    }


def _schemas(routes: Sequence[Route]) -> dict[str, Any]:
    components = component_schemas()
    with_query = {
        name
        for route in routes
        for method in route.privileges
        if (operation := operation_of(route.handler, method)).query and not operation.media
        for name in _names(operation.answers[200])
    }
    return {**components, **shaped_schemas(with_query, components)}


def operation_of(handler: type[RedfishHandler], method: str) -> Operation:
    """What this method of a handler does.

    Raises:
        KeyError: nobody has said so; the error tells where to.
    """
    described = OPERATIONS.get(handler, {})
    if method not in described:
        raise KeyError(f"Describe {method} of {handler.__name__} in web/openapi/operations.py.")
    return described[method]


def _path_item(route: Route) -> dict[str, Any]:
    path = openapi_path(route.path)
    item: dict[str, Any] = {}
    if names := parameters_of(path):
        item["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            for name in names
        ]
    for method in route.privileges:
        operation = operation_of(route.handler, method)
        item[method.lower()] = _described(route, method, operation)
        if method == "GET":
            item["head"] = _without_bodies(item["get"], _name(route, "HEAD"))
    return item


def _described(route: Route, method: str, operation: Operation) -> dict[str, Any]:
    needed = route.needs(method)
    described: dict[str, Any] = {
        "operationId": _name(route, method),
        "summary": operation.summary,
        "parameters": [
            *(
                {"$ref": f"#/components/parameters/{name}"}
                for name in (*OF_ALL_REQUESTS, *operation.headers, *_of_reads(method, operation))
            ),
            *(
                {"name": name, "in": "query", "required": False, **QUERY_PARAMETERS[name]}
                for name in operation.query
            ),
        ],
        "responses": _responses(route, method, operation),
    }
    if needed is OPEN:
        described["security"] = []
        described["description"] = "Needs no credentials."
    else:
        described["description"] = f"Needs {' or '.join(needed)}."
    if operation.body is not None:
        schema = schema_of_change(operation.body) if method == "PATCH" else schema_of_shape(operation.body)
        required = method == "PATCH" or bool(schema["required"])
        described["requestBody"] = {"required": required, "content": {"application/json": {"schema": schema}}}
    return described


def _responses(route: Route, method: str, operation: Operation) -> dict[str, Any]:
    responses: dict[int, dict[str, Any]] = {
        status: {"$ref": f"#/components/responses/{status}"} for status in _refusals(route, method, operation)
    }
    for status, schemas in operation.answers.items():
        responses[status] = _response(
            status,
            _shapes(status, schemas, operation),
            headers_of_answer(method, operation, status),
            operation.media,
        )
    if _of_reads(method, operation):
        responses[304] = _response(304, NO_BODY, headers_of_answer(method, operation, 304))
    return {str(status): responses[status] for status in sorted(responses)}


def _shapes(status: int, schemas: str | tuple[str, ...], operation: Operation) -> str | tuple[str, ...]:
    """What a body may be: also what a query makes of it; of a collection `only` makes its one member."""
    if status != 200 or not operation.query or operation.media:
        return schemas
    names = _names(schemas)
    members = [name.removesuffix("Collection") for name in names] if "only" in operation.query else []
    return (*names, *(shaped(name) for name in (*names, *members)))


def _names(schemas: str | tuple[str, ...]) -> tuple[str, ...]:
    return (schemas,) if isinstance(schemas, str) else schemas


def _of_reads(method: str, operation: Operation) -> tuple[str, ...]:
    """The headers of a read of a resource: it has a tag."""
    return ("If-None-Match",) if method == "GET" and operation.query and not operation.media else ()


def _refusals(route: Route, method: str, operation: Operation) -> set[int]:
    found = {*ALWAYS, *operation.refusals}
    if route.privileges[method] is not OPEN:
        found.update(WITH_CREDENTIALS)
    if parameters_of(route.path):
        found.update(BELOW_AN_ID)
    if method == "GET":
        found.update(READING)
    else:
        found.update(CHANGING)
    if "$expand" in operation.query:
        found.update((*EXPANDING, *WITH_CREDENTIALS))  # what is expanded may need more than the resource
    if method in WITH_BODY:
        found.update(READING_A_BODY)
    return found


def _response(
    status: int,
    schemas: str | tuple[str, ...],
    headers: Mapping[str, Any],
    media: Mapping[str, str] = NO_MEDIA,
) -> dict[str, Any]:
    response: dict[str, Any] = {"description": f"{HTTPStatus(status).phrase}.", "headers": headers}
    if media:
        response["content"] = {_plain(media_type): {} for media_type in media}
    elif schemas != NO_BODY:
        found = [component(name) for name in _names(schemas)]
        schema = found[0] if len(found) == 1 else {"anyOf": found}
        response["content"] = {_plain(JSON): {"schema": schema}}
    return response


def _without_bodies(described: Mapping[str, Any], name: str) -> dict[str, Any]:
    """HEAD: what GET answers, without the bodies."""
    responses = {
        status: {key: part for key, part in response.items() if key != "content"}
        for status, response in described["responses"].items()
    }
    return {**described, "operationId": name, "responses": responses}


def _name(route: Route, method: str) -> str:
    """A name for an operation, from its path: `GET_TaskService_Tasks_TaskId`."""
    steps = openapi_path(route.path).removeprefix("/redfish/v1").replace("{", "").replace("}", "")
    return "_".join([method, *(step.replace("$", "") for step in steps.split("/") if step)])


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0]
