"""Redfish's privileges and its three predefined roles (DSP0266, "Roles and privileges")."""

from enum import StrEnum


class Privilege(StrEnum):
    """What a role may allow; the values are Redfish's words."""

    LOGIN = "Login"
    CONFIGURE_MANAGER = "ConfigureManager"
    CONFIGURE_USERS = "ConfigureUsers"
    CONFIGURE_COMPONENTS = "ConfigureComponents"
    CONFIGURE_SELF = "ConfigureSelf"


PREDEFINED_ROLES: dict[str, frozenset[Privilege]] = {
    "Administrator": frozenset(Privilege),
    "Operator": frozenset({Privilege.LOGIN, Privilege.CONFIGURE_COMPONENTS, Privilege.CONFIGURE_SELF}),
    "ReadOnly": frozenset({Privilege.LOGIN, Privilege.CONFIGURE_SELF}),
}
