"""How to get into a server that is a source."""

from actors.inventory.records import Source
from actors.tasks.ports import Login, Vault


def login_to(source: Source, vault: Vault) -> Login:
    """What the source's server is reached with. Raises KeyUnusableError where the vault cannot open it."""
    return Login(
        address=source.address,
        user_name=source.user_name,
        password=vault.unseal(source.password),
        trust=source.trust,
    )
