"""What a client does at random to a service that is killed again and again."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from tests.interop.plain import Plain
from tests.system.promises import Promises

RESET_TYPES = ("ForceOff", "On", "ForceRestart")
MOST_LIVE = 12
"""Tasks under way at once, so that queues for servers stay short."""


@dataclass
class Story:
    """A client that acts by a seed. What it was promised is kept over the service's lives."""

    systems: list[str]
    random: random.Random
    promises: Promises = field(default_factory=Promises)

    def tell(self, client: Plain, over: threading.Event) -> None:
        """Act until it is over, or the service is gone."""
        acts: list[tuple[Callable[[Plain], None], int]] = [
            (self._reset, 4),
            (self._read, 8),
            (self._delete, 1),
            (self._cancel, 1),
        ]
        while not over.is_set():
            (act,) = self.random.choices([act for act, _ in acts], [weight for _, weight in acts])
            try:
                act(client)
            except requests.RequestException:
                return  # the kill

    def _reset(self, client: Plain) -> None:
        if len(self.promises.live()) >= MOST_LIVE:
            self._read(client)
            return
        targets = self.random.sample(self.systems, self.random.randint(1, len(self.systems)))
        accepted = client.post(
            "/redfish/v1/AggregationService/Actions/AggregationService.Reset",
            {
                "TargetURIs": [{"@odata.id": target} for target in targets],
                "ResetType": self.random.choice(RESET_TYPES),
                "BatchSize": self.random.randint(0, 4),
            },
        )
        self.promises.note(accepted, len(targets))

    def _read(self, client: Plain) -> None:
        if self.promises.tasks:
            self.promises.look(client, self.random.choice(list(self.promises.tasks)))

    def _delete(self, client: Plain) -> None:
        if self.promises.tasks:
            self.promises.delete(client, self.random.choice(list(self.promises.tasks)))

    def _cancel(self, client: Plain) -> None:
        live = self.promises.live()
        if live:
            task = self.promises.tasks[self.random.choice(live)].task
            answer = client.post(f"{task}/Actions/Oem/Taskmon.Cancel", {"Reason": "the story wants it"})
            assert answer.status_code in (204, 409), answer.text
