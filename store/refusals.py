"""What a store says when a record cannot be saved, the same for every back end."""

from actors.access.records import Account
from actors.inventory.records import Source
from actors.tasks.errors import AlreadyThereError, RevisionConflictError
from actors.tasks.ports import Record


def changed_since(record: Record) -> RevisionConflictError:
    """That the stored revision is not the one before this record's."""
    return RevisionConflictError(
        f"Revision {record.revision} of the {type(record).__name__} {record.id} was not stored: "
        "somebody else changed or removed it in between. Read it and decide again."
    )


def made_since(record: Record) -> RevisionConflictError:
    """That a record that must be new is there."""
    return RevisionConflictError(
        f"The {type(record).__name__} {record.id} was not stored as a new one: it is there already."
    )


def taken(record: Record) -> AlreadyThereError:
    """That another record has the name or address of this one."""
    match record:
        case Account(name=name):
            return AlreadyThereError(f"There is an account named '{name}' already.")
        case Source(address=address):
            return AlreadyThereError(f"There is a source with the address {address} already.")
        case _:
            return AlreadyThereError(f"There is a {type(record).__name__} like {record.id} already.")
