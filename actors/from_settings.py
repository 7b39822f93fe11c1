"""What the settings say to the actors: their limits."""

from datetime import timedelta

from actors.events.limits import EventLimits
from actors.operations.clocks import Timeouts
from actors.operations.reset_server import ResetLimits
from actors.start import Limits
from actors.tasks.retention import OverwritePolicy, RetentionRules
from config.loading import Settings


def limits_of(settings: Settings) -> Limits:
    """The limits that these settings set."""
    return Limits(
        abort_deadline=settings.tasks.abort_deadline,
        power_max_age=settings.fleet.power_max_age,
        refuse_busy=settings.fleet.when_busy == "refuse",
        reset=ResetLimits(
            run_timeout=settings.reset.run_timeout,
            expected_outage=settings.reset.expected_outage,
            settle=settings.reset.settle,
            cancel_timeout=settings.fleet.cancel_timeout,
            waiting_timeout=settings.reset.waiting_timeout,
            progress_timeout=settings.reset.progress_timeout,
        ),
        add_server=Timeouts(
            run=settings.add_server.run_timeout, progress=settings.add_server.progress_timeout
        ),
        remove_server=Timeouts(
            waiting=settings.remove_server.waiting_timeout, run=settings.remove_server.run_timeout
        ),
        retention=RetentionRules(
            max_retained=settings.tasks.max_retained,
            auto_delete_minutes=settings.tasks.auto_delete_minutes,
            overwrite_policy=OverwritePolicy(settings.tasks.overwrite_policy),
        ),
        events=EventLimits(
            retention=timedelta(seconds=settings.events.retention),
            max_kept=settings.events.max_kept,
            max_subscriptions=settings.events.max_subscriptions,
            max_streams=settings.events.max_streams,
            stream_lag=settings.events.stream_lag,
            heartbeat=settings.events.heartbeat,
            delivery_timeout=settings.events.delivery_timeout,
            delivery_batch=settings.events.delivery_batch,
            retry_attempts=settings.events.retry_attempts,
            retry_interval=settings.events.retry_interval,
        ),
    )
