"""The limits of events, as the settings set them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLimits:
    """See the settings of `events`. `heartbeat`, `delivery_timeout` and `retry_interval` are in seconds;
    `retry_attempts` and `retry_interval` hold until clients set others of the EventService."""

    retention: timedelta = timedelta(days=1)
    max_kept: int = 200_000
    max_subscriptions: int = 100
    max_streams: int = 1000
    stream_lag: int = 5000
    heartbeat: float = 15.0
    delivery_timeout: float = 10.0
    delivery_batch: int = 100
    retry_attempts: int = 3
    retry_interval: int = 60
