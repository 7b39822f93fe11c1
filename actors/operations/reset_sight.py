"""What has been seen of a server during its reset, as a sentence that changes when something new is seen."""

from collections.abc import Callable
from dataclasses import replace

from actors.alike import alike
from actors.operations.reset_checkpoint import Step
from actors.tasks.messages import Message
from actors.tasks.ports import SeenSystem, SeenTask

_OF_STEP = {
    Step.UNSENT: "The reset had not been sent to it.",
    Step.SENDING: "The action was sent and not answered: whether it took effect is unknown.",
    Step.ACCEPTED: "It had accepted the reset.",
}


class ResetSight:
    """Each method takes in something new; `tell` is called with the sentence after each."""

    __slots__ = ("_in_reach", "_own_task", "_tell", "step", "system")

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._in_reach = True
        self._own_task: SeenTask | None = None
        self.step = Step.UNSENT
        self.system: SeenSystem | None = None
        """As it was last seen."""

    def reached(self, step: Step) -> None:
        self.step = step
        self._tell(self.sentence)

    def saw_system(self, system: SeenSystem) -> SeenSystem:
        """What was seen; where that is nothing new it is the object of before, and there is only one."""
        if self.system is None or self.system != system:
            self.system = system
        self._in_reach = True
        self._tell(self.sentence)
        return self.system

    def saw_task(self, task: SeenTask | None) -> None:
        """The server's own task for the action; None: it is gone.

        A server whose tasks can be read and whose system cannot is not in reach again with each look.
        """
        self._own_task = task
        self._tell(self.sentence)

    def lost(self) -> None:
        """The server could not be asked."""
        self._in_reach = False
        self._tell(self.sentence)

    def told_of_step(self, message: Message) -> Message:
        """The same, with how far the action had come: whoever reads it must not send it again unawares."""
        return replace(message, detail=f"{message.detail} {_OF_STEP[self.step]}".strip())

    @property
    def sentence(self) -> str:
        """Begins with "the server"; of several sentences."""
        # Each task keeps the last one, and thousands see the same.
        return alike(" ".join(filter(None, (self._of_power(), _OF_STEP[self.step], self._of_task()))))

    def _of_power(self) -> str:
        if self.system is None:
            return "the server was never seen."
        seen = f"the server was last seen {self.system.power_state or 'without a power state'}"
        if self.system.last_reset:
            seen += f" (its last reset at {self.system.last_reset})"
        return f"{seen}." if self._in_reach else f"{seen}, and then was out of reach."

    def _of_task(self) -> str:
        task = self._own_task
        if task is None:
            return ""
        if task.ended:
            return "Its own task for it had ended."
        percent = "" if task.percent is None else f" at {task.percent} percent"
        return f"Its own task for it was {task.state or 'under way'}{percent}."
