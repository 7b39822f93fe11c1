"""What the service sends, checked against the schemas and the OpenAPI document that it publishes."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema

from web.openapi.document import openapi_document
from web.openapi.paths import openapi_path
from web.routes import ROUTES
from web.schema import schema_of
from web.versions import ODATA_TYPE

_BY_TYPE = {odata_type: name for name, odata_type in ODATA_TYPE.items()}


def schema_name_of(body: Mapping[str, Any]) -> str:
    """The name of the schema that describes this body: by its `@odata.type`, else by what it has.

    Raises:
        AssertionError: it is of a type that no schema is published for, or like no body that is known.
    """
    match body:
        case {"@odata.type": _, "TaskState": _, "NumberOfArgs": _}:
            return "TaskMonitor"
        case {"@odata.type": str() as odata_type}:
            assert odata_type in _BY_TYPE, f"no schema is published for {odata_type}"
            return _BY_TYPE[odata_type]
        case {"error": _}:
            return "RedfishError"
        case {"code": _, "message": _}:
            return "Success"
        case {"@Message.ExtendedInfo": _}:
            return "Accepted"
        case {"@odata.context": _, "value": _}:
            return "ODataDocument"
        case {"v1": _}:
            return "VersionsDocument"
        case {"status": _}:
            return "Watch"
        case _:
            raise AssertionError(f"there is no schema for such a body: {body}")


def validate(body: Mapping[str, Any]) -> None:
    """Fails unless the body is as its schema says, formats included."""
    satisfies(schema_name_of(body), body)


def satisfies(schema_name: str, body: Mapping[str, Any]) -> None:
    """The same, with the schema that has this name."""
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema_of(schema_name), format_checker=checker).validate(body)


def is_documented(method: str, path: str, status: int) -> None:
    """Fails unless the OpenAPI document has this status for this request; what is not served is 405."""
    for route in ROUTES:
        if re.fullmatch(route.pattern, path):
            described = _document()["paths"][openapi_path(route.path)]
            if method.lower() in described:
                known = described[method.lower()]["responses"]
                assert str(status) in known, (
                    f"{method} {route} was answered {status}, of which the OpenAPI document says nothing: "
                    "add it in web/openapi/operations.py, or in document.py if it can come of any request"
                )
            return


@cache
def _document() -> dict[str, Any]:
    return openapi_document(ROUTES)
