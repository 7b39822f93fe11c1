"""Message registries and where they are, and where the JSON Schemas are."""

import re
from collections.abc import Iterable
from typing import Final

from actors import MESSAGE_REGISTRIES, Template
from actors import MessageRegistry as Registry
from web.models import (
    Collection,
    FileLocation,
    JsonSchemaFile,
    MessageRegistry,
    MessageRegistryFile,
    RegistryMessage,
)
from web.render.common import collection, heading
from web.uris import (
    JSON_SCHEMAS,
    REGISTRIES,
    json_schema_uri,
    registry_file_uri,
    registry_uri,
    schema_uri,
)
from web.versions import ODATA_TYPE

LANGUAGE: Final = "en"
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]*")


def registry_collection() -> Collection:
    uris = (registry_file_uri(registry.prefix) for registry in MESSAGE_REGISTRIES)
    return collection("MessageRegistryFileCollection", REGISTRIES, uris)


def registry_file(registry: Registry) -> MessageRegistryFile:
    return {
        **heading("MessageRegistryFile", registry_file_uri(registry.prefix)),
        "Id": registry.prefix,
        "Name": f"{registry.name} File",
        "Languages": [LANGUAGE],
        "Registry": registry.short,
        "Location": _at(registry_uri(registry.prefix, registry.version)),
    }


def message_registry(registry: Registry) -> MessageRegistry:
    return {
        **heading("MessageRegistry", registry_uri(registry.prefix, registry.version)),
        "Id": f"{registry.prefix}.{registry.version}",
        "Name": registry.name,
        "Description": registry.description,
        "Language": LANGUAGE,
        "RegistryPrefix": registry.prefix,
        "RegistryVersion": registry.version,
        "OwningEntity": registry.owner,
        "Messages": {key: _message(template) for key, template in registry.messages.items()},
    }


def schema_collection(names: Iterable[str]) -> Collection:
    """The schemas with these names."""
    return collection("JsonSchemaFileCollection", JSON_SCHEMAS, map(json_schema_uri, names))


def schema_file(name: str) -> JsonSchemaFile:
    """Where the schema of this type of resource is."""
    return {
        **heading("JsonSchemaFile", json_schema_uri(name)),
        "Id": name,
        "Name": f"{name} Schema File",
        "Languages": [LANGUAGE],
        "Schema": ODATA_TYPE[name],
        "Location": _at(schema_uri(name)),
    }


def _at(uri: str) -> list[FileLocation]:
    return [{"Language": LANGUAGE, "Uri": uri}]


def _message(template: Template) -> RegistryMessage:
    places = [f"%{number}" for number in range(1, template.arguments + 1)]
    message: RegistryMessage = {
        "Description": _in_words(template.key),
        "Message": template.text.format(*places),
        "MessageSeverity": template.severity,
        "NumberOfArgs": template.arguments,
        "Resolution": template.resolution,
    }
    if places:
        message["ParamTypes"] = ["string"] * len(places)
    return message


def _in_words(key: str) -> str:
    """The key of a message as a phrase: `InvalidURI` is "Invalid URI."."""
    first, *others = _WORD.findall(key)
    return " ".join([first, *(word if word.isupper() else word.lower() for word in others)]) + "."
