"""What the story asks of whoever shows it: a screen for people, plain lines for everything else."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from cli.demo.picture import Picture

Update = Callable[[Picture], None]


class Show(Protocol):
    """Everything is shown in the order of the calls. Texts are plain; their layout is the show's."""

    def title(self, name: str, sentence: str) -> None:
        """What this is."""

    def chapter(self, name: str, sentence: str = "") -> None:
        """A new part of the story begins."""

    def row(self, label: str, text: str) -> None:
        """Something seen, under a short label."""

    def failure(self, label: str, text: str) -> None:
        """The same, for what did not go well."""

    def lines(self, lines: Sequence[str]) -> None:
        """Lines to copy: shown as they are, never broken."""

    def waiting(self, label: str, text: str) -> AbstractContextManager[None]:
        """Something that takes a while, told of as long as it does and not after."""

    def live(self) -> AbstractContextManager[Update]:
        """Follow something: each call of what this gives shows how it stands now; the last one stays."""
