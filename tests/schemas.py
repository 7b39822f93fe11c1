"""What the service sends, checked against the schemas and the OpenAPI document that it publishes."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import jsonschema

from web.openapi.document import openapi_document
from web.openapi.paths import openapi_path
from web.routes import ROUTES
from web.schema import schema_of
from web.versions import ODATA_TYPE

_BY_TYPE = {odata_type: name for name, odata_type in ODATA_TYPE.items()}

_MESSAGE_ID = re.compile(r"(Base|TaskEvent|Taskmon)\.\d+\.\d+\.\w+")


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
    _validator(schema_name).validate(body)


def is_error(body: Mapping[str, Any]) -> None:
    """Fails unless the body is as all errors are: by the schema, and each message in full."""
    satisfies("RedfishError", body)
    assert set(body) == {"error"}
    for message in body["error"]["@Message.ExtendedInfo"]:
        assert _MESSAGE_ID.fullmatch(message["MessageId"])
        assert message["Message"]
        assert message["Resolution"]
        assert message["Severity"] == message["MessageSeverity"]


def satisfies_one_of(schemas: Sequence[Any], body: object) -> None:
    """The same, with any of these schemas of the OpenAPI document."""
    whole = {"anyOf": schemas, "components": _document()["components"]}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(whole, format_checker=checker).validate(body)


NOT_DESCRIBED = frozenset(
    {
        *("Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date", "Vary"),
        "X-Consumed-Content-Encoding",
        *("Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options"),
    }
)
"""Headers of HTTP itself, those by which browsers keep pages apart, and one that Tornado's client adds."""


def is_documented(
    method: str, path: str, status: int, headers: Mapping[str, str], *, query: str = "", body: object = None
) -> None:
    """Fails unless the OpenAPI document has this answer to this request: its status, headers and body.

    What is not served is 405, of which there is nothing to say.
    """
    for route in ROUTES:
        if re.fullmatch(route.pattern, path):
            described = _document()["paths"][openapi_path(route.path)]
            if method.lower() in described:
                asked = f"{method} {route}"
                known = described[method.lower()]["responses"]
                assert str(status) in known, (
                    f"{asked} was answered {status}, of which the OpenAPI document says nothing: "
                    "add it in web/openapi/operations.py, or in document.py if it can come of any request"
                )
                response = _at(known[str(status)])
                _has_headers(f"{asked} ({status})", response["headers"], headers)
                if method != "HEAD" and "Content-Type" in headers:
                    _has_body(asked, response["content"], headers["Content-Type"], query, body)
            return


def _has_body(asked: str, content: Mapping[str, Any], media: str, query: str, body: object) -> None:
    """What a query made is checked as a whole; another body is by its own schema, which has to be named."""
    plain = media.partition(";")[0]
    assert plain in content, f"{asked} was answered with {plain}, which the OpenAPI document does not promise"
    if "schema" not in content[plain]:
        return
    assert isinstance(body, Mapping)
    schema = content[plain]["schema"]
    if query:
        satisfies_one_of([schema], body)
    else:
        named = {one["$ref"].rpartition("/")[2] for one in schema.get("anyOf", [schema])}
        assert schema_name_of(body) in named, asked


def _has_headers(asked: str, described: Mapping[str, Any], sent: Mapping[str, str]) -> None:
    for name, header in described.items():
        about = _at(header)
        if name not in sent:
            assert not about.get("required"), f"{asked} has no {name}, which the OpenAPI document promises"
            continue
        value: object = sent[name]
        if about["schema"]["type"] == "integer":
            value = int(sent[name])
        jsonschema.Draft202012Validator(about["schema"]).validate(value)
    known = {name.lower() for name in (*described, *NOT_DESCRIBED)}
    for name in sent:
        assert name.lower() in known, (
            f"{asked} has the header {name}, of which the OpenAPI document says nothing: "
            "add it in web/openapi/headers.py"
        )


def _at(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """What this is, or refers to within the document."""
    found: Any = part
    if "$ref" in part:
        found = _document()
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
    return cast(Mapping[str, Any], found)


@cache
def _validator(schema_name: str) -> jsonschema.Draft202012Validator:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(schema_of(schema_name), format_checker=checker)


@cache
def _document() -> dict[str, Any]:
    return openapi_document(ROUTES)
