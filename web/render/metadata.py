"""The OData metadata document: where the schema of every type that is sent can be read.

It refers to DMTF's published files, which are what the types here come from, and to the one of our own.
Beside the types that are sent it names those that they refer to in turn, or a client that takes its
schemas from here would know neither `Id` nor `Status`.
"""

from collections.abc import Iterable
from typing import Final

from web.uris import OEM_SCHEMA
from web.versions import OEM_NAMESPACES, VERSIONS

_PUBLISHED: Final = "http://redfish.dmtf.org/schemas/v1"
_ROOT_CONTAINER: Final = f"ServiceRoot.{VERSIONS['ServiceRoot']}.ServiceContainer"

REFERRED_TO: Final = {
    "Resource": "v1_24_0",
    "Message": "v1_3_0",
    "Settings": "v1_5_0",
    "ResolutionStep": "v1_1_0",
    "LogEntry": "v1_21_0",
    "Privileges": "v1_0_6",
}
VERSIONED_ONLY: Final = {"RedfishError": "v1_0_2"}
"""A file that has no namespace without a version."""


def references() -> dict[str, list[str]]:
    """The names of DMTF's schema files, each with the namespaces that are taken from it."""
    sent = {name: [name, f"{name}.{version}"] if version else [name] for name, version in VERSIONS.items()}
    others = {name: [name, f"{name}.{version}"] for name, version in REFERRED_TO.items()}
    versioned = {name: [f"{name}.{version}"] for name, version in VERSIONED_ONLY.items()}
    return {**sent, **others, **versioned}


def _reference(uri: str, namespaces: Iterable[str]) -> str:
    includes = "".join(f'    <edmx:Include Namespace="{namespace}"/>\n' for namespace in namespaces)
    return f'  <edmx:Reference Uri="{uri}">\n{includes}  </edmx:Reference>\n'


def metadata_document() -> str:
    """The document as XML text."""
    published = {f"{_PUBLISHED}/{name}_v1.xml": namespaces for name, namespaces in references().items()}
    found = "".join(_reference(*entry) for entry in {**published, OEM_SCHEMA: OEM_NAMESPACES}.items())
    extensions = (
        f'  <edmx:Reference Uri="{_PUBLISHED}/RedfishExtensions_v1.xml">\n'
        '    <edmx:Include Namespace="RedfishExtensions.v1_0_0" Alias="Redfish"/>\n'
        "  </edmx:Reference>\n"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">\n'
        f"{found}{extensions}"
        "  <edmx:DataServices>\n"
        '    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="Service">\n'
        f'      <EntityContainer Name="Service" Extends="{_ROOT_CONTAINER}"/>\n'
        "    </Schema>\n"
        "  </edmx:DataServices>\n"
        "</edmx:Edmx>\n"
    )


METADATA_DOCUMENT: Final = metadata_document()
