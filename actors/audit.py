"""The audit: who changed what, from where, with which result. A line for each change, apart from the log."""

import logging
from typing import Final

AUDIT: Final = logging.getLogger("taskmon.audit")
"""Its records carry an event and facts; `config.logs` makes lines of them."""

LONGEST: Final = 300
"""Characters of a fact that are kept: what a client sent must not fill the disk."""


def audit(event: str, **facts: str | int | None) -> None:
    """Write a line: what has happened, in a word or two, and facts about it; what is None is left out.

    Facts never hold a password or a token. Their names are those of JSON members: `user`, `address`,
    `method`, `path`, `status`, `task`, `reason` and the like.
    """
    told = {
        name: fact[:LONGEST] if isinstance(fact, str) else fact
        for name, fact in facts.items()
        if fact is not None
    }
    AUDIT.info(event, extra={"audit": told})
