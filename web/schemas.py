"""The JSON Schemas of what the service sends."""

from functools import cache

import orjson

from web.errors import no_such_resource
from web.handler import JSON, RedfishHandler
from web.models import SCHEMAS
from web.schema import schema_of


@cache
def _schema_file(name: str) -> bytes:
    return orjson.dumps(schema_of(name), option=orjson.OPT_INDENT_2)


class SchemaHandler(RedfishHandler):
    async def get(self, file_name: str) -> None:
        name = file_name.removesuffix(".json")
        if name == file_name or name not in SCHEMAS:
            raise no_such_resource(self.request.path)
        self.send_text(_schema_file(name), JSON)
