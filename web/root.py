"""/redfish, the service root, the OData service document, the metadata document and the OpenAPI document."""

from web.answering import JSON, XML, YAML
from web.documents import documents_of
from web.handler import RedfishHandler
from web.render.metadata import METADATA_DOCUMENT
from web.render.services import VERSIONS_DOCUMENT, odata_document, service_root


class VersionsHandler(RedfishHandler):
    async def get(self) -> None:
        self.check_accept(JSON)
        self.send(VERSIONS_DOCUMENT)


class ServiceRootHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(service_root(self.services.uuid), "ServiceRoot")


class ODataHandler(RedfishHandler):
    async def get(self) -> None:
        self.check_accept(JSON)
        self.send(odata_document())


class MetadataHandler(RedfishHandler):
    async def get(self) -> None:
        self.send_text(METADATA_DOCUMENT, XML)


class OpenApiHandler(RedfishHandler):
    async def get(self) -> None:
        self.send_text(documents_of(self).openapi, YAML)
