"""A service that is killed again and again at steps that it names, and its client."""

import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.interop.plain import Plain, plain_client
from tests.service import SHOWN, Simulator
from tests.system.step_story import StepStory, faults
from tests.system.stepping_service import SteppingService

AT_START = ("start:before", "start:after")
NEWEST, OLDER = 12, 8
"""So many tasks are looked at in each life; all of them at the end."""


@dataclass(frozen=True)
class Kill:
    """At which step, at which of its occurrences, and from when on they count.

    They count once all that was left is checked and settled or, if `early`, from before the start: then the
    kill meets the start itself, or the work that goes on after it.
    """

    step: str
    occurrence: int = 1
    early: bool = False


class CrashHouse:
    """One data folder through all its lives."""

    def __init__(self, folder: Path, simulator: Simulator, chance: random.Random) -> None:
        self.kills: list[Kill] = []
        """Those that happened, in their order."""
        self.missed: list[Kill] = []
        """Those whose step was not come to."""
        self._chance = chance
        self._service = SteppingService(folder, simulator)
        self._at_start = deque(AT_START)
        self._resumed: set[str] = set()
        """The steps of all starts so far, and of the work that went on after them."""
        simulator.use_faults(faults(simulator))
        with self._service, plain_client(self._service) as client:
            self.story = StepStory.begun(client, simulator)

    def unharmed(self) -> list[str]:
        """Tell the story to its end; the names of its steps."""
        with self._service, plain_client(self._service) as client:
            before = len(self._service.steps)
            self.story.tell(client)
            return self._service.steps[before:]

    def go_through(self, kills: Iterable[Kill]) -> None:
        """Be killed at all these steps, after every second one at a start too, and be sound at the end."""
        try:
            for number, kill in enumerate(kills, start=1):
                self._live(kill)
                if number % 2 == 0:
                    self._live(self._early_kill())
            self._service.spare()
            with self._service, plain_client(self._service) as client:
                self.story.settle(client)
                self.story.promises.check_all(client)
        except AssertionError as error:
            error.add_note(
                "Killed at: " + ", ".join(f"{kill.step} ({kill.occurrence})" for kill in self.kills)
            )
            error.add_note(f"The service wrote:\n{self._service.log[-SHOWN:]}")
            raise
        finally:
            self._service.kill()

    def _early_kill(self) -> Kill:
        if self._at_start:
            return Kill(self._at_start[0], early=True)
        return Kill(self._chance.choice(sorted(self._resumed)), early=True)

    def _live(self, kill: Kill) -> None:
        """One life, which checks what the one before has left."""
        if kill.early:
            self._service.kill_at(kill.step)
        else:
            self._service.spare()
        before = len(self._service.steps)
        if not self._service.survives_start(kill.step):
            self._note(kill)
            return
        try:
            with plain_client(self._service) as client:
                self._check_some(client)
                self.story.settle(client)
                if not kill.early:
                    self._resumed.update(self._service.steps[before:])
                    self._service.kill_at(kill.step, kill.occurrence)
                self.story.tell(client)
                self.story.tell(client)  # a later occurrence may come late
        except requests.RequestException:
            self._service.check_dead(kill.step)
            self._note(kill)
        else:
            self._service.kill()
            self.missed.append(kill)

    def _note(self, kill: Kill) -> None:
        self.kills.append(kill)
        if kill.step in self._at_start:
            self._at_start.remove(kill.step)

    def _check_some(self, client: Plain) -> None:
        promises = self.story.promises
        newest, older = list(promises.tasks)[-NEWEST:], list(promises.tasks)[:-NEWEST]
        some = self._chance.sample(older, min(OLDER, len(older)))
        promises.check(client, [*newest, *some], promises.deleted[-OLDER:])
