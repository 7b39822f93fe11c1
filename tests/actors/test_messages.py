"""The catalogue of Messages against the standard's message registries."""

import json
from pathlib import Path

import pytest

from actors.tasks.catalogue import BASE, CATALOGUE, TASK_EVENT
from tests.support import lacking

REGISTRIES = Path(__file__).resolve().parents[2].parent / "shared" / "dmtf" / "registries"
FILES = {BASE: "Base.1.13.0.json", TASK_EVENT: "TaskEvent.1.0.3.json"}


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_message_is_the_standards(key: str) -> None:
    ours = CATALOGUE[key]
    file = REGISTRIES / FILES[ours.registry]
    if not file.exists():
        lacking(f"DMTF's message registries ({file.name}) beside the checkout")
    standard = json.loads(file.read_text())["Messages"][key]
    assert (ours.severity, ours.arguments) == (standard["MessageSeverity"], standard["NumberOfArgs"])


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_text_uses_all_its_arguments(key: str) -> None:
    ours = CATALOGUE[key]
    arguments = [f"argument-{number}" for number in range(ours.arguments)]
    text = ours.text.format(*arguments)
    assert all(argument in text for argument in arguments)
    assert text.endswith(".")
    assert ours.resolution.endswith(".")


def test_the_catalogue_holds_what_the_service_can_say_and_nothing_more() -> None:
    root = Path(__file__).resolve().parents[2]
    code = [
        file.read_text()
        for folder in ("actors", "web")
        for file in (root / folder).rglob("*.py")
        if file.name != "catalogue.py"
    ]
    assert [key for key in CATALOGUE if not any(f'"{key}"' in text for text in code)] == []
