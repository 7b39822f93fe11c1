"""Handlers whose answers are kept for polls: see `web.polls`."""

from actors import Task
from web.compression import is_worth, packed
from web.handler import RedfishHandler
from web.polls import AtHand, Kept, Polls


class KeepingHandler(RedfishHandler):
    """A handler whose answer tells of one task alone."""

    def keep_answer(self, task: Task, at_hand: AtHand) -> None:
        """Whoever asks the same again while this is what `at_hand` has of the task is to get this answer."""
        polls: Polls = self.application.polls  # type: ignore[attr-defined]
        if not self._finds and at_hand(task.id, self.viewer) is task:
            body = self._written
            if "ETag" not in self._headers and is_worth(self.request.headers, body):
                body = packed(body)  # as it will go out this time, too
            polls.keep(self.request, Kept(task, at_hand, self.route, self.get_status(), self._headers, body))
