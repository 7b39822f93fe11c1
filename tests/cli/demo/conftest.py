"""Fixtures of the demo's tests."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for temporary files whose path is as short as a person's: the demo shows it on a line."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
