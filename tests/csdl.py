"""A body held against DMTF's own schema of its type: names, types, what may be null or absent."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.support import lacking

CSDL = Path(__file__).parents[2] / "shared" / "dmtf" / "csdl"
_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_PLAIN: dict[str, type | tuple[type, ...]] = {
    "Edm.String": str,
    "Edm.Boolean": bool,
    "Edm.Int64": int,
    "Edm.Decimal": (int, float),
}


def mistakes(body: Mapping[str, Any], type_name: str, path: str = "") -> list[str]:
    """What is wrong with the body as one of the type, such as `Event.v1_13_0.Event`; sentences."""
    known = dict(_properties(type_name))
    found = [f"{path}/{name} is not in {type_name}" for name in body if "@" not in name and name not in known]
    for name, described in known.items():
        place = f"{path}/{name}"
        if name not in body:
            if _is_noted(described, "Redfish.Required"):
                found.append(f"{place} is required")
        elif body[name] is None:
            if described.get("Nullable") == "false":
                found.append(f"{place} may not be null")
        else:
            found += _wrong_value(body[name], str(described.get("Type")), place)
    return found


def _wrong_value(value: Any, type_name: str, path: str) -> Iterator[str]:
    if match := re.fullmatch(r"Collection\((.*)\)", type_name):
        if not isinstance(value, list):
            yield f"{path} is no list"
            return
        for index, entry in enumerate(value):
            yield from _wrong_value(entry, match[1], f"{path}/{index}")
    elif type_name == "Edm.DateTimeOffset":
        if not (isinstance(value, str) and _TIME.fullmatch(value)):
            yield f"{path} is no time"
    elif type_name in _PLAIN:
        is_flag = isinstance(value, bool)
        if not isinstance(value, _PLAIN[type_name]) or is_flag != (type_name == "Edm.Boolean"):
            yield f"{path} is no {type_name}"
    elif (plain := _element(type_name).get("UnderlyingType")) is not None:
        yield from _wrong_value(value, plain, path)
    elif members := _members(type_name):
        if value not in members:
            yield f"{path} is none of {sorted(members)}"
    elif not isinstance(value, Mapping):
        yield f"{path} is no object"
    elif type_name not in ("Resource.Item", "Resource.ItemOrCollection", "Resource.Oem"):
        yield from mistakes(value, type_name, path)


def _properties(type_name: str) -> Iterator[tuple[str, ElementTree.Element]]:
    """The properties of the type, those that it inherits first."""
    found = _element(type_name)
    if base := found.get("BaseType"):
        yield from _properties(base)
    for tag in ("Property", "NavigationProperty"):
        for one in found.findall(f"{_EDM}{tag}"):
            yield str(one.get("Name")), one


def _members(type_name: str) -> set[str]:
    found = _element(type_name)
    return {str(one.get("Name")) for one in found.findall(f"{_EDM}Member")}


def _is_noted(described: ElementTree.Element, term: str) -> bool:
    return any(one.get("Term") == term for one in described.findall(f"{_EDM}Annotation"))


def _element(type_name: str) -> ElementTree.Element:
    namespace, _, short = type_name.rpartition(".")
    for schema in _file(type_name.partition(".")[0]).iter(f"{_EDM}Schema"):
        if schema.get("Namespace") == namespace:
            for kind in ("EntityType", "ComplexType", "EnumType", "TypeDefinition"):
                for found in schema.findall(f"{_EDM}{kind}"):
                    if found.get("Name") == short:
                        return found
    raise AssertionError(f"{type_name} is not published")


@cache
def _file(name: str) -> ElementTree.Element:
    if not CSDL.exists():
        lacking("DMTF's schemas are not beside the checkout")
    return ElementTree.parse(CSDL / f"{name}_v1.xml").getroot()  # noqa: S314 (DMTF's own)
