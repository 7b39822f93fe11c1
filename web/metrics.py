"""`/metrics`: how the service does, as Prometheus reads it; no task, user or address is in a label.

For who asks from this machine, or shows the bearer token `metrics.token`. A request that a proxy has passed
on comes from elsewhere, wherever the proxy runs.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from tornado.httputil import HTTPHeaders

from actors import Durations, TaskState
from web.errors import metrics_not_here, metrics_token_missing
from web.handler import RedfishHandler
from web.measures import Measures

PASSED_ON: Final = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
"""Headers that proxies add."""

AGES: Final = (TaskState.PENDING, TaskState.RUNNING, TaskState.CANCELLING)


class MetricsHandler(RedfishHandler):
    """All measures, read as they are now; nothing is counted for it."""

    async def get(self) -> None:
        request, token = self.request, self.web_options.metrics_token
        if not is_from_here(request.remote_ip or "", request.headers):
            if not token:
                raise metrics_not_here()
            if not shows(request.headers, token):
                raise metrics_token_missing()
        self.send_text(written(self.services.measures, self.services.clock.now()), CONTENT_TYPE_LATEST)


def written(measures: Measures, now: datetime) -> bytes:
    """The measures as Prometheus reads them, with those of the process."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Reader(measures, now))
    return generate_latest(registry)


def is_from_here(remote_ip: str, headers: HTTPHeaders) -> bool:
    """Whether the request was made on this machine, and not passed on by a proxy."""
    if any(name in headers for name in PASSED_ON):
        return False
    try:
        address = ip_address(remote_ip)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def shows(headers: HTTPHeaders, token: str) -> bool:
    """Whether the request has this bearer token; how long that takes says nothing of the token."""
    scheme, _, given = headers.get("Authorization", "").strip().partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


class _Reader(Collector):
    """The measures as Prometheus's families."""

    def __init__(self, measures: Measures, now: datetime) -> None:
        self._measures = measures
        self._now = now

    def collect(self) -> Iterator[Metric]:
        yield from self._tasks()
        yield from self._requests()
        yield from self._loop()
        measures = self._measures
        yield _histogram(
            "taskmon_store_commit_seconds",
            "Commits of the store, from the asking to the disk.",
            measures.commits,
        )
        yield _counter(
            "taskmon_store_commit_failures",
            "Commits of which nothing was stored.",
            "kind",
            measures.failed_commits,
        )
        yield _counter(
            "taskmon_server_errors",
            "Calls of servers that failed, after what was tried again.",
            "kind",
            measures.server_errors,
        )
        recovered = {name.removeprefix("recovered_"): count for name, count in measures.counters.items()}
        yield _counter(
            "taskmon_tasks_recovered",
            "Tasks that were live at the last stop, by what this start decided.",
            "decision",
            recovered,
        )
        kept = measures.retention
        for name, count, said in (
            ("removals", kept.removed, "Ended tasks that retention has removed."),
            ("refusals", kept.refused, "New tasks that were refused for want of room."),
            ("sweeps", kept.sweeps, "Sweeps for what is due."),
            ("failed_sweeps", kept.failed_sweeps, "Sweeps that failed."),
        ):
            yield CounterMetricFamily(f"taskmon_retention_{name}", said, value=count)
        yield GaugeMetricFamily("taskmon_sessions", "Open sessions.", value=measures.sessions())
        yield from self._events()
        yield GaugeMetricFamily("taskmon_event_streams", "Open streams of events.", value=measures.streams())
        yield _counter(
            "taskmon_event_streams_cut_off",
            "Streams that were cut off because their clients did not keep up.",
            "reason",
            measures.streams_cut_off,
        )

    def _tasks(self) -> Iterator[Metric]:
        tasks = self._measures.tasks
        live = GaugeMetricFamily("taskmon_tasks", "Live tasks and subtasks.", labels=("operation", "state"))
        for (operation, state), count in tasks.live.items():
            live.add_metric((operation, state), count)
        yield live
        ended = CounterMetricFamily(
            "taskmon_tasks_ended", "Tasks and subtasks that have ended.", labels=("operation", "state")
        )
        for (operation, state), count in tasks.ended.items():
            ended.add_metric((operation, state), count)
        yield ended
        ages = GaugeMetricFamily(
            "taskmon_oldest_task_seconds",
            "How long one has been in this state, at the most.",
            labels=("state",),
        )
        for state in AGES:
            since = tasks.oldest(state)
            age = 0.0 if since is None else max(0.0, (self._now - since).total_seconds())
            ages.add_metric((state,), age)
        yield ages
        yield _histogram(
            "taskmon_abort_seconds", "From the asking for an abort to the end of the task.", tasks.aborts
        )

    def _events(self) -> Iterator[Metric]:
        measures, counts = self._measures, self._measures.events
        yield GaugeMetricFamily(
            "taskmon_event_subscriptions", "Stored subscriptions to events.", value=measures.subscriptions()
        )
        yield GaugeMetricFamily(
            "taskmon_events_pending",
            "Events behind the places of all subscriptions that are not suspended, added up.",
            value=measures.events_pending(),
        )
        for name, count, said in (
            ("events_delivered", counts.delivered, "Events that destinations have taken."),
            ("event_deliveries", counts.requests, "Requests with events that destinations have taken."),
            ("events_lost", counts.lost, "Events that were forgotten before a subscription was past them."),
        ):
            yield CounterMetricFamily(f"taskmon_{name}", said, value=count)
        yield _counter(
            "taskmon_event_delivery_failures",
            "Requests with events that failed, each attempt.",
            "kind",
            counts.failures,
        )
        yield _counter(
            "taskmon_event_subscriptions_ended",
            "Subscriptions that were removed or suspended because all attempts failed.",
            "what",
            counts.ended,
        )

    def _requests(self) -> Iterator[Metric]:
        requests = self._measures.requests
        answers = CounterMetricFamily(
            "taskmon_http_requests", "Requests that were answered.", labels=("route", "method", "status")
        )
        for (route, method, status), count in requests.answers.items():
            answers.add_metric((route, method, str(status)), count)
        yield answers
        took = HistogramMetricFamily(
            "taskmon_http_request_seconds",
            "From a request's headers to its answer.",
            labels=("route", "method"),
        )
        for labels, durations in requests.durations.items():
            took.add_metric(labels, _buckets(durations), durations.total)
        yield took

    def _loop(self) -> Iterable[Metric]:
        loop = self._measures.loop
        if loop is None:
            return
        for name, value, said in (
            ("taskmon_loop_lag_seconds", loop.lateness, "By how much the event loop was late just now."),
            ("taskmon_loop_lag_max_seconds", loop.longest_lateness, "The most since the start."),
            (
                "taskmon_actor_turn_max_seconds",
                loop.longest_turn,
                "The longest turn of an actor since the start.",
            ),
        ):
            yield GaugeMetricFamily(name, said, value=value)


def _counter(name: str, said: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, said, labels=(label,))
    for kind, count in counts.items():
        family.add_metric((kind,), count)
    return family


def _histogram(name: str, said: str, durations: Durations) -> Metric:
    return HistogramMetricFamily(name, said, buckets=_buckets(durations), sum_value=durations.total)


def _buckets(durations: Durations) -> list[tuple[str, float]]:
    return [("+Inf" if bound == float("inf") else str(bound), count) for bound, count in durations.up_to()]
