"""What is counted: read from the text that Prometheus scrapes, after real steps of the engine."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest
from structlog.testing import LogCapture
from typing_extensions import override

from bot.domain.policy import PauseReason
from bot.domain.status import FailureReason, JobStatus
from bot.engine.answers import Phase, RequestResult, RequestStatus, Verdict
from bot.engine.schedule import Step
from bot.errors import (
    ContentRefused,
    DeliveryPostponed,
    DownloadRefused,
    ProviderRejected,
    ProviderUnavailable,
    SubmissionUncertain,
    Undeliverable,
)
from bot.ops.census import Census, State
from bot.ops.metrics import Metrics
from bot.ops.provider_watch import FRESH, ProviderWatch
from tests.fakes import FakeClock, FakeCourier, FakeProvider
from tests.unit.engine_bench import ASSUMED_PRICE, INPUT, MEMBER, MODEL_ID, OUTPUT, EngineBench

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from bot.domain.job import Job
    from bot.engine.answers import Progress


class Counted:
    """A registry and what it shows."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)

    def figures(self) -> Mapping[str, float]:
        """Every sample, by its name with labels."""
        lines = generate_latest(self.registry).decode().splitlines()
        samples = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(figure) for name, figure in samples}


@pytest.fixture
def counted() -> Counted:
    """Nothing counted yet."""
    return Counted()


@pytest.fixture
async def bench(tmp_path: Path, counted: Counted) -> EngineBench:
    """One process that counts."""
    bench = EngineBench(tmp_path, telemetry=counted.metrics)
    await bench.loop.start()
    await bench.settle()
    return bench


@pytest.fixture
def records() -> Generator[LogCapture]:
    """What is logged, with what is bound to its context."""
    capture = LogCapture()
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture
    structlog.configure(processors=before)


async def test_a_remix_is_counted_from_its_acceptance_to_its_delivery(bench: EngineBench, counted: Counted) -> None:
    await bench.remix()
    await bench.settle()
    await bench.pass_time(10)
    bench.provider.finish("req-1", OUTPUT, cost_micros=41_000)
    await bench.pass_time(10)

    found = counted.figures()
    assert found["remix_jobs_accepted_total"] == 1
    assert found['remix_jobs_ended_total{failure="none",status="succeeded"}'] == 1
    assert found["remix_spend_micro_dollars_total"] == 41_000
    assert found["remix_polls_per_job_count"] == 1
    assert found["remix_polls_per_job_sum"] == bench.provider.calls.count("status") > 1
    assert found['remix_delivery_seconds_count{status="succeeded"}'] == 1
    assert found['remix_delivery_seconds_sum{status="succeeded"}'] >= 10
    for step in ("open", "submit", "fetch", "deliver"):
        assert found[f'remix_step_seconds_count{{outcome="done",step="{step}"}}'] == 1


async def test_failures_are_counted_by_their_reason_and_what_is_held_for_the_uncertain_counts_as_spent(
    bench: EngineBench, counted: Counted
) -> None:
    await bench.remix()  # its price is not published yet
    bench.provider.fail("submit", SubmissionUncertain("reset"))
    await bench.settle()
    await bench.pass_time(120)
    await bench.remix()
    bench.provider.fail("submit", SubmissionUncertain("reset"))
    await bench.pass_time(120)
    await bench.remix()
    bench.provider.fail("submit", ProviderRejected("no", code="422"))
    await bench.pass_time(120)

    found = counted.figures()
    assert found['remix_jobs_ended_total{failure="uncertain",status="failed"}'] == 2
    assert found['remix_jobs_ended_total{failure="rejected",status="failed"}'] == 1
    assert found["remix_spend_micro_dollars_total"] == ASSUMED_PRICE + 30_000
    assert found["remix_polls_per_job_count"] == 0
    assert found['remix_delivery_seconds_count{status="failed"}'] == 3


async def test_an_uncertain_job_that_goes_on_after_all_is_counted_and_paid_once(
    bench: EngineBench, counted: Counted
) -> None:
    await bench.remix()  # its price is not published yet
    bench.provider.fail("submit", ProviderRejected("no", code="422"))
    await bench.settle()
    await bench.pass_time(120)
    job = await bench.remix()
    bench.provider.fail("submit", SubmissionUncertain("reset"))
    await bench.pass_time(120)
    failed = await bench.row(job)
    assert failed.failure is FailureReason.UNCERTAIN
    before = counted.figures()["remix_spend_micro_dollars_total"]
    request_id = await bench.provider.submit(MODEL_ID, {})
    assert failed.attempt_id is not None
    await bench.store.store_request(job.id, attempt_id=failed.attempt_id, request_id=request_id, at=bench.clock.now())
    await bench.pass_time(20)
    bench.provider.finish(request_id, OUTPUT, cost_micros=int(before) + 11_000)
    await bench.pass_time(20)

    found = counted.figures()
    assert (await bench.row(job)).status is JobStatus.SUCCEEDED
    assert before > 0
    assert found["remix_spend_micro_dollars_total"] == before + 11_000
    assert found['remix_jobs_ended_total{failure="uncertain",status="failed"}'] == 1
    assert found['remix_jobs_ended_total{failure="none",status="succeeded"}'] == 0
    assert found["remix_polls_per_job_count"] == 1


async def test_a_job_that_ends_while_a_slow_discord_takes_its_card_is_counted_once(
    bench: EngineBench, counted: Counted
) -> None:
    class SlowCourier(FakeCourier):
        @override
        async def show_card(self, job: Job, progress: Progress) -> None:
            if job.status is JobStatus.IN_QUEUE:
                bench.provider.finish("req-1", OUTPUT, cost_micros=30_000)
                await bench.steps[Step.POLL](await bench.row(job))
            await super().show_card(job, progress)

    bench.courier = SlowCourier()
    await bench.restart()
    await bench.remix()
    await bench.settle()
    bench.provider.newest.position = 9
    await bench.pass_time(60)

    found = counted.figures()
    assert found['remix_jobs_ended_total{failure="none",status="succeeded"}'] == 1
    assert found["remix_spend_micro_dollars_total"] == 30_000
    assert found['remix_delivery_seconds_count{status="succeeded"}'] == 1


async def test_a_result_that_is_lost_after_its_job_succeeded_is_counted(bench: EngineBench, counted: Counted) -> None:
    await bench.settled(await bench.remix())
    bench.downloader.failures[OUTPUT] = deque([DownloadRefused("html")])
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)
    await bench.settled(await bench.remix())
    bench.courier.fail("send", ContentRefused("AutoMod"))
    bench.provider.finish("req-2", f"{OUTPUT}?2")
    await bench.pass_time(60)

    found = counted.figures()
    assert found['remix_jobs_ended_total{failure="none",status="succeeded"}'] == 2
    assert found['remix_results_lost_total{failure="output_lost"}'] == 1
    assert found['remix_results_lost_total{failure="content_refused"}'] == 1


async def test_a_job_without_gallery_that_ends_in_a_step_towards_its_people_is_counted(
    bench: EngineBench, counted: Counted
) -> None:
    bench.inspector.make_mendable(INPUT)
    bench.galleries.fail(*[Undeliverable("closed")] * 4)
    job = await bench.remix()
    await bench.pass_time(timedelta(hours=2))

    assert (await bench.row(job)).failure is FailureReason.INPUT_REFUSED
    assert counted.figures()['remix_jobs_ended_total{failure="input_refused",status="failed"}'] == 1


async def test_a_job_that_is_cancelled_before_its_turn_is_counted_once(bench: EngineBench, counted: Counted) -> None:
    job = await bench.remix()
    await bench.service.cancel(job.id, by=bench.person(MEMBER))
    await bench.pass_time(30)

    found = counted.figures()
    assert found['remix_jobs_ended_total{failure="none",status="cancelled"}'] == 1
    assert found['remix_delivery_seconds_count{status="cancelled"}'] == 1


async def test_a_delivery_that_is_put_off_is_counted_as_tried_again(bench: EngineBench, counted: Counted) -> None:
    bench.courier.fail("send", DeliveryPostponed("503"), RuntimeError("a bug"))
    await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)

    found = counted.figures()
    assert found["remix_delivery_retries_total"] == 2
    assert found['remix_step_seconds_count{outcome="postponed",step="deliver"}'] == 1
    assert found['remix_step_seconds_count{outcome="broken",step="deliver"}'] == 1


async def test_every_record_that_is_logged_during_a_step_bears_the_job(tmp_path: Path, records: LogCapture) -> None:
    class TalkativeProvider(FakeProvider):
        async def submit(self, model_id: str, payload: Mapping[str, object]) -> str:
            structlog.get_logger("an adapter").warning("thinking")
            return await super().submit(model_id, payload)

    bench = EngineBench(tmp_path)
    bench.provider = TalkativeProvider()
    bench.boot()
    await bench.loop.start()
    job = await bench.remix()
    await bench.settle()

    said = [one for one in records.entries if one["event"] == "thinking"]
    assert [(one["job_id"], one["step"]) for one in said] == [(job.id, "submit")]
    assert structlog.contextvars.get_contextvars() == {}


def test_the_census_counts_what_is_so_at_the_scrape(counted: Counted) -> None:
    state = State(
        jobs={JobStatus.PENDING: 3},
        in_flight=2,
        max_in_flight=20,
        pause=PauseReason.OUT_OF_CREDIT,
        silence=None,
        is_outage=True,
    )
    counted.registry.register(Census(lambda: state))

    found = counted.figures()
    assert found['remix_jobs{status="pending"}'] == 3
    assert found['remix_jobs{status="in_queue"}'] == 0
    assert (found["remix_requests_in_flight"], found["remix_requests_allowed"]) == (2, 20)
    assert found['remix_paused{reason="out_of_credit"}'] == 1
    assert found['remix_paused{reason="unauthorized"}'] == 0
    assert found["remix_outage"] == 1
    assert "remix_loop_silence_seconds" not in found


async def test_labels_are_bounded_by_words_and_never_hold_an_id(bench: EngineBench, counted: Counted) -> None:
    before = len(counted.figures())
    for number in range(30):
        await bench.remix(user_id=9_000_000 + number)
    await bench.pass_time(60)
    for request_id in bench.provider.requests:
        bench.provider.finish(request_id, f"{OUTPUT}?{request_id}")
    await bench.pass_time(60)

    after = counted.figures()
    assert after['remix_jobs_ended_total{failure="none",status="succeeded"}'] >= 20
    assert len(after) - before <= 5 * 17  # each step may show another outcome, with its buckets
    assert not [name for name in after if "90000" in name]


# --- the provider -----------------------------------------------------------------------------------------------------


async def test_the_watch_remembers_how_the_provider_answered_last(counted: Counted) -> None:
    clock, provider = FakeClock(), FakeProvider()
    watch = ProviderWatch(provider, metrics=counted.metrics, clock=clock)
    assert (watch.trouble(), watch.describe()) == (None, "not asked yet")

    provider.fail("model", ProviderUnavailable("no connection"), ProviderRejected("?"))
    with pytest.raises(ProviderUnavailable):
        await watch.model(MODEL_ID)
    clock.forward(30)
    assert watch.trouble() == "ProviderUnavailable: no connection"
    assert watch.describe() == "ProviderUnavailable: no connection (30 s ago)"
    clock.forward(FRESH)
    assert watch.trouble() is None

    with pytest.raises(ProviderRejected):
        await watch.model(MODEL_ID)
    assert (watch.trouble(), watch.describe()) == (None, "answered (0 s ago)")
    found = counted.figures()
    assert found['remix_provider_call_seconds_count{outcome="unavailable",verb="model"}'] == 1
    assert found['remix_provider_call_seconds_count{outcome="rejected",verb="model"}'] == 1


async def test_the_watch_passes_every_answer_on_and_notes_how_late_an_end_was_seen(counted: Counted) -> None:
    clock, provider = FakeClock(), FakeProvider()
    watch = ProviderWatch(provider, metrics=counted.metrics, clock=clock)
    request_id = await watch.submit(MODEL_ID, {"prompt": "x"})
    assert await watch.status(request_id) == RequestStatus(Phase.QUEUED, "queued", 1)
    ended = RequestResult(Verdict.SUCCEEDED, (OUTPUT,), finished_at=clock.now())
    provider.requests[request_id].result = ended
    clock.forward(timedelta(seconds=3))

    assert await watch.result(request_id, sent_urls=["https://x/in.png"]) == ended
    await watch.cancel(request_id)

    found = counted.figures()
    assert (found["remix_detection_lag_seconds_count"], found["remix_detection_lag_seconds_sum"]) == (1, 3)
    for verb in ("submit", "status", "result", "cancel"):
        assert found[f'remix_provider_call_seconds_count{{outcome="answered",verb="{verb}"}}'] == 1
