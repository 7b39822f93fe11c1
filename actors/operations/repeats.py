"""The same request sent twice makes one task: requests that name themselves by a key are known again."""

import asyncio
from collections.abc import Awaitable, Callable

from actors.access.records import Viewer
from actors.operations.order import KeyedRequest
from actors.tasks.errors import KeyReusedError
from actors.tasks.messages import Message
from actors.tasks.ports import Store, Vault
from actors.tasks.request_keys import RequestKeyId, request_key_id
from actors.tasks.task import Task, TaskId


class Repeats:
    """Whether a key is taken is the store's to say: its record is committed with the task or not at all."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._under_way: dict[RequestKeyId, asyncio.Event] = {}

    async def once(
        self, viewer: Viewer, key: str, request: bytes, start: Callable[[KeyedRequest], Awaitable[Task]]
    ) -> Task | TaskId:
        """The new task that `start` makes, or the id of the one that this request has made before.

        `start` is to submit its task with the keyed request. A request that made no task is not remembered.
        One that arrives while the same is under way waits for what becomes of that. The task of a
        request that is repeated may have ended, and may have been deleted.

        Raises:
            KeyReusedError: this viewer has used the key for another request.
            Whatever `start` raises.
        """
        keyed = KeyedRequest(
            id=request_key_id(viewer.account, key), fingerprint=self._vault.fingerprint(request)
        )
        while (under_way := self._under_way.get(keyed.id)) is not None:
            await under_way.wait()
        over = self._under_way[keyed.id] = asyncio.Event()
        try:
            known = await self._store.request_key(keyed.id)
            if known is None:
                return await start(keyed)
        finally:
            del self._under_way[keyed.id]
            over.set()
        if known.fingerprint != keyed.fingerprint:
            raise KeyReusedError(
                Message(
                    "HeaderInvalid",
                    ("Idempotency-Key",),
                    detail=f"It was sent before with another request, which made the task {known.task}.",
                    resolution_here="Send the very same request again, or choose a new key for this one.",
                )
            )
        return known.task
