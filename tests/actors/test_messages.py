"""The catalogue of Messages against the standard's message registries."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from actors.tasks.catalogue import CATALOGUE, ROWS, TASKMON
from actors.tasks.message_registries import MESSAGE_REGISTRIES
from tests.support import lacking

REGISTRIES = Path(__file__).resolve().parents[2].parent / "shared" / "dmtf" / "registries"
BY_SHORT_NAME = {registry.short: registry for registry in MESSAGE_REGISTRIES}


@cache
def published(prefix: str, version: str) -> Any:
    """DMTF's registry of this name and version."""
    file = REGISTRIES / f"{prefix}.{version}.json"
    if not file.exists():
        lacking(f"DMTF's message registries ({file.name}) beside the checkout")
    return json.loads(file.read_text())


@pytest.mark.parametrize("key", [key for key in CATALOGUE if CATALOGUE[key].registry != TASKMON])
def test_every_message_is_the_standards(key: str) -> None:
    ours = CATALOGUE[key]
    registry = BY_SHORT_NAME[ours.registry]
    standard = published(registry.prefix, registry.version)["Messages"][key]
    assert (ours.severity, ours.arguments) == (standard["MessageSeverity"], standard["NumberOfArgs"])


def test_every_message_is_in_one_registry_and_no_registry_is_empty() -> None:
    assert [key for registry in MESSAGE_REGISTRIES for key in registry.messages] == list(CATALOGUE)
    assert all(registry.messages for registry in MESSAGE_REGISTRIES)
    assert len(CATALOGUE) == sum(map(len, ROWS.values())), "two messages have the same key"


def test_a_registry_of_the_standard_has_its_version_and_says_that_it_is_an_extract() -> None:
    for registry in MESSAGE_REGISTRIES:
        if registry.short != TASKMON:
            standard = published(registry.prefix, registry.version)
            assert registry.owner == standard["OwningEntity"]
            assert registry.version == standard["RegistryVersion"]
            assert "extract" in registry.description


def test_our_own_registry_has_no_message_that_the_standard_has() -> None:
    for registry in MESSAGE_REGISTRIES:
        if registry.short != TASKMON:
            standard = published(registry.prefix, registry.version)["Messages"]
            assert not set(BY_SHORT_NAME[TASKMON].messages) & set(standard)


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_text_uses_all_its_arguments(key: str) -> None:
    ours = CATALOGUE[key]
    arguments = [f"argument-{number}" for number in range(ours.arguments)]
    text = ours.text.format(*arguments)
    assert all(argument in text for argument in arguments)
    assert text.endswith(".")
    assert ours.resolution.endswith(".")
