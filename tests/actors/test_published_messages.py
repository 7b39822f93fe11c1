"""The words of messages stay as they were published, for of a message only key and arguments are stored.

A task that ended years ago shows its messages, and its monitor its last answer, in the words of today's
catalogue: "the same at every read" is true only if these never change. `published_messages.json` has them
all.
"""

import json
from pathlib import Path
from typing import Any

from actors.tasks.catalogue import CATALOGUE, Template
from tests.actors.test_emitted_messages import AWAITED

PUBLISHED = Path(__file__).with_name("published_messages.json")


def shown_of(template: Template) -> dict[str, Any]:
    """All that a client is shown of a message beside its arguments."""
    return {
        "MessageId": template.message_id,
        "MessageSeverity": template.severity.value,
        "NumberOfArgs": template.arguments,
        "Message": template.text,
        "Resolution": template.resolution,
    }


def test_every_message_that_was_published_is_there_in_the_same_words() -> None:
    now = {key: shown_of(template) for key, template in CATALOGUE.items()}
    changed = [key for key, then in json.loads(PUBLISHED.read_text()).items() if now.get(key) != then]
    assert changed == [], (
        "Tasks that are stored would show other words than they did. Leave these messages, and the versions "
        "of their registries, as they were, and add a message of its own for what is to be said differently."
    )


def test_every_message_that_is_emitted_is_published() -> None:
    """What nothing emits yet is in nobody's records."""
    missing = {
        key: shown_of(template)
        for key, template in CATALOGUE.items()
        if key not in json.loads(PUBLISHED.read_text()) and key not in AWAITED
    }
    assert missing == {}, f"Add these to {PUBLISHED.name}: {json.dumps(missing, indent=2)}"
