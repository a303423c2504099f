"""What the bot counts for Prometheus: the engine's telemetry, the provider's answers and Discord's, as metrics.

Every label has a small fixed set of values: no id of a job, person or server ever becomes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector

from bot.domain.status import FailureReason, JobStatus
from bot.engine.schedule import Step
from bot.engine.telemetry import StepOutcome

if TYPE_CHECKING:
    from datetime import timedelta

    from prometheus_client import CollectorRegistry

    from bot.domain.job import Job

NO_FAILURE: Final = "none"
"""The label where a job did not fail."""
AFTER_SUCCESS: Final = frozenset(
    {FailureReason.OUTPUT_LOST, FailureReason.OUTPUT_BLOCKED, FailureReason.CONTENT_REFUSED}
)
"""What is found out of a job that has ended as a success and is counted so."""
ACKNOWLEDGED, REFUSED, LOST = "acknowledged", "refused", "lost"
RESPONSES: Final = ("2xx", "3xx", "4xx", "429", "5xx", "lost")
"""How Discord answers our requests; 429 is counted apart from the other 4xx."""

_FAST: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SLOW: Final = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 21_600, 86_400)
_ACKNOWLEDGEMENT: Final = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 5)
"""Discord gives up after three seconds."""
_POLLS: Final = (1, 2, 3, 5, 8, 13, 21, 34, 55, 100, 300, 1000)


class Metrics:
    """The engine's ``Telemetry``, and a few notes of the adapters, as Prometheus metrics.

    Args:
        registry: Where they are kept; those of process and interpreter join them.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        self._accepted = Counter("remix_jobs_accepted", "Jobs accepted.", registry=registry)
        self._ended = Counter(
            "remix_jobs_ended", "Jobs that ended, by status and reason.", ("status", "failure"), registry=registry
        )
        self._lost = Counter(
            "remix_results_lost",
            "Results of jobs that succeeded, yet cannot be posted.",
            ("failure",),
            registry=registry,
        )
        self._spent = Counter(
            "remix_spend_micro_dollars",
            "What ended jobs cost, in micro-dollars; of an uncertain one, the price that is held for it.",
            registry=registry,
        )
        self._polls = Histogram(
            "remix_polls_per_job",
            "Status requests of this process for a job that ended.",
            buckets=_POLLS,
            registry=registry,
        )
        self._lag = Histogram(
            "remix_detection_lag_seconds",
            "From the end of a run, by the provider's clock, to our knowing it; where the provider says when.",
            buckets=_FAST,
            registry=registry,
        )
        self._delivered = Histogram(
            "remix_delivery_seconds",
            "From a job's acceptance to its end before its requester's eyes.",
            ("status",),
            buckets=_SLOW,
            registry=registry,
        )
        self._steps = Histogram(
            "remix_step_seconds",
            "How long steps take, by their outcome.",
            ("step", "outcome"),
            buckets=_FAST,
            registry=registry,
        )
        self._delivery_retries = Counter(
            "remix_delivery_retries", "Deliveries that were put off, to be tried again.", registry=registry
        )
        self._calls = Histogram(
            "remix_provider_call_seconds",
            "How long calls to the provider take, by what came of them.",
            ("verb", "outcome"),
            buckets=_FAST,
            registry=registry,
        )
        self._acknowledgements = Histogram(
            "remix_acknowledgement_seconds",
            "From an interaction's creation, by Discord's clock, to Discord's answer to our first reply.",
            ("outcome",),
            buckets=_ACKNOWLEDGEMENT,
            registry=registry,
        )
        self._responses = Counter(
            "remix_discord_responses", "Discord's answers to our requests.", ("status",), registry=registry
        )
        self._loop_lag = Histogram(
            "remix_event_loop_lag_seconds",
            "How much later than asked the event loop wakes a sleeper.",
            buckets=_FAST,
            registry=registry,
        )
        self._show_zeros()

    def _show_zeros(self) -> None:
        """Let each series be there before its first event, so that a rate sees that event."""
        for status in (one for one in JobStatus if one.is_terminal):
            self._ended.labels(status.value, NO_FAILURE)
            self._delivered.labels(status.value)
        for reason in FailureReason:
            if reason in AFTER_SUCCESS:
                self._lost.labels(reason.value)
            else:
                self._ended.labels(JobStatus.FAILED.value, reason.value)
        for step in Step:
            self._steps.labels(step.value, StepOutcome.DONE.value)
        for status in RESPONSES:
            self._responses.labels(status)
        for outcome in (ACKNOWLEDGED, REFUSED, LOST):
            self._acknowledgements.labels(outcome)

    # --- the engine's telemetry ---------------------------------------------------------------------------------------

    def job_accepted(self, job: Job) -> None:  # noqa: ARG002 - counted, whatever it is
        """Count a new job."""
        self._accepted.inc()

    def job_ended(self, job: Job, *, spent_micros: int) -> None:
        """Count an end and its price."""
        self._ended.labels(job.status.value, job.failure.value if job.failure else NO_FAILURE).inc()
        self._spent.inc(max(spent_micros, 0))

    def job_ended_anew(self, job: Job, *, more_spent_micros: int) -> None:  # noqa: ARG002 - one counter for all
        """Count what it cost beyond the price that was held; it stays counted under its first end."""
        self._spent.inc(max(more_spent_micros, 0))

    def job_polled(self, polls: int) -> None:
        """Note how often a job was asked for."""
        self._polls.observe(polls)

    def result_lost(self, job: Job) -> None:
        """Count a result that will not be posted."""
        if job.failure is not None:
            self._lost.labels(job.failure.value).inc()

    def job_delivered(self, job: Job) -> None:
        """Note how long the requester waited."""
        if job.delivered_at is not None:
            self._delivered.labels(job.status.value).observe((job.delivered_at - job.created_at).total_seconds())

    def step_ended(self, step: Step, outcome: StepOutcome, *, seconds: float) -> None:
        """Note how long a step took."""
        self._steps.labels(step.value, outcome.value).observe(seconds)
        if step is Step.DELIVER and outcome in (StepOutcome.POSTPONED, StepOutcome.BROKEN):
            self._delivery_retries.inc()

    # --- notes of adapters --------------------------------------------------------------------------------------------

    def provider_called(self, verb: str, outcome: str, *, seconds: float) -> None:
        """Note a call to the provider."""
        self._calls.labels(verb, outcome).observe(seconds)

    def end_detected(self, lag: timedelta) -> None:
        """Note how late we knew of the end of a run; clocks that differ make it no less than nothing."""
        self._lag.observe(max(lag.total_seconds(), 0))

    def acknowledged(self, outcome: str, *, after: timedelta) -> None:
        """Note how long a first reply took."""
        self._acknowledgements.labels(outcome).observe(max(after.total_seconds(), 0))

    def discord_answered(self, status: str) -> None:
        """Count an answer of Discord, by one of ``RESPONSES``."""
        self._responses.labels(status).inc()

    def loop_lagged(self, seconds: float) -> None:
        """Note how late the event loop was."""
        self._loop_lag.observe(max(seconds, 0))
