"""The JSON Schemas of what the service sends, and the CSDL of what is its own in that."""

from functools import cache
from typing import Final

import orjson

from web.answering import JSON, XML
from web.errors import no_such_resource
from web.handler import RedfishHandler
from web.models import SCHEMAS
from web.render.oem import OEM_DOCUMENT
from web.render.registries import schema_collection, schema_file
from web.schema import schema_of
from web.uris import OEM_SCHEMA
from web.versions import ODATA_TYPE

OEM_FILE: Final = OEM_SCHEMA.rpartition("/")[2]
LISTED: Final = tuple(name for name in SCHEMAS if name in ODATA_TYPE)
"""The schemas of resources. A JsonSchemaFile names an `@odata.type`, and other bodies have none."""


@cache
def _schema_file(name: str) -> bytes:
    return orjson.dumps(schema_of(name), option=orjson.OPT_INDENT_2)


class SchemaHandler(RedfishHandler):
    async def get(self, file_name: str) -> None:
        if file_name == OEM_FILE:
            self.send_text(OEM_DOCUMENT, XML)
            return
        name = file_name.removesuffix(".json")
        if name == file_name or name not in SCHEMAS:
            raise no_such_resource(self.request.path)
        self.send_text(_schema_file(name), JSON)


class JsonSchemasHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(schema_collection(LISTED), "JsonSchemaFileCollection")


class JsonSchemaFileHandler(RedfishHandler):
    async def get(self, name: str) -> None:
        if name not in LISTED:
            raise no_such_resource(self.request.path)
        self.send(schema_file(name), "JsonSchemaFile")
