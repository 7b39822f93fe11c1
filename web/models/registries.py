"""Message registries, the privilege registry and the files of JSON Schema as they are sent."""

from typing import Annotated, NotRequired, TypedDict

from actors import Health
from web.models.base import Resource
from web.models.notes import Doc, Pattern, Range, Uri

_Version = Annotated[str, Pattern(r"^\d+\.\d+\.\d+$")]


class FileLocation(TypedDict):
    """Where a file can be read."""

    Language: Annotated[str, Doc("The language it is written in.")]
    Uri: Annotated[Uri, Doc("Where it is, at this service.")]


class MessageRegistryFile(Resource):
    """Where a message registry can be read."""

    Languages: Annotated[list[str], Doc("The languages there are.")]
    Registry: Annotated[str, Doc("The registry, with the first two numbers of its version.")]
    Location: Annotated[list[FileLocation], Doc("Where it is, by language.")]


class RegistryMessage(TypedDict):
    """A message of a registry."""

    Description: Annotated[str, Doc("What it is about.")]
    Message: Annotated[str, Doc("The sentence for a person; `%1`, `%2` … stand for the arguments.")]
    MessageSeverity: Annotated[Health, Doc("How grave it is.")]
    NumberOfArgs: Annotated[int, Range(0), Doc("How many arguments it has.")]
    ParamTypes: NotRequired[Annotated[list[str], Doc("The types of the arguments.")]]
    Resolution: Annotated[str, Doc("What to do now.")]


class MessageRegistry(Resource):
    """The messages that the service emits of one registry."""

    Description: Annotated[str, Doc("What is in it, and what is not.")]
    Language: Annotated[str, Doc("The language of its texts.")]
    RegistryPrefix: Annotated[str, Doc("What a MessageId begins with.")]
    RegistryVersion: Annotated[_Version, Doc("Its version.")]
    OwningEntity: Annotated[str, Doc("Whose registry it is.")]
    Messages: Annotated[dict[str, RegistryMessage], Doc("The messages, by key.")]


class OperationPrivilege(TypedDict):
    """A set of privileges that is enough."""

    Privilege: Annotated[list[str], Doc("The privileges, all of which it takes.")]


_Enough = Annotated[list[OperationPrivilege], Doc("The sets of privileges of which each is enough.")]


class OperationMap(TypedDict):
    """What each HTTP method takes; one that is not named is not served."""

    GET: NotRequired[_Enough]
    HEAD: NotRequired[_Enough]
    POST: NotRequired[_Enough]
    PATCH: NotRequired[_Enough]
    PUT: NotRequired[_Enough]
    DELETE: NotRequired[_Enough]


class PrivilegeOverride(TypedDict):
    """What is different at some URIs, or for some properties."""

    Targets: Annotated[
        list[str], Doc("The URIs, in which what is in braces stands for any id; or the properties.")
    ]
    OperationMap: Annotated[OperationMap, Doc("What each method takes there.")]


class PrivilegeMapping(TypedDict):
    """What the resources of one type take."""

    Entity: Annotated[str, Doc("The type.")]
    OperationMap: Annotated[OperationMap, Doc("What each method takes.")]
    PropertyOverrides: NotRequired[
        Annotated[list[PrivilegeOverride], Doc("The properties of which it is different, and how.")]
    ]
    ResourceURIOverrides: NotRequired[
        Annotated[list[PrivilegeOverride], Doc("Where it is different, and how.")]
    ]


class PrivilegeRegistry(Resource):
    """Which privileges each method takes, for every type of resource of the service."""

    Description: Annotated[str, Doc("What it is made from.")]
    PrivilegesUsed: Annotated[list[str], Doc("The standard's privileges that are used here.")]
    OEMPrivilegesUsed: Annotated[list[str], Doc("Privileges beside the standard's.")]
    Mappings: Annotated[list[PrivilegeMapping], Doc("What each type of resource takes.")]


class JsonSchemaFile(Resource):
    """Where a JSON Schema can be read."""

    Languages: Annotated[list[str], Doc("The languages there are.")]
    Schema: Annotated[str, Doc("The `@odata.type` of what it describes.")]
    Location: Annotated[list[FileLocation], Doc("Where it is, by language.")]
