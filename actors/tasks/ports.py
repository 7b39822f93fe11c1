"""What the actors need of the world, in prose first: a store, the servers, a clock, a vault.

The contracts are tests: tests/contracts/ asks each sentence of every back end.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from actors.access.records import Account, AccountId, Role, RoleId, Session, SessionId
from actors.events.records import Delivery, Event, EventNumber, OutboxEntry, Subscription, SubscriptionId
from actors.inventory.records import (
    AS_SET,
    Aggregate,
    AggregateId,
    PowerState,
    ResetType,
    Source,
    SourceId,
    System,
    SystemId,
    Trust,
)
from actors.settings.records import ServiceSettings
from actors.tasks.request_keys import RequestKey, RequestKeyId
from actors.tasks.task import Task, TaskId
from actors.tasks.task_query import TaskPage, TaskQuery

Record = (
    Task
    | Account
    | Role
    | Session
    | Source
    | System
    | Aggregate
    | RequestKey
    | ServiceSettings
    | Subscription
    | Delivery
)


@dataclass(frozen=True, slots=True)
class Save:
    """Store this record. Its revision is the stored one's plus 1; revision 1 means it must be new."""

    record: Record


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the record of this kind and id, whatever its revision; a Task goes with its subtasks.

    That there is none is no error. `farewell`, if given, makes the event that is emitted for each record that
    goes, from its id, subtasks in their order and then their parent; it may be called on any thread.
    """

    kind: (
        type[Task]
        | type[Account]
        | type[Role]
        | type[Session]
        | type[Source]
        | type[System]
        | type[Aggregate]
        | type[RequestKey]
        | type[Subscription]
        | type[Delivery]
    )
    id: (
        TaskId
        | AccountId
        | RoleId
        | SessionId
        | SourceId
        | SystemId
        | AggregateId
        | RequestKeyId
        | SubscriptionId
    )
    farewell: Callable[[str], Event] | None = None


@dataclass(frozen=True, slots=True)
class Emit:
    """Put these events behind all that are in the outbox; each gets the number after the one before."""

    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Forget:
    """Take all events up to this number out of the outbox, but for the last that was ever put there."""

    up_to: EventNumber


Change = Save | Remove | Emit | Forget


class Store(Protocol):
    """Where records survive. Every method may be called by any number of callers at once."""

    async def commit(self, *changes: Change) -> None:
        """Make these changes in their order, all or none; on return they survive a power cut.

        Commits take effect in the order in which they were called. Of two saves of one revision of
        one record exactly one succeeds. A caller that is cancelled while it waits does not undo its
        commit. Committing nothing is no error.

        Raises:
            RevisionConflictError: a record was changed, made or removed in between; nothing was stored.
            AlreadyThereError: an account of that name, or a source of that address, is there under
                another id; nothing was stored.
            StoreUnavailableError: nothing was stored, or it cannot be known; read to find out.
        """

    async def task(self, task_id: TaskId) -> Task | None:
        """The task or subtask with this id as last committed, or None."""

    async def tasks(self, owner: AccountId | None = None) -> list[TaskId]:
        """The ids of all top-level tasks, of this owner if one is given, newest first.

        Newest is what was started last; of the same instant, what was committed last.
        """

    async def subtasks(self, parent: TaskId) -> list[TaskId]:
        """The ids of a task's subtasks in the order in which they were committed; empty if none."""

    async def task_page(self, query: TaskQuery, patience: float) -> TaskPage:
        """One page of the tasks that the query asks for, and how many there are, of one moment.

        The records and the number are of the last commit when it is read. Where all there are are asked
        for (`TaskQuery.is_plain`) this takes no longer with many tasks than with few, subtasks' number aside.

        Raises:
            QueryTooSlowError: it was not found within `patience` seconds, waiting for others included;
                nobody works on it any more.
        """

    async def ended_tasks(self, limit: int, before: datetime | None = None) -> list[TaskId]:
        """The ids of top-level tasks that have ended, at or before the moment if one is given: the first
        `limit` of them, what ended first at the head; of the same instant, what was committed first.
        """

    async def count_tasks(self, without: Collection[TaskId] = ()) -> int:
        """How many top-level tasks there are, live and ended, at one moment; those with these ids are not
        counted.
        """

    async def live_tasks(self) -> list[Task]:
        """Every task and subtask that has not ended, a parent before its subtasks, oldest first."""

    async def request_key(self, key_id: RequestKeyId) -> RequestKey | None:
        """The record of the request with this key, or None."""

    async def stale_request_keys(self, before: datetime, limit: int) -> list[RequestKeyId]:
        """The ids of keys made at or before the moment whose task is gone, oldest first, at most `limit`."""

    async def events_after(self, number: EventNumber, limit: int) -> list[OutboxEntry]:
        """The events behind this number, in order, at most `limit`."""

    async def outbox_span(self) -> tuple[EventNumber, EventNumber]:
        """The numbers of the first and the last event in the outbox; (0, 0) if there never was one."""

    async def old_events(self, before: datetime, keep: int, limit: int) -> EventNumber:
        """Up to where the outbox may be forgotten: the number of the last of its first `limit` events that,
        with all before it, is of the moment or earlier, or has `keep` events behind it; 0 if there is none.
        """

    def when_emitted(self, call: Callable[[Sequence[OutboxEntry]], None]) -> None:
        """Have this called, on the loop, with what commits have put into the outbox, in its order.

        Before any of those whose commits they are goes on, and also where nobody waits any more. With nothing
        it is called where a commit failed and may have put something there all the same: that can only be
        read.
        """

    async def subscriptions(self) -> list[Subscription]:
        """All subscriptions in the order in which they were first committed."""

    async def deliveries(self) -> list[Delivery]:
        """How far each subscription has been told."""

    async def account(self, account_id: AccountId) -> Account | None:
        """The account with this id, or None."""

    async def account_named(self, name: str) -> Account | None:
        """The account with this name (exactly, case included), or None.

        What another process has committed on the same folder is seen at once.
        """

    async def accounts(self) -> list[Account]:
        """All accounts in the order in which they were first committed.

        What another process has committed on the same folder is seen at once.
        """

    async def roles(self) -> list[Role]:
        """All roles that were made, in the order in which they were first committed."""

    async def sessions(self) -> list[Session]:
        """All sessions, oldest first."""

    async def sources(self, limit: int | None = None) -> list[Source]:
        """All sources in the order in which they were first committed, or the first `limit` of them."""

    async def systems(self) -> list[System]:
        """All systems in the order in which they were first committed."""

    async def aggregates(self) -> list[Aggregate]:
        """All aggregates in the order in which they were first committed."""

    async def service_settings(self) -> list[ServiceSettings]:
        """What is set of each service, in the order in which they were first committed."""


class Clock(Protocol):
    """The time that clients see. Waiting is by the loop's own clock."""

    def now(self) -> datetime:
        """The present time, in UTC, aware."""


class Vault(Protocol):
    """Keeps secrets that are needed again, such as servers' passwords."""

    def seal(self, secret: str) -> bytes:
        """The secret, encrypted and authenticated; twice the same secret gives different bytes."""

    def unseal(self, sealed: bytes) -> str:
        """The secret again.

        Raises:
            KeyUnusableError: it was sealed with another key, or changed since.
        """

    def fingerprint(self, data: bytes) -> bytes:
        """32 bytes that are the same for the same data, and tell nothing of it without the key."""


class PasswordHasher(Protocol):
    """Hashes of passwords, made and checked off the loop, for they take a tenth of a second."""

    async def hash(self, password: str) -> str:
        """A hash to store, with its salt and parameters."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password belongs to the hash. With None it takes as long and is False."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """How to reach a server's Redfish service: `address` is `host:port`. Nothing is sent to one that does not
    show what `trust` asks for."""

    address: str
    user_name: str
    password: str
    trust: Trust = AS_SET


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSystem:
    """A system as its server just described it. See `System` for what the fields mean.

    `id_there` is its Id at the server.
    """

    id_there: str
    path: str
    name: str
    uuid: str = ""
    manufacturer: str = ""
    model: str = ""
    serial_number: str = ""
    reset_uri: str = ""
    reset_types: tuple[ResetType, ...] = ()
    power_state: PowerState | None = None
    last_reset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A server took an action on; `monitor` is the URI there of its own task for it, or empty."""

    monitor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTask:
    """A server's own task as it just told of it: its TaskState and percentage, as far as it says."""

    ended: bool
    state: str = ""
    percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Why a request goes to a server.

    `request_id` goes along as X-Request-Id (None: without). `permit` is called immediately before each
    request leaves (after any wait for a connection, before each repetition, a login included), and may be
    called before that too; it raises to hold the request back, and what it raises comes out of the call.
    `patience`, if given, is how many seconds each call may take with all its repetitions, from the moment
    that it has a place for its connection; what takes longer is a ServerTooSlowError, or, where no connection
    came about, a ServerUnreachableError.
    """

    request_id: str | None
    permit: Callable[[], None]
    patience: float | None = None


class Server(Protocol):
    """A server's Redfish service, on one errand.

    Every method may raise the ServerErrors of `errors`, and what the errand's permit raises. Reads
    are repeated a few times when they fail for a reason that may pass; an action, and the cancelling of a
    task, is sent once: it is repeated only where the server has said (401) that it did nothing. Waiting for
    a free connection counts towards no limit, and nothing has been sent meanwhile. A cancelled call sends
    nothing more and ends at once; only where a request of it is with the server it waits, for two seconds at
    most, until the server has taken in that nobody waits for the answer.
    """

    def staying(self) -> AbstractContextManager[None]:
        """Say that more will be asked of this server in a moment, on whatever errand.

        In between the connection is kept, for half a second at most, also where others wait for a place. At
        the end of the block others have it. Sends nothing.
        """

    async def system_paths(self) -> Sequence[str]:
        """The URIs of its systems, in its own order. At least one.

        Raises:
            ServerNotUnderstoodError: it is not a Redfish service, or has no systems.
        """

    async def system(self, path: str) -> SeenSystem:
        """The system at this URI as it is now, with what its action info says of reset types."""

    async def reset(self, reset_uri: str, reset_type: ResetType) -> Accepted:
        """Send the reset action, once."""

    async def task_seen(self, monitor: str) -> SeenTask:
        """The server's own task, which goes on or has ended well.

        Raises:
            ServerTaskFailedError: it ended badly.
            ServerRefusedError: it cannot be told; with status 404, the task is not there any more.
        """

    async def cancel_task(self, monitor: str) -> None:
        """Ask the server, once, to end its own task for an action (DELETE of its monitor).

        Returns when the server has consented (2xx), or has no such task any more (404, 410). What the
        task has done until then stays done.

        Raises:
            ServerUnreachableError: it was not sent: there was no connection, or no login in time.
            ServerRefusedError: the task goes on as far as is known: the server refused, or let nobody in;
                with status 405 or 501 it cancels no tasks.
            ServerTooSlowError, ServerHungUpError: it was sent, and what became of it is unknown.
            ServerNotUnderstoodError: nothing was done: the answer is a redirect, which is not followed, or
                the login's is strange, or the monitor is no URI of this server, which then hears nothing.
        """


class Servers(Protocol):
    """The servers outside: one pool of connections to all of them."""

    def at(self, login: Login, errand: Errand) -> Server:
        """The server at this address, for this errand. Sends nothing by itself."""

    def may_be_at(self, address: str) -> bool:
        """Whether a server may have this address, by the networks that are set.

        A name may: where it leads is seen to when it is looked up, for each connection.
        """

    async def forget(self, address: str) -> None:
        """Close what is open to this address and drop what is remembered of it; sends nothing."""
