"""The privilege registry, made from the table of routes that is enforced, so that the two cannot differ."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from actors import AnyOf, Privilege
from web.models import OperationMap, OperationPrivilege, PrivilegeMapping, PrivilegeRegistry
from web.openapi.document import operation_of
from web.render.common import heading
from web.route import OPEN, Route
from web.uris import PRIVILEGE_MAP
from web.versions import VERSIONS

_BELOW: Final = re.compile(r"(?<=.)/(Actions/.*|Members)$")
NO_AUTH: Final = "NoAuth"
"""The standard's word for what needs no credentials."""

Needed = Mapping[str, AnyOf | None]


def entity_of(route: Route, routes: Sequence[Route]) -> str | None:
    """The type of the resource that this path is, or that its action or member belongs to.

    None where it is no resource, as the metadata document and the task monitor are none.
    """
    path = _BELOW.sub("", route.path)
    for other in routes:
        if other.path == path and "GET" in other.privileges:
            schema = operation_of(other.handler, "GET").answers[200]
            return schema if isinstance(schema, str) and schema in VERSIONS else None
    return None


def privilege_registry(routes: Sequence[Route]) -> PrivilegeRegistry:
    """The registry for these routes.

    Raises:
        ValueError: a path asks for different privileges for the same method: of two actions, say.
    """
    by_entity: dict[str, dict[str, dict[str, AnyOf | None]]] = {}
    of_properties: dict[str, dict[str, dict[str, AnyOf | None]]] = {}
    for route in routes:
        entity = entity_of(route, routes)
        if entity is not None:
            path = _BELOW.sub("", route.path)
            _add(by_entity.setdefault(entity, {}).setdefault(path, {}), route.privileges, route)
            for method, needed in route.of_properties.items():
                for name, any_of in needed.items():
                    _add(of_properties.setdefault(entity, {}).setdefault(name, {}), {method: any_of}, route)
    return {
        **heading("PrivilegeRegistry", PRIVILEGE_MAP),
        "Id": "PrivilegeMap",
        "Name": "Privilege Map",
        "Description": "Made from the table of routes by which the service lets requests in. "
        "POST is an action, or a new member of a collection.",
        "PrivilegesUsed": [*Privilege, NO_AUTH],
        "OEMPrivilegesUsed": [],
        "Mappings": [
            _mapping(entity, paths, of_properties.get(entity, {}))
            for entity, paths in sorted(by_entity.items())
        ],
    }


def _add(needed: dict[str, AnyOf | None], more: Needed, route: Route) -> None:
    for method, any_of in more.items():
        if needed.setdefault(method, any_of) != any_of:
            raise ValueError(f"{route} asks for other privileges for {method} than the rest of its resource.")


def _mapping(
    entity: str, paths: Mapping[str, Needed], of_properties: Mapping[str, Needed]
) -> PrivilegeMapping:
    """The first path gives the rule; what differs from it elsewhere is an override."""
    rule, *others = paths.items()
    mapping: PrivilegeMapping = {"Entity": entity, "OperationMap": _operations(rule[1])}
    if of_properties:
        mapping["PropertyOverrides"] = [
            {"Targets": [name], "OperationMap": _operations(needed)} for name, needed in of_properties.items()
        ]
    overrides = [(path, needed) for path, needed in others if needed != rule[1]]
    if overrides:
        mapping["ResourceURIOverrides"] = [
            {"Targets": [path], "OperationMap": _operations(needed)} for path, needed in overrides
        ]
    return mapping


def _operations(needed: Needed) -> OperationMap:
    operations: OperationMap = {}
    for method, any_of in needed.items():
        enough = _enough(any_of)
        match method:
            case "GET":
                operations["GET"] = operations["HEAD"] = enough
            case "POST" | "PATCH" | "PUT" | "DELETE":
                operations[method] = enough
    return operations


def _enough(any_of: AnyOf | None) -> list[OperationPrivilege]:
    if any_of is OPEN:
        return [{"Privilege": [NO_AUTH]}]
    return [{"Privilege": [privilege]} for privilege in any_of]
