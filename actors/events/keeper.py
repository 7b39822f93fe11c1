"""SubscriptionKeeper: makes all changes to subscriptions, one at a time, and sees that each is delivered."""

from collections.abc import Callable, Sequence

from actors.events.subscriptions import Subscriptions
from actors.events.team import Fallen, Revive, Team
from actors.keeping import Keep, Keeper
from actors.tasks.errors import ClientError
from actors.tasks.mail import Ping
from actors.tasks.ports import Change, Store


class SubscriptionKeeper(Keeper[Subscriptions]):
    """Each change sees what has been stored until then; the SubscriptionActors follow what is known."""

    def __init__(
        self, subscriptions: Subscriptions, store: Store, team: Team, on_lost: Callable[[str], None]
    ) -> None:
        super().__init__(subscriptions, store, on_lost)
        self._team = team

    def on_start(self) -> None:
        self._team.follow(self._book, self.actor_ref)

    async def on_receive(
        self, message: Keep[Subscriptions] | Ping | Fallen | Revive
    ) -> Sequence[Change] | ClientError | None:
        match message:
            case Fallen(subscription_id):
                self._team.fallen(subscription_id, self.actor_ref)
                return None
            case Revive(subscription_id):
                self._team.revive(subscription_id)
                self._team.follow(self._book, self.actor_ref)
                return None
            case _:
                try:
                    return await super().on_receive(message)
                finally:
                    self._team.follow(self._book, self.actor_ref)
