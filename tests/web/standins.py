"""Stand-ins for the actors' facades: the simplest things that keep the contracts of `web.services`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from actors import (
    PREDEFINED_ROLES,
    AccountId,
    Aggregate,
    AggregateId,
    BadCredentialsError,
    ChangedError,
    ConflictError,
    Health,
    InvalidRequestError,
    Message,
    NotAllowedError,
    NotFoundError,
    OverwritePolicy,
    Payload,
    Percent,
    PowerState,
    Privilege,
    ResetType,
    Result,
    RetentionRules,
    Session,
    SessionId,
    Source,
    SourceChange,
    SourceId,
    System,
    SystemId,
    Task,
    TaskId,
    TaskPage,
    TaskQuery,
    TaskState,
    Viewer,
    Wait,
    may_see,
    new_task_id,
    page_of,
)
from actors.tasks.waiting import Waiting

NOW = datetime(2026, 11, 23, 12, 0, 0, 5, tzinfo=UTC)
ROLES = ("Administrator", "Operator", "ReadOnly")
PASSWORD = "correct horse 42"


def account(role: str) -> AccountId:
    return AccountId(f"account-{role}")


def _role_of(account_id: AccountId) -> str:
    return account_id.removeprefix("account-")


def viewer(role: str, session: SessionId | None = None) -> Viewer:
    return Viewer(
        account=account(role),
        name=role.lower(),
        role=role,
        privileges=PREDEFINED_ROLES[role],
        session=session,
    )


def a_task(owner: str = "Operator", **facts: object) -> Task:
    """A running task; any field can be given."""
    task = Task(
        id=new_task_id(),
        owner=account(owner),
        operation="reset",
        target="/redfish/v1/AggregationService",
        payload=Payload(
            target_uri="/redfish/v1/AggregationService/Actions/AggregationService.Reset",
            http_operation="POST",
            http_headers=("Content-Type: application/json",),
            json_body='{"ResetType":"On"}',
        ),
        state=TaskState.RUNNING,
        percent=Percent(8),
        started=NOW,
    )
    return replace(task, **facts)  # type: ignore[arg-type]


def ended(task: Task, state: TaskState, result: Result | None) -> Task:
    status = {TaskState.EXCEPTION: Health.CRITICAL, TaskState.CANCELLED: Health.WARNING}.get(state, Health.OK)
    return replace(task, state=state, status=status, percent=Percent(100), ended=NOW, result=result)


class HeldClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW


class StandInGate:
    """Three accounts, one for each role: the name is the role in lower case."""

    session_timeout = 1800

    def __init__(self) -> None:
        self.by_id: dict[SessionId, tuple[Session, str]] = {}
        self.failure: Exception | None = None

    async def login(self, name: str, password: str, origin: str) -> tuple[Session, str]:
        found = await self.by_password(name, password)
        number = len(self.by_id) + 1
        session = Session(
            id=SessionId(f"session-{number}"),
            account=found.account,
            user_name=name,
            token_hash=b"",
            created=NOW,
            last_used=NOW,
            origin=origin,
        )
        token = f"{number:064x}"
        self.by_id[session.id] = (session, token)
        return session, token

    async def by_token(self, token: str) -> Viewer:
        if self.failure:
            raise self.failure
        for session, its_token in self.by_id.values():
            if its_token == token:
                return viewer(_role_of(session.account), session.id)
        raise BadCredentialsError(Message("NoValidSession", detail="The token belongs to no session."))

    def by_token_at_hand(self, token: str) -> Viewer | None:
        return None

    async def by_password(self, name: str, password: str) -> Viewer:
        for role in ROLES:
            if role.lower() == name and password == PASSWORD:
                return viewer(role)
        raise BadCredentialsError(Message("NoValidSession", detail="The user name or the password is wrong."))

    def sessions(self, viewer: Viewer) -> list[Session]:
        return [session for session, _ in self.by_id.values() if may_see(viewer, session.account)]

    def session(self, session_id: str, viewer: Viewer) -> Session:
        found = self.by_id.get(SessionId(session_id))
        if found is None:
            raise NotFoundError(Message("ResourceNotFound", ("Session", session_id[:100])))
        if not may_see(viewer, found[0].account):
            raise NotAllowedError(Message("InsufficientPrivilege"))
        return found[0]

    async def logout(self, session_id: str, viewer: Viewer) -> None:
        del self.by_id[self.session(session_id, viewer).id]


class StandInTasks:
    """Tasks in a dictionary; `deleted` and `cancelled` remember what was asked of `delete` and `cancel`."""

    rules = RetentionRules(max_retained=50, auto_delete_minutes=90, overwrite_policy=OverwritePolicy.MANUAL)

    def __init__(self) -> None:
        self.by_id: dict[str, Task] = {}
        self.deleted: list[tuple[str, str, str]] = []
        self.cancelled: list[tuple[str, str, str]] = []
        self.failure: Exception | None = None
        self.queries: list[TaskQuery] = []
        self.waiting = Waiting()

    def add(self, *tasks: Task) -> None:
        self.by_id.update({task.id: task for task in tasks})
        for task in tasks:
            self.waiting.changed(task)

    async def page(self, viewer: Viewer, query: TaskQuery, patience: float) -> TaskPage:
        if self.failure:
            raise self.failure
        everyones = Privilege.CONFIGURE_USERS in viewer.privileges
        return self._page(replace(query, parent=None, owner=None if everyones else viewer.account))

    def _page(self, query: TaskQuery) -> TaskPage:
        self.queries.append(query)
        return page_of(list(enumerate(self.by_id.values())), query)

    async def find(self, task_id: str, viewer: Viewer) -> Task:
        task = self.by_id.get(task_id)
        if task is None:
            raise NotFoundError(Message("ResourceNotFound", ("Task", task_id[:100])))
        if not may_see(viewer, task.owner):
            raise NotAllowedError(
                Message("InsufficientPrivilege", detail="The task belongs to another account.")
            )
        return task

    def at_hand(self, task_id: str, viewer: Viewer) -> Task | None:
        task = self.by_id.get(task_id)
        return task if task is not None and may_see(viewer, task.owner) else None

    def monitor_at_hand(self, task_id: str, viewer: Viewer) -> Task | None:
        return self.at_hand(task_id, viewer)

    async def awaited(self, task_id: str, viewer: Viewer, wait: Wait) -> Task:
        with self.waiting.entered(TaskId(task_id), wait):
            told = await wait.after(await self.find(task_id, viewer))
        return told or await self.find(task_id, viewer)

    async def monitored(self, task_id: str, viewer: Viewer, *, reads: bool, wait: Wait | None = None) -> Task:
        return await (self.awaited(task_id, viewer, wait) if wait else self.find(task_id, viewer))

    async def subtask_page(
        self, parent_id: str, viewer: Viewer, query: TaskQuery, patience: float
    ) -> TaskPage:
        parent = await self.find(parent_id, viewer)
        if not parent.subtasks:
            raise NotFoundError(Message("ResourceNotFound", ("SubTasks", parent_id[:100])))
        return self._page(replace(query, parent=parent.id, owner=None))

    async def delete(self, task_id: str, viewer: Viewer, reason: str = "") -> None:
        task = await self.find(task_id, viewer)
        if task.parent and not task.is_live:
            raise ConflictError(Message("ResourceCannotBeDeleted"))
        self.deleted.append((task_id, viewer.name, reason))
        if task.parent is None:
            del self.by_id[task_id]

    async def cancel(self, task_id: str, viewer: Viewer, reason: str = "") -> None:
        task = await self.find(task_id, viewer)
        if not task.is_live:
            raise ConflictError(Message("ActionNotSupported", ("Taskmon.Cancel",)))
        self.cancelled.append((task_id, viewer.name, reason))
        self.by_id[task_id] = ended(task, TaskState.CANCELLED, None)

    async def delete_ended(self, viewer: Viewer) -> None:
        for task in list(self.by_id.values()):
            if may_see(viewer, task.owner) and task.parent is None and not task.is_live:
                del self.by_id[task.id]


class StandInFleet:
    """Sources, systems and aggregates in dictionaries."""

    def __init__(self) -> None:
        self.known_sources: dict[str, Source] = {}
        self.known_systems: dict[str, System] = {}
        self.known_aggregates: dict[str, Aggregate] = {}
        self.source_changes: list[SourceChange] = []

    def add_source(self, source_id: str, *systems: System) -> Source:
        source = Source(
            id=SourceId(source_id),
            host="10.0.0.1:443",
            address="10.0.0.1:443",
            user_name="root",
            password=b"sealed secret",
            systems=tuple(system.id for system in systems),
            added=NOW,
        )
        self.known_sources[source_id] = source
        self.known_systems.update({system.id: system for system in systems})
        return source

    def sources(self) -> list[SourceId]:
        return [source.id for source in self.known_sources.values()]

    def source(self, source_id: str) -> Source:
        if source_id not in self.known_sources:
            raise NotFoundError(Message("ResourceNotFound", ("AggregationSource", source_id[:100])))
        return self.known_sources[source_id]

    async def change_source(
        self, source_id: str, change: SourceChange, revision: int | None = None
    ) -> Source:
        source = self.source(source_id)
        if revision not in (None, source.revision):
            raise ChangedError
        self.source_changes.append(change)
        changed = replace(
            source, revision=source.revision + 1, user_name=change.user_name or source.user_name
        )
        self.known_sources[source_id] = changed
        return changed

    def systems(self) -> list[SystemId]:
        return [system.id for system in self.known_systems.values()]

    async def system(self, system_id: str) -> System:
        if system_id not in self.known_systems:
            raise NotFoundError(Message("ResourceNotFound", ("ComputerSystem", system_id[:100])))
        return self.known_systems[system_id]

    def aggregates(self) -> list[AggregateId]:
        return [aggregate.id for aggregate in self.known_aggregates.values()]

    def aggregate(self, aggregate_id: str) -> Aggregate:
        if aggregate_id not in self.known_aggregates:
            raise NotFoundError(Message("ResourceNotFound", ("Aggregate", aggregate_id[:100])))
        return self.known_aggregates[aggregate_id]

    async def create_aggregate(self, elements: Sequence[SystemId]) -> Aggregate:
        number = len(self.known_aggregates) + 1
        return self._keep(AggregateId(f"aggregate-{number}"), self._checked(elements))

    async def delete_aggregate(self, aggregate_id: str, revision: int | None = None) -> None:
        del self.known_aggregates[self._of_revision(aggregate_id, revision).id]

    async def add_elements(
        self, aggregate_id: str, elements: Sequence[SystemId], revision: int | None = None
    ) -> Aggregate:
        old = self._of_revision(aggregate_id, revision)
        return self._keep(old.id, (*old.elements, *self._checked(elements)))

    async def remove_elements(
        self, aggregate_id: str, elements: Sequence[SystemId], revision: int | None = None
    ) -> Aggregate:
        old = self._of_revision(aggregate_id, revision)
        gone = set(self._checked(elements))
        return self._keep(old.id, tuple(system for system in old.elements if system not in gone))

    def _of_revision(self, aggregate_id: str, revision: int | None) -> Aggregate:
        found = self.aggregate(aggregate_id)
        if revision not in (None, found.revision):
            raise ChangedError
        return found

    def _keep(self, aggregate_id: AggregateId, elements: tuple[SystemId, ...]) -> Aggregate:
        before = self.known_aggregates.get(aggregate_id)
        revision = before.revision + 1 if before else 1
        aggregate = Aggregate(id=aggregate_id, revision=revision, elements=elements, created=NOW)
        self.known_aggregates[aggregate_id] = aggregate
        return aggregate

    def _checked(self, elements: Sequence[SystemId]) -> tuple[SystemId, ...]:
        strange = [
            Message("PropertyValueError", (f"Elements/{index}",), properties=(f"Elements/{index}",))
            for index, system in enumerate(elements)
            if system not in self.known_systems or system in elements[:index]
        ]
        if strange:
            raise InvalidRequestError(*strange)
        return tuple(elements)


def a_system(system_id: str = "s1.1", **facts: object) -> System:
    """A system that is on; any field can be given."""
    system = System(
        id=SystemId(system_id),
        source=SourceId(system_id.partition(".")[0]),
        path="/redfish/v1/Systems/1",
        name="Server 1",
        uuid="7bb4fd7e-4f50-4f5f-9d8f-1d63c4cd2f2a",
        manufacturer="Acme",
        model="M1",
        serial_number="0815",
        reset_uri="/redfish/v1/Systems/1/Actions/ComputerSystem.Reset",
        reset_types=(ResetType.ON, ResetType.FORCE_OFF),
        power_state=PowerState.ON,
        last_reset="2026-11-23T11:00:00Z",
        seen=NOW,
    )
    return replace(system, **facts)  # type: ignore[arg-type]
