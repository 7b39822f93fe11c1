"""The operation `reset_server`: resets one system, and ends when its power state shows the effect."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from actors.access.roles import Privilege
from actors.inventory.inventory import Inventory, with_seen
from actors.inventory.records import ResetType, Source, System, SystemId
from actors.operations.clocks import ClockRangError, Clocks, Timeouts, waited_in_vain
from actors.operations.effect import ACCEPTED_ONLY, RESTARTS, Effect, Observation
from actors.operations.failures import may_be_an_outage, message_of
from actors.operations.operation import Decision, Operation, Outcome, Policy, failure, success
from actors.operations.reset_checkpoint import ResetCheckpoint, Step
from actors.operations.reset_sight import ResetSight
from actors.tasks.context import Context
from actors.tasks.errors import (
    FencedError,
    ServerError,
    ServerHungUpError,
    ServerRefusedError,
    ServerTaskFailedError,
    ServerTooSlowError,
)
from actors.tasks.messages import Message
from actors.tasks.ports import Accepted, Change, Save, SeenSystem, Server
from actors.tasks.task import Task
from actors.uris import system_uri

log = logging.getLogger("taskmon.tasks")

LONGEST_APPROACH = 9.0
"""Seconds in which a server must have said how it is, or it counts as out of reach: an operator is promised
the failure of a server that cannot be reached within 15, and a connection for the action may take 5."""

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
PAUSE_GROWS = 1.5
"""Between two looks at a server: at first often, for most are quick, then ever less."""
LONGEST_STAY = 0.5
"""In pauses of up to so many seconds we stay with the server; in longer ones others have the connection. A
management controller needs about as long for a TLS handshake, so others would gain nothing by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetLimits:
    """Seconds; see the section `reset` of the settings. Those of the clocks are what a request may change."""

    waiting_timeout: float
    run_timeout: float
    progress_timeout: float
    expected_outage: float
    settle: float
    cancel_timeout: float = 3.0
    """For ending the server's own task after an abort; see the setting `fleet.cancel_timeout`."""

    @property
    def timeouts(self) -> Timeouts:
        return Timeouts(waiting=self.waiting_timeout, run=self.run_timeout, progress=self.progress_timeout)


class ResetServer(Operation):
    """Input: `system` and `reset_type`."""

    name = "reset_server"
    needs = (Privilege.CONFIGURE_COMPONENTS,)

    def __init__(self, limits: ResetLimits) -> None:
        self._limits = limits
        self._timeouts = limits.timeouts

    async def run(self, context: Context) -> Outcome:
        """Hold the system, send the action once, watch for the effect."""
        system_id = SystemId(context.task.input["system"])
        clocks = Clocks(context, self._timeouts)
        try:
            if not context.hold_at_once(system_id):
                async with clocks.waiting():
                    await context.hold(system_id, system_uri(system_id))
        except ClockRangError as rang:
            told = waited_in_vain(rang, system_uri(system_id))
            return failure(told, summary=f"{system_uri(system_id)}: {told.text}")
        system = context.inventory.systems.get(system_id)
        if system is None:
            return failure(
                Message("ResourceNotFound", ("ComputerSystem", system_id), detail="It was removed.")
            )
        await context.started()
        run = _Run(context, system, ResetType(context.task.input["reset_type"]), self._limits, clocks)
        try:
            async with clocks.working():
                try:
                    sent = await run.send(ResetCheckpoint.read(context.task.checkpoint))
                    return sent if isinstance(sent, Outcome) else await run.watch(sent)
                finally:
                    run.leave()
        except ClockRangError as rang:
            return run.timed_out(rang)
        except (asyncio.CancelledError, FencedError):
            await run.clean_up()
            raise

    def after_stop(self, task: Task) -> Decision:
        """What was sent and not answered is never sent again; all else goes on from where it was."""
        match ResetCheckpoint.read(task.checkpoint).step:
            case Step.UNSENT:
                return Decision(Policy.GO_ON, "Nothing had been sent to the server; the reset goes on.")
            case Step.ACCEPTED:
                return Decision(Policy.GO_ON, "The server had accepted the reset; its effect is followed.")
            case Step.SENDING:
                return Decision(
                    Policy.ASK,
                    "The reset was sent and its answer is not known: it is not sent again, and the server is "
                    "asked what became of it.",
                )

    def holds(self, task: Task, inventory: Inventory) -> Sequence[str]:
        return (task.input["system"],)

    def left_unknown(self, task: Task) -> str:
        checkpoint = ResetCheckpoint.read(task.checkpoint)
        if checkpoint.step is Step.SENDING:
            return (
                f"The reset {task.input['reset_type']} was under way to the server and not answered: "
                "the server's state is unknown."
            )
        if checkpoint.monitor:
            return (
                "The server runs a task of its own for the reset, and that it was ended there is not known: "
                "the reset may still take effect."
            )
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """The action has left, `since` seconds ago; the system was as in `before`. Where it is not `certain`,
    nobody knows whether the server took it on; `monitor` is that of the server's own task, or empty."""

    before: SeenSystem
    monitor: str
    certain: bool
    since: float = 0.0


class _Run:
    """One reset of one system, and what has been seen of it so far."""

    __slots__ = ("_context", "_limits", "_monitor", "_outage_told", "_server", "_sight", "_source", "_stay",
                 "_system", "_type")  # fmt: skip

    def __init__(
        self, context: Context, system: System, reset_type: ResetType, limits: ResetLimits, clocks: Clocks
    ) -> None:
        self._context = context
        self._system = system
        self._source: Source = context.inventory.sources[system.source]
        self._type = reset_type
        self._limits = limits
        self._server: Server = context.server(self._source)
        self._sight = ResetSight(clocks.saw)
        self._outage_told = False
        self._monitor = ""  # of the server's own task, while that goes on
        self._stay: ExitStack | None = None

    async def send(self, checkpoint: ResetCheckpoint) -> Outcome | _Sent:
        """Send the action, unless it has left before; an outcome where there is nothing to watch for."""
        return await (self._go() if checkpoint.step is Step.UNSENT else self._go_on(checkpoint))

    def leave(self) -> None:
        """Let others have the connection to the server that was kept. Again is no error."""
        if self._stay is not None:
            self._stay.close()
            self._stay = None

    async def _go(self) -> Outcome | _Sent:
        # Look, send, watch: as long as one follows the other soon, we stay with the server.
        self._stay = ExitStack()
        self._stay.enter_context(self._server.staying())
        try:
            before = await self._look(self._context.server(self._source, LONGEST_APPROACH))
        except ServerError as error:
            return self._failed(message_of(error))
        refusal = self._unsupported(before)
        if refusal is not None:
            return self._failed(refusal)
        try:
            # A planned stop waits for the answer: what was sent and not answered can only be asked after.
            with self._context.indivisible():
                accepted = await self._send(before)
        except (ServerTooSlowError, ServerHungUpError) as error:
            await self._context.note(
                f"{error} Whether the server took the action on is not known; it is not sent again, "
                "and its power state will tell."
            )
            return _Sent(before=before, monitor="", certain=False)
        except ServerError as error:
            return self._failed(message_of(error))
        return _Sent(before=before, monitor=accepted.monitor, certain=True)

    async def _go_on(self, checkpoint: ResetCheckpoint) -> Outcome | _Sent:
        """After a stop of the service: the action has left before, and does not leave again."""
        certain = checkpoint.step is Step.ACCEPTED
        self._sight.reached(checkpoint.step)
        self._monitor = checkpoint.monitor
        await self._context.running()
        if not certain and not checkpoint.since and self._type in RESTARTS:
            return self._unknown()  # how the server was before is not known, so nothing can be compared
        return _Sent(
            before=checkpoint.before(self._system.path),
            monitor=checkpoint.monitor,
            certain=certain,
            since=checkpoint.seconds_since(self._context.clock.now()),
        )

    async def _send(self, before: SeenSystem) -> Accepted:
        """Send the action, once; that it leaves is saved before, and that it was taken on after."""
        now = self._context.clock.now()
        sending = ResetCheckpoint.of(Step.SENDING, before, now)
        await self._context.running(percent=25, checkpoint=sending.text)
        self._sight.reached(Step.SENDING)
        accepted = await self._server.reset(before.reset_uri, self._type)
        self._sight.reached(Step.ACCEPTED)
        self._monitor = accepted.monitor
        taken_on = ResetCheckpoint.of(
            Step.ACCEPTED, before, self._context.clock.now(), monitor=accepted.monitor
        )
        await self._context.note(
            f"{self._system.name} accepted the reset {self._type}.", percent=50, checkpoint=taken_on.text
        )
        return accepted

    async def _look(self, server: Server) -> SeenSystem:
        seen = self._sight.saw_system(await server.system(self._system.path))
        await self._context.saw(self._system.id, seen)
        self._system = self._context.inventory.systems.get(self._system.id, self._system)
        return seen

    def _unsupported(self, before: SeenSystem) -> Message | None:
        if not before.reset_uri:
            return Message(
                "ActionNotSupported", ("ComputerSystem.Reset",), detail="The server offers no reset."
            )
        if before.reset_types and self._type not in before.reset_types:
            return Message(
                "ActionNotSupported",
                (f"ComputerSystem.Reset with ResetType {self._type}",),
                detail=f"The server supports {', '.join(before.reset_types)}.",
            )
        return None

    async def watch(self, sent: _Sent) -> Outcome:
        """Look, ever less often, until the effect is there. The clocks end it otherwise."""
        loop = asyncio.get_running_loop()
        acceptance = loop.time() - sent.since
        certain, settle = sent.certain, self._settle(certain=sent.certain)
        observation = Observation(self._type, sent.before, settle)
        self._monitor = sent.monitor
        pause = FIRST_PAUSE
        while True:
            began = loop.time()
            try:
                if self._monitor:
                    self._monitor = await self._follow(self._monitor)
                effect = await self._effect(observation, self._monitor, loop.time() - acceptance)
            except ServerTaskFailedError as error:
                return self._failed(self._sight.told_of_step(message_of(error)))
            except ServerError as error:
                if not may_be_an_outage(error) or loop.time() - acceptance > self._limits.expected_outage:
                    return self._failed(self._sight.told_of_step(message_of(error)))
                self._sight.lost()
                await self._tell_outage(error)
            else:
                if effect is Effect.REACHED:
                    return self._succeeded(certain=certain)
                if effect is Effect.NOT_OBSERVED:
                    return self._not_observed(settle, certain=certain)
                if not certain and loop.time() - acceptance > self._limits.expected_outage:
                    return self._unknown()  # nothing shows that it was ever taken on
            # A look that took long had to wait for thousands of others: who looks less often helps them all.
            rest = min(max(pause, loop.time() - began), LONGEST_PAUSE)
            if rest > LONGEST_STAY:
                self.leave()
            await self._context.pause(rest)
            pause *= PAUSE_GROWS

    async def _effect(self, observation: Observation, monitor: str, since_acceptance: float) -> Effect:
        if self._type in ACCEPTED_ONLY:
            return Effect.AWAITED if monitor else Effect.REACHED
        return observation.see(await self._look(self._server), since_acceptance, goes_on=bool(monitor))

    async def _follow(self, monitor: str) -> str:
        """The server's own task: its monitor while it goes on, else an empty string."""
        try:
            seen = await self._server.task_seen(monitor)
            self._sight.saw_task(seen)
            return "" if seen.ended else monitor
        except ServerRefusedError as error:
            if error.status != 404:
                raise
            self._sight.saw_task(None)
            await self._context.note(
                "The server's own task for the reset is gone; the power state will tell how it ended."
            )
            return ""

    async def clean_up(self) -> None:
        """After an abort: have the server end its own task as well. It may refuse, which changes nothing."""
        if not self._monitor:
            self._context.cleaned_up = self._sight.step is not Step.SENDING
            return
        if not self._context.may_clean_up:
            return
        try:
            async with asyncio.timeout(self._limits.cancel_timeout):
                await self._context.cleaning_server(self._source).cancel_task(self._monitor)
        except (ServerError, FencedError, TimeoutError) as error:
            log.warning(
                "task %s: the task that the server runs for it could not be ended there: %s",
                self._context.task.id,
                str(error) or f"no answer within {self._limits.cancel_timeout:g} s",
            )
        else:
            self._context.cleaned_up = True
            log.info("task %s: the task that the server ran for it was ended there", self._context.task.id)

    async def _tell_outage(self, error: ServerError) -> None:
        if not self._outage_told:
            self._outage_told = True
            await self._context.note(
                f"{error} While a server is being reset that is to be expected; for "
                f"{self._limits.expected_outage:g} s it is waited for."
            )

    # --- ends

    def _succeeded(self, *, certain: bool) -> Outcome:
        if certain or self._type not in ACCEPTED_ONLY:
            detail = (
                ""
                if certain
                else "The server never answered the action, but its power state shows the effect."
            )
            return success(changes=self._changes(), warning=not certain, detail=detail)
        return self._unknown()

    def _settle(self, *, certain: bool) -> float:
        """How long On without a sign of a restart is waited for one.

        What shuts down gracefully is On for a while first, and what may still be taken on must not be cut by
        the next task that waits for the server.
        """
        if certain and self._type is not ResetType.GRACEFUL_RESTART:
            return self._limits.settle
        return self._limits.expected_outage

    def _not_observed(self, settle: float, *, certain: bool) -> Outcome:
        if not certain:
            return self._unknown()
        detail = (
            f"The restart was not observed: the server is On {settle:g} s after it accepted the reset, and "
            "was never seen otherwise."
        )
        return success(changes=self._changes(), warning=True, detail=detail)

    def _unknown(self) -> Outcome:
        return self._failed(
            Message(
                "OperationFailed",
                detail="The server never answered the action: whether it took effect is unknown.",
                resolution_here="Look at the server itself before sending the reset again.",
            )
        )

    def _failed(self, message: Message) -> Outcome:
        return failure(message, summary=f"{self._system.name}: {message.text}", changes=self._changes())

    def timed_out(self, rang: ClockRangError) -> Outcome:
        return self._failed(Message("OperationTimeout", detail=f"{rang}; {self._sight.sentence}"))

    def _changes(self) -> tuple[Change, ...]:
        """What was last seen of the system becomes durable with the end of the task."""
        known = self._context.inventory.systems.get(self._system.id)
        if self._sight.system is None or known is None:
            return ()
        seen = with_seen(known, self._sight.system, known.seen)
        return (Save(replace(seen, revision=known.revision + 1)),)
