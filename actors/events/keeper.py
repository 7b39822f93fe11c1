"""SubscriptionKeeper: makes all changes to subscriptions, one at a time."""

from actors.events.subscriptions import Subscriptions
from actors.keeping import Keeper


class SubscriptionKeeper(Keeper[Subscriptions]):
    """Each change sees what has been stored until then."""
