"""What is so at the moment of a scrape: open jobs by status, requests in flight, the pause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from typing_extensions import override

from bot.domain.policy import PauseReason
from bot.domain.status import JobStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class State:
    """The engine at one moment.

    Attributes:
        jobs: How many open jobs of this process stand where.
        in_flight: How many requests the provider has of us.
        max_in_flight: How many it may have.
        pause: Why nothing is submitted, if so.
        silence: How long ago the loop turned last; None where it never did.
        is_outage: Whether the provider is known not to answer.
        credit_micros: What the account at RunComfy holds; None where that is not known.
        unreadable: How many jobs have rows that cannot be read.
    """

    jobs: Mapping[JobStatus, int]
    in_flight: int
    max_in_flight: int
    pause: PauseReason | None
    silence: timedelta | None
    is_outage: bool = False
    credit_micros: int | None = None
    unreadable: int = 0


class Census(Collector):
    """Asks for the state at every scrape; nothing has to be kept in step.

    Args:
        state: Answers it.
    """

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name the metrics without asking, for nothing can be asked yet when this is registered."""
        yield from _families()

    @override
    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Count."""
        state = self._state()
        jobs, in_flight, allowed, paused, outage, silence, unreadable, credit = _families()
        for status in JobStatus:
            jobs.add_metric([status.value], state.jobs.get(status, 0))
        in_flight.add_metric([], state.in_flight)
        allowed.add_metric([], state.max_in_flight)
        for reason in PauseReason:
            paused.add_metric([reason.value], int(state.pause is reason))
        outage.add_metric([], int(state.is_outage))
        unreadable.add_metric([], state.unreadable)
        if state.silence is not None:
            silence.add_metric([], state.silence.total_seconds())
        if state.credit_micros is not None:
            credit.add_metric([], state.credit_micros)
        yield from (jobs, in_flight, allowed, paused, outage, silence, unreadable, credit)


def _families() -> tuple[GaugeMetricFamily, ...]:
    return (
        GaugeMetricFamily("remix_jobs", "Open jobs of this process, by status.", labels=["status"]),
        GaugeMetricFamily("remix_requests_in_flight", "Requests that the provider has of this process."),
        GaugeMetricFamily("remix_requests_allowed", "Requests that it may have (MAX_IN_FLIGHT)."),
        GaugeMetricFamily("remix_paused", "Whether submissions are paused, by reason.", labels=["reason"]),
        GaugeMetricFamily("remix_outage", "Whether RunComfy is known not to answer; new remixes are refused then."),
        GaugeMetricFamily("remix_loop_silence_seconds", "How long ago the engine's loop turned last."),
        GaugeMetricFamily("remix_jobs_unreadable", "Jobs that are set apart because their rows cannot be read."),
        GaugeMetricFamily("remix_credit_micro_dollars", "What the account at RunComfy holds, in micro-dollars."),
    )
