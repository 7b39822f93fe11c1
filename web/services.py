"""What the web layer asks of the actors, in its own words; their facades keep these contracts.

Every method may also raise StoreUnavailableError, and what is found without the right to see it
raises NotAllowedError.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from actors import (
    AS_SET,
    Account,
    AccountChange,
    Again,
    Aggregate,
    AggregateId,
    KeyedRequest,
    LockoutRules,
    MaxFailures,
    Message,
    NewAccount,
    Order,
    Privilege,
    ResetType,
    RetentionRules,
    Role,
    ServiceName,
    ServiceSettings,
    Session,
    Source,
    SourceChange,
    SourceId,
    System,
    SystemId,
    Task,
    TaskId,
    TaskPage,
    TaskQuery,
    Trust,
    Value,
    Viewer,
    Wait,
)
from web.event_facades import Events, Streams
from web.measures import Measures
from web.readiness import Readiness


class Gate(Protocol):
    """Who is asking."""

    @property
    def session_timeout(self) -> int:
        """A session that is unused for so many seconds ends."""

    async def login(self, name: str, password: str, origin: str) -> tuple[Session, str]:
        """A new session and its token, made for the client at `origin`. BadCredentialsError."""

    async def by_token(self, token: str) -> Viewer:
        """Whose token this is; counts as a use of the session. BadCredentialsError."""

    def by_token_at_hand(self, token: str) -> Viewer | None:
        """The same, if it is known without waiting; None where `by_token` is to say."""

    async def by_password(self, name: str, password: str) -> Viewer:
        """Whose name and password these are. BadCredentialsError."""

    def sessions(self, viewer: Viewer) -> list[Session]:
        """The sessions that the viewer may see, oldest first."""

    def session(self, session_id: str, viewer: Viewer) -> Session:
        """The session with this id. NotFoundError."""

    async def logout(self, session_id: str, viewer: Viewer) -> None:
        """End the session with this id. NotFoundError."""


class Accounts(Protocol):
    """Who may use the service. Where a revision is given, and the account has another: ChangedError."""

    async def list(self, viewer: Viewer) -> Sequence[Account]:
        """The accounts that the viewer may see, in the order in which they were made."""

    async def find(self, account_id: str, viewer: Viewer) -> Account:
        """The account with this id. NotFoundError."""

    async def find_to_change(self, account_id: str, viewer: Viewer) -> Account:
        """The account with this id, of which the viewer may change something. NotFoundError."""

    async def create(self, new: NewAccount) -> Account:
        """A new account. InvalidRequestError; ConflictError where its name is taken."""

    async def change(
        self,
        account_id: str,
        viewer: Viewer,
        change: AccountChange,
        revision: int | None = None,
        mistakes: Sequence[Message] = (),
    ) -> tuple[Account, Sequence[Message]]:
        """The account, changed in what can be, and the mistakes with what stands against the rest.
        NotFoundError; InvalidRequestError or ConflictError where nothing can be set, or the password not.
        """

    async def delete(self, account_id: str, viewer: Viewer, revision: int | None = None) -> None:
        """Remove the account and end its sessions. NotFoundError; ConflictError where nobody could change
        accounts any more.
        """


class AccountSettings(Protocol):
    """What can be set of the account service."""

    @property
    def revision(self) -> int:
        """It stands for the account service as it is."""

    @property
    def lockout(self) -> LockoutRules:
        """When wrong passwords lock an account."""

    async def change(
        self, values: Mapping[str, Value], revision: int | None = None, mistakes: Sequence[Message] = ()
    ) -> Sequence[Message]:
        """Have those of these values that go together, by Redfish's names, in place of those before; the
        mistakes, with what stands against the rest. InvalidRequestError where nothing is left to set;
        ChangedError where a revision is given and there is another.
        """


class Roles(Protocol):
    """What accounts may do."""

    def list(self) -> Sequence[Role]:
        """All roles, the predefined ones first."""

    def find(self, role_id: str) -> Role:
        """The role with this id. NotFoundError."""

    async def create(self, viewer: Viewer, name: str, privileges: Iterable[Privilege]) -> Role:
        """A new role. InvalidRequestError; ConflictError where its name is taken."""

    async def change(
        self,
        role_id: str,
        viewer: Viewer,
        privileges: Iterable[Privilege],
        revision: int | None = None,
    ) -> Role:
        """The role with these privileges. NotFoundError, ConflictError."""

    async def delete(self, role_id: str, viewer: Viewer, revision: int | None = None) -> None:
        """Remove the role. NotFoundError; ConflictError where an account has it."""


class Tasks(Protocol):
    """The tasks that a viewer may see."""

    @property
    def rules(self) -> RetentionRules:
        """How many tasks are kept, and how long."""

    async def page(self, viewer: Viewer, query: TaskQuery, patience: float) -> TaskPage:
        """One page of the top-level tasks that the viewer may see, whatever owner the query names.

        QueryTooSlowError where it is not found within `patience` seconds.
        """

    async def find(self, task_id: str, viewer: Viewer) -> Task:
        """The task or subtask with this id. NotFoundError."""

    def at_hand(self, task_id: str, viewer: Viewer) -> Task | None:
        """What `find` begins with, if it need not wait and the viewer may see it: the same object until
        something changes, for every viewer. None where `find` is to say.
        """

    def monitor_at_hand(self, task_id: str, viewer: Viewer) -> Task | None:
        """The same of `monitored`."""

    async def awaited(self, task_id: str, viewer: Viewer, wait: Wait) -> Task:
        """The same, once it is enough for the wait, or as it is when the wait ends. NotFoundError."""

    async def monitored(self, task_id: str, viewer: Viewer, *, reads: bool, wait: Wait | None = None) -> Task:
        """The same, as its monitor shows it; `reads`: a final answer counts as read. NotFoundError."""

    async def subtask_page(
        self, parent_id: str, viewer: Viewer, query: TaskQuery, patience: float
    ) -> TaskPage:
        """One page of a task's subtasks. NotFoundError where it is no task or has none; QueryTooSlowError."""

    async def delete(self, task_id: str, viewer: Viewer, reason: str = "") -> None:
        """Abort the task if it is live, and remove it; a subtask is only aborted.

        Returns once nothing more goes to a server for it. NotFoundError; ConflictError for a subtask
        that has ended.
        """

    async def cancel(self, task_id: str, viewer: Viewer, reason: str = "") -> None:
        """Abort the task or subtask if it is live; its record stays, as do those of its subtasks.

        Returns once nothing more goes to a server for it. NotFoundError; ConflictError where it has ended.
        """

    async def delete_ended(self, viewer: Viewer) -> None:
        """Remove all ended top-level tasks that the viewer may see, with their subtasks; live ones stay."""


class Fleet(Protocol):
    """The servers, their systems and the aggregates of them."""

    def sources(self) -> list[SourceId]:
        """The ids of all sources."""

    def source(self, source_id: str) -> Source:
        """The source with this id. NotFoundError."""

    async def change_source(
        self, source_id: str, change: SourceChange, revision: int | None = None
    ) -> Source:
        """Change how a source is reached, and return it as it is now. NotFoundError, ChangedError."""

    def systems(self) -> list[SystemId]:
        """The ids of all systems."""

    async def system(self, system_id: str) -> System:
        """The system with this id; its server is asked when what is known is old. NotFoundError."""

    def aggregates(self) -> list[AggregateId]:
        """The ids of all aggregates."""

    def aggregate(self, aggregate_id: str) -> Aggregate:
        """The aggregate with this id. NotFoundError."""

    async def create_aggregate(self, elements: Sequence[SystemId]) -> Aggregate:
        """A new aggregate of these systems. InvalidRequestError."""

    # Where a revision is given, each of these raises ChangedError unless the aggregate has it still.

    async def delete_aggregate(self, aggregate_id: str, revision: int | None = None) -> None:
        """Remove the aggregate. NotFoundError."""

    async def add_elements(
        self, aggregate_id: str, elements: Sequence[SystemId], revision: int | None = None
    ) -> Aggregate:
        """The aggregate with these systems put in. NotFoundError, InvalidRequestError."""

    async def remove_elements(
        self, aggregate_id: str, elements: Sequence[SystemId], revision: int | None = None
    ) -> Aggregate:
        """The aggregate with these systems taken out. NotFoundError, InvalidRequestError."""


class Operations(Protocol):
    """What takes long. Each method returns the durably recorded task; what cannot work makes none.

    Each may raise NoRoomError, and a reset BusyError.
    """

    async def once(
        self, viewer: Viewer, key: str, request: bytes, start: Callable[[KeyedRequest], Awaitable[Task]]
    ) -> Task | TaskId:
        """The task that `start` makes, or the id of the one that the same request made. KeyReusedError."""

    async def retry(self, order: Order, task_id: str, *, which: Again = Again.FAILED) -> Task:
        """Do again what failed of an ended task. NotFoundError, NotAllowedError, ConflictError."""

    async def reset(
        self,
        order: Order,
        targets: Sequence[SystemId],
        reset_type: ResetType,
        *,
        batch_size: int = 0,
        delay: int = 0,
        max_failures: MaxFailures | None = None,
    ) -> Task:
        """Reset these systems, `delay` seconds between batches, until `max_failures` have failed.

        InvalidRequestError.
        """

    async def reset_aggregate(
        self,
        order: Order,
        aggregate_id: str,
        reset_type: ResetType,
        *,
        batch_size: int = 0,
        delay: int = 0,
        max_failures: MaxFailures | None = None,
    ) -> Task:
        """Reset the systems of an aggregate. NotFoundError, InvalidRequestError."""

    async def reset_system(self, order: Order, system_id: str, reset_type: ResetType) -> Task:
        """Reset one system. NotFoundError, InvalidRequestError."""

    async def add_server(
        self, order: Order, *, host: str, user_name: str, password: str, trust: Trust = AS_SET
    ) -> Task:
        """Add a server. InvalidRequestError; ConflictError where it is there or being added."""

    async def remove_server(self, order: Order, source_id: str) -> Task:
        """Remove a source. NotFoundError; ConflictError where it is being removed."""


class KeptSettings(Protocol):
    """What clients have set of the services."""

    def of(self, service: ServiceName) -> ServiceSettings:
        """What is set of the service. Where nothing ever was, the revision is 0."""

    async def change(
        self, service: ServiceName, values: Mapping[str, Value], revision: int | None = None
    ) -> ServiceSettings:
        """Set these values; on return they are in effect.

        ChangedError where a revision is given that they do not have any more.
        """


class Clock(Protocol):
    """The time that clients see."""

    def now(self) -> datetime:
        """The present time, in UTC, aware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All that the handlers work with. `uuid` is the service's own, in canonical form.

    Whoever stops the service tells `readiness` first.
    """

    gate: Gate
    accounts: Accounts
    roles: Roles
    account_settings: AccountSettings
    tasks: Tasks
    fleet: Fleet
    operations: Operations
    events: Events
    streams: Streams
    settings: KeptSettings
    clock: Clock
    readiness: Readiness
    uuid: str
    measures: Measures = field(default_factory=Measures)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """What an operator may turn: `max_body` in bytes, `retry_after` in seconds (None: not sent; "expected":
    by what the task took so far). `Prefer: wait` holds an answer `longest_wait` seconds at the most. A page
    of tasks has `page_size` members; a query may take `query_timeout` seconds. Who shows `metrics_token`
    (unless it is empty) may read the metrics from anywhere. An account may make `requests_per_second`; 0: any
    number. A head has `max_headers` bytes at the most; an answer must have been taken within `body_timeout`
    seconds.
    """

    max_body: int = 4 * 1024 * 1024
    max_headers: int = 32 * 1024
    body_timeout: float = 120.0
    retry_after: int | Literal["expected"] | None = None
    longest_wait: int = 60
    requests_per_second: float = 0
    page_size: int = 1000
    query_timeout: float = 10.0
    metrics_token: str = field(default="", repr=False)
