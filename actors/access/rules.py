"""Who may do what: the one place that decides, for every path."""

from actors.access.records import AccountId, Viewer
from actors.access.roles import Privilege

AnyOf = tuple[Privilege, ...]
"""What a request needs: one of these privileges is enough."""


def may(viewer: Viewer, any_of: AnyOf) -> bool:
    """Whether the viewer has one of these privileges."""
    return any(privilege in viewer.privileges for privilege in any_of)


def may_see(viewer: Viewer, owner: AccountId) -> bool:
    """Whether the viewer may see, and so touch at all, what belongs to this account.

    Tasks and sessions belong to the account that made them; a subtask to its parent's. Others' need
    `ConfigureUsers` (our specification, "Viewing a collection of tasks").
    """
    return viewer.account == owner or Privilege.CONFIGURE_USERS in viewer.privileges


def may_see_account(viewer: Viewer, account: AccountId) -> bool:
    """Whether the viewer may read this account: the own one with `ConfigureSelf`, and any with
    `ConfigureUsers` or `ConfigureManager` (DMTF's privilege registry, "ManagerAccount").
    """
    own = viewer.account == account and Privilege.CONFIGURE_SELF in viewer.privileges
    return own or may(viewer, (Privilege.CONFIGURE_USERS, Privilege.CONFIGURE_MANAGER))


def may_change_account(viewer: Viewer, account: AccountId) -> bool:
    """Whether the viewer may change anything of this account: of the own one the password with
    `ConfigureSelf`, of any everything with `ConfigureUsers` (the same).
    """
    own = viewer.account == account and Privilege.CONFIGURE_SELF in viewer.privileges
    return own or Privilege.CONFIGURE_USERS in viewer.privileges
