"""The registries: the messages that the service emits, and the privileges that it asks for."""

from typing import Final

from actors import MESSAGE_REGISTRIES
from web.documents import documents_of
from web.errors import no_such_resource
from web.handler import RedfishHandler
from web.render.registries import message_registry, registry_collection, registry_file

_BY_PREFIX: Final = {registry.prefix: registry for registry in MESSAGE_REGISTRIES}


class RegistriesHandler(RedfishHandler):
    async def get(self) -> None:
        self.send(registry_collection(), "MessageRegistryFileCollection")


class RegistryFileHandler(RedfishHandler):
    async def get(self, prefix: str) -> None:
        registry = _BY_PREFIX.get(prefix)
        if registry is None:
            raise no_such_resource(self.request.path)
        self.send(registry_file(registry), "MessageRegistryFile")


class MessageRegistryHandler(RedfishHandler):
    async def get(self, prefix: str, document: str) -> None:
        registry = _BY_PREFIX.get(prefix)
        if registry is None or document != f"{prefix}.{registry.version}":
            raise no_such_resource(self.request.path)
        self.send(message_registry(registry), "MessageRegistry")


class PrivilegeMapHandler(RedfishHandler):
    """Which privileges each method takes, made from the table of routes."""

    async def get(self) -> None:
        self.send(documents_of(self).privilege_map, "PrivilegeRegistry")
