"""What clients have set of the services: read at the start, stored before it takes effect."""

import logging
from collections.abc import Callable, Mapping

from actors.settings.records import ServiceName, ServiceSettings, Value
from actors.tasks.errors import ChangedError, RevisionConflictError
from actors.tasks.ports import Save, Store

log = logging.getLogger("taskmon.settings")

Effect = Callable[[Mapping[str, Value]], None]


class KeptSettings:
    """The last stored settings of each service, and what takes effect when they change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[ServiceName, ServiceSettings] = {}
        self._effects: dict[ServiceName, Effect] = {}

    @classmethod
    async def load(cls, store: Store) -> "KeptSettings":
        """What the store has.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        kept = cls(store)
        await kept._refresh()
        return kept

    def when_changed(self, service: ServiceName, effect: Effect) -> None:
        """Have this called with all values that are set of the service whenever one has been changed."""
        self._effects[service] = effect

    def of(self, service: ServiceName) -> ServiceSettings:
        """What is set of the service. Where nothing ever was, the revision is 0."""
        return self._known.get(service) or ServiceSettings(id=service, revision=0)

    async def change(
        self, service: ServiceName, values: Mapping[str, Value], revision: int | None = None
    ) -> ServiceSettings:
        """Set these values, the others stay. On return they are stored and in effect.

        With a revision it is done only if the settings have it still; without one the last caller wins.

        Raises:
            ChangedError: they have another revision; nothing was changed.
            StoreUnavailableError: nothing was changed, or it cannot be known.
        """
        while True:
            before = self.of(service)
            if revision not in (None, before.revision):
                raise ChangedError
            after = ServiceSettings(
                id=service, revision=before.revision + 1, values={**before.values, **values}
            )
            try:
                # Nothing is awaited between the comparison and this: the store compares once more.
                await self._store.commit(Save(after))
            except RevisionConflictError:
                await self._refresh()
                continue
            self._take(after)
            said = ", ".join(f"{name} = {value}" for name, value in values.items())
            log.info("%s: %s", service, said)
            return after

    async def _refresh(self) -> None:
        for settings in await self._store.service_settings():
            self._take(settings)

    def _take(self, settings: ServiceSettings) -> None:
        """Let these take effect, unless later ones did."""
        if settings.revision > self.of(settings.id).revision:
            self._known[settings.id] = settings
            if effect := self._effects.get(settings.id):
                effect(settings.values)
