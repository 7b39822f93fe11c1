"""The delivery of one subscription: as it is now, and as it is stored."""

import logging
from dataclasses import replace
from datetime import datetime

from actors.events.deliveries import Deliveries
from actors.events.records import Delivery, EventNumber, Subscription
from actors.tasks.errors import RevisionConflictError, StoreUnavailableError
from actors.tasks.ports import Save, Store

log = logging.getLogger("taskmon.events")


class DeliveryRecord:
    """For the one SubscriptionActor that writes it. What is not stored is only ever told once more."""

    def __init__(self, subscription: Subscription, deliveries: Deliveries, store: Store) -> None:
        self._deliveries = deliveries
        self._store = store
        self._stored = deliveries.of(subscription)
        """What the store is known to have."""
        self._in_doubt = False  # whether a commit may have been stored after all
        self.now = self._stored
        self.reach(subscription.after)

    # --- what has happened

    def reach(self, number: EventNumber) -> None:
        """All up to this number is behind it: the destination has it, or it was not for it."""
        if number > self.now.told:
            self._note(replace(self.now, told=number))

    def taken(self, number: EventNumber, events: int, at: datetime) -> None:
        """The destination has taken so many events, the last of them before this number or with it."""
        self._note(
            replace(
                self.now,
                told=max(number, self.now.told),
                last_success=at,
                last_error="",
                failed=0,
                delivered=self.now.delivered + events,
            )
        )

    def failed(self, why: str, at: datetime) -> None:
        """An attempt has failed."""
        self._note(replace(self.now, last_failure=at, last_error=why, failed=self.now.failed + 1))

    def begin_anew(self) -> None:
        """The attempts until now do not count any more."""
        self._note(replace(self.now, failed=0))

    def _note(self, now: Delivery) -> None:
        self.now = now
        self._deliveries.note(now)

    # --- saving it

    @property
    def is_saved(self) -> bool:
        """Whether the store has it as it is."""
        return not self._in_doubt and self.now == self._stored

    async def save(self) -> bool:
        """Store it as it is now. False where that did not succeed: it is to be tried again later."""
        try:
            for _ in range(2):
                if self._in_doubt and not await self._read_again():
                    return False
                saved = replace(self.now, revision=self._stored.revision + 1)
                self._in_doubt = True
                try:
                    await self._store.commit(Save(saved))
                except RevisionConflictError:
                    continue  # an earlier commit was stored after all, or the subscription is gone
                self._stored, self._in_doubt = saved, False
                self._note(replace(self.now, revision=saved.revision))
                return True
        except StoreUnavailableError as error:
            log.warning("how far subscription %s is could not be saved: %s", self.now.id, error)
        return False

    async def _read_again(self) -> bool:
        """What the store has counts; whether it has it."""
        for delivery in await self._store.deliveries():
            if delivery.id == self.now.id:
                self._stored, self._in_doubt = delivery, False
                return True
        return False
