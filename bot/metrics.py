"""Figures for an operator at /metrics. Nothing in a label belongs to a person.

What happened is counted in the process where it happened; with PROMETHEUS_MULTIPROC_DIR set (the supervisor does)
the counts of web and sender processes are added up at the scrape. How much waits is read from the database then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future
from time import monotonic
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from storage.figures import Figures

OURS = CollectorRegistry()
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_SLOW = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25)

turns = Counter("convoca_turns", "Messages taken in, by channel", ["channel"], registry=OURS)
turn_failures = Counter("convoca_turn_failures", "Messages whose turn failed", ["channel"], registry=OURS)
turn_seconds = Histogram("convoca_turn_seconds", "From a message's arrival to its commit", registry=OURS, buckets=_FAST)
sends = Counter("convoca_sends", "Sendings, by what came of them", ["sender", "outcome"], registry=OURS)
send_seconds = Histogram(
    "convoca_send_seconds", "How long the provider took to answer", ["sender"], registry=OURS, buckets=_SLOW
)
hooks = Counter("convoca_webhooks", "Calls of webhooks, taken or refused", ["channel", "outcome"], registry=OURS)
stray_receipts = Counter(
    "convoca_stray_receipts", "Receipts with a number of ours that are of another message", ["sender"], registry=OURS
)
tick_failures = Counter("convoca_tick_failures", "Ticks of the clock that failed", ["tick"], registry=OURS)


def heard(channel: str, began: float, turn: Future[Any]) -> None:
    """A turn has ended, stored or failed. `began`: time.monotonic() when its message came."""
    turns.labels(channel).inc()
    turn_seconds.observe(monotonic() - began)
    if turn.exception() is not None:
        turn_failures.labels(channel).inc()


class _Queues(Collector):
    """What waits, read from the database at the scrape: the same whichever process is asked."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        depth = GaugeMetricFamily("convoca_outbox_messages", "Messages not yet settled", labels=["sender", "state"])
        age = GaugeMetricFamily("convoca_outbox_oldest_seconds", "Age of the oldest due message", labels=["sender"])
        halted = GaugeMetricFamily("convoca_sender_halted", "1 = stopped, keeps its queue", labels=["sender"])
        closed = GaugeMetricFamily(
            "convoca_country_closed", "1 = what is for this country waits", labels=["sender", "country"]
        )
        doubt = GaugeMetricFamily("convoca_recipients_unknown", "People of whom nobody knows whether they were told")
        for queue in self._figures.queues:
            for state, count in queue.states.items():
                depth.add_metric([queue.sender, state], count)
            age.add_metric([queue.sender], queue.oldest_seconds)
            halted.add_metric([queue.sender], float(queue.halted))
            for country in queue.closed:
                closed.add_metric([queue.sender, country], 1.0)
        doubt.add_metric([], self._figures.unknown)
        backup = GaugeMetricFamily("convoca_last_backup_seconds", "When the newest backup was made, as a Unix time")
        if self._figures.backup is not None:  # none was made: the figure is absent, which an alert can ask for
            backup.add_metric([], self._figures.backup.timestamp())
        yield from (depth, age, halted, closed, doubt, backup)


def render(figures: Figures) -> bytes:
    """All of it, in Prometheus' text format."""
    queues = CollectorRegistry()
    queues.register(_Queues(figures))
    return generate_latest(_counted()) + generate_latest(queues)


def _counted() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return OURS
    every = CollectorRegistry()
    MultiProcessCollector(every)  # type: ignore[no-untyped-call]
    return every
