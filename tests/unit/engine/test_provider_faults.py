"""The provider out of order, by the minute and by the hour: what is waited for, what ends, and what is never sent."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from bot.domain.ledger import balance
from bot.domain.policy import PauseReason
from bot.domain.status import CancelOutcome, FailureReason, JobStatus
from bot.engine.answers import Phase, RequestResult, Verdict
from bot.errors import (
    OutOfCredit,
    ProviderError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnauthorized,
    ProviderUnavailable,
    Refused,
    SubmissionUncertain,
)
from tests.fakes import FakeProvider
from tests.unit.engine_bench import MEMBER, OUTPUT, EngineBench

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LONG = 20_000
"""More failures than any test has polls."""


def broken(bench: EngineBench, verb: str, error: ProviderError) -> None:
    """Let a verb fail from now on."""
    bench.provider.fail(verb, *[error] * LONG)


async def in_queue(bench: EngineBench) -> str:
    """Let a member ask, and answer the job's id once RunComfy has it."""
    job = await bench.remix()
    await bench.settle()
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    return job.id


# --- results that do not come -----------------------------------------------------------------------------------------


async def test_a_result_that_is_not_ready_for_a_while_is_waited_for(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.requests["req-1"].phase = Phase.ENDED
    await bench.pass_time(timedelta(minutes=10))
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE

    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(10)
    assert [one.status for one in bench.courier.messages_of(job.id)] == ["succeeded"]


async def test_a_result_that_is_never_ready_is_given_up_after_a_day_like_a_run(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.requests["req-1"].phase = Phase.ENDED
    await bench.pass_time(timedelta(minutes=31))
    assert (await bench.row(job)).overdue_at is not None
    await bench.pass_time(timedelta(hours=25))

    assert (await bench.row(job)).status is JobStatus.EXPIRED
    assert len(bench.courier.messages_of(job.id)) == 1


@pytest.mark.parametrize("error", [ProviderUnavailable("500"), ProviderProtocolError("garbled")])
async def test_a_result_that_can_never_be_read_is_given_up_after_a_day(
    bench: EngineBench, error: ProviderError
) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    broken(bench, "result", error)
    await bench.pass_time(timedelta(hours=26))

    assert (await bench.row(job)).status is JobStatus.EXPIRED
    assert len(bench.courier.messages_of(job.id)) == 1


async def test_a_result_that_is_unknown_although_its_status_is_known_ends_after_ten_minutes(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    broken(bench, "result", ProviderRejected("no such request", code="404001"))
    await bench.pass_time(timedelta(minutes=9))
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    await bench.pass_time(timedelta(minutes=11))

    assert (await bench.row(job)).status is JobStatus.EXPIRED


@pytest.mark.parametrize("code", ["404001", "404"])
async def test_a_silence_between_two_refusals_is_no_time_for_which_a_request_was_unknown(
    bench: EngineBench, code: str
) -> None:
    job = await bench.remix()
    await bench.settle()
    unknown = ProviderRejected("no such request", code=code)
    silence = [ProviderUnavailable("down")] * 12
    bench.provider.fail("status", unknown, *silence, unknown)
    await bench.pass_time(timedelta(hours=1))
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(timedelta(minutes=6))

    assert (await bench.row(job)).status is JobStatus.SUCCEEDED


async def test_a_job_that_is_only_ever_refused_ends_after_a_week_although_restarts_forget_how_long(
    bench: EngineBench,
) -> None:
    job = await bench.remix()
    await bench.settle()
    broken(bench, "status", ProviderRejected("somebody else's", code="403001"))
    for _ in range(7):
        await bench.pass_time(timedelta(hours=1))
        assert (await bench.row(job)).status is JobStatus.IN_QUEUE
        bench.clock.forward(timedelta(hours=23))
        await bench.restart()
    await bench.pass_time(timedelta(hours=1))

    assert (await bench.row(job)).status is JobStatus.EXPIRED


async def test_completed_on_the_status_and_failed_in_the_result_is_a_failure_told_once(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    request = bench.provider.requests["req-1"]
    request.phase, request.result = Phase.ENDED, RequestResult(Verdict.FAILED, error="the model broke")
    await bench.pass_time(60)

    row = await bench.row(job)
    assert (row.status, row.failure) == (JobStatus.FAILED, FailureReason.RUN_FAILED)
    assert [one.part for one in bench.courier.messages_of(job.id)] == [0]


# --- refusals of the account ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ProviderUnauthorized("400004"), OutOfCredit("400002")])
async def test_a_refused_account_ends_no_job_that_runs(bench: EngineBench, error: ProviderError) -> None:
    job = await bench.remix()
    await bench.settle()
    broken(bench, "status", error)
    await bench.pass_time(timedelta(hours=30))
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE

    bench.provider.heal()
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(timedelta(minutes=11))
    assert len(bench.courier.messages_of(job.id)) == 1


async def test_a_429_is_waited_out_as_long_as_it_says_and_without_a_word_by_the_free_question(
    bench: EngineBench,
) -> None:
    job = await bench.remix()
    bench.provider.fail("submit", ProviderUnavailable("429", retry_after=timedelta(minutes=3)))
    await bench.pass_time(timedelta(minutes=2, seconds=50))
    assert bench.provider.calls.count("submit") == 1
    await bench.pass_time(20)
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE

    other = await bench.remix()
    bench.provider.fail("submit", ProviderUnavailable("429"))
    await bench.pass_time(70)
    assert (await bench.row(other)).status is JobStatus.IN_QUEUE
    assert bench.provider.calls.count("submit") == 4


async def test_after_a_gateways_429_one_job_is_uncertain_and_the_others_wait_as_long_as_it_says(
    bench: EngineBench,
) -> None:
    doubtful = await bench.remix()
    bench.provider.fail("submit", SubmissionUncertain("HTTP 429", retry_after=timedelta(minutes=3)))
    await bench.settle()
    other = await bench.remix()
    await bench.pass_time(timedelta(minutes=2, seconds=50))
    assert (await bench.row(doubtful)).failure is FailureReason.UNCERTAIN
    assert bench.provider.calls.count("submit") == 1

    await bench.pass_time(20)
    assert (await bench.row(other)).status is JobStatus.IN_QUEUE


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ProviderUnauthorized("401"), PauseReason.UNAUTHORIZED), (OutOfCredit("402"), PauseReason.OUT_OF_CREDIT)],
)
async def test_an_unproven_refusal_of_the_account_is_uncertain_for_one_job_and_pauses_the_others(
    bench: EngineBench, error: ProviderUnauthorized | OutOfCredit, reason: PauseReason
) -> None:
    doubtful = await bench.remix()
    doubt = SubmissionUncertain("a gateway")
    doubt.account_error = error
    bench.provider.fail("submit", doubt)
    await bench.settle()

    assert (await bench.row(doubtful)).failure is FailureReason.UNCERTAIN
    assert bench.gate.pause is not None
    assert bench.gate.pause.reason is reason
    with pytest.raises(Refused, match="paused"):
        await bench.remix()


async def test_an_unknown_model_keeps_the_job_pauses_intake_and_is_over_when_the_model_is_published(
    bench: EngineBench,
) -> None:
    job = await bench.remix()
    unknown = ProviderRejected("model not found", code="400001")
    bench.provider.fail("submit", unknown)
    broken(bench, "model", unknown)
    await bench.pass_time(timedelta(hours=1))
    row = await bench.row(job)
    assert (row.status, row.failure) == (JobStatus.PENDING, None)
    assert bench.gate.pause is not None
    assert bench.gate.pause.reason is PauseReason.UNKNOWN_MODEL
    assert bench.provider.calls.count("submit") == 1
    with pytest.raises(Refused, match="paused"):
        await bench.remix()

    bench.provider.heal()
    await bench.pass_time(timedelta(minutes=11))
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    assert bench.gate.pause is None


async def test_a_model_that_is_refused_although_published_is_risked_once_in_ten_minutes(bench: EngineBench) -> None:
    job = await bench.remix()
    broken(bench, "submit", ProviderRejected("model not found", code="400001"))
    await bench.pass_time(timedelta(hours=1))

    assert (await bench.row(job)).status is JobStatus.PENDING
    assert 2 <= bench.provider.calls.count("submit") <= 7
    assert bench.provider.requests == {}


async def test_an_unknown_model_of_an_earlier_setting_holds_up_its_own_job_only_and_ends_it_for_free_after_a_day(
    tmp_path: Path,
) -> None:
    bench = EngineBench(tmp_path)
    await bench.loop.start()
    job = await bench.remix()
    bench.gate.model_id = "somebody/else/edit"
    unknown = ProviderRejected("model not found", code="400001")
    unknown.reason = "model not found"
    broken(bench, "submit", unknown)
    await bench.pass_time(timedelta(hours=23))
    assert (await bench.row(job)).status is JobStatus.PENDING
    assert bench.gate.pause is None

    await bench.pass_time(timedelta(hours=2))
    row = await bench.row(job)
    assert (row.status, row.failure, row.failure_detail) == (
        JobStatus.FAILED,
        FailureReason.REJECTED,
        "model not found",
    )
    assert balance(await bench.store.entries(job.id)) == 0
    assert len(bench.courier.messages_of(job.id)) == 1


# --- cancellations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [ProviderUnavailable("503"), ProviderProtocolError("garbled"), ProviderRejected("no such route", code="404001")],
)
async def test_a_cancellation_that_keeps_failing_hides_no_result(bench: EngineBench, error: ProviderError) -> None:
    job_id = await in_queue(bench)
    broken(bench, "cancel", error)
    await bench.service.cancel(job_id, by=bench.person(MEMBER))
    await bench.pass_time(timedelta(minutes=30))
    assert bench.provider.calls.count("cancel") > 1
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(timedelta(minutes=6))

    assert [one.status for one in bench.courier.messages_of(job_id)] == ["succeeded"]


async def test_a_cancellation_is_asked_again_until_it_is_answered(bench: EngineBench) -> None:
    job_id = await in_queue(bench)
    bench.provider.fail("cancel", ProviderUnavailable("503"), ProviderUnavailable("503"))
    await bench.service.cancel(job_id, by=bench.person(MEMBER))
    await bench.pass_time(60)

    row = await bench.store.get(job_id)
    assert row is not None
    assert (row.status, row.cancel_outcome) == (JobStatus.CANCELLED, CancelOutcome.CANCELLED)


async def test_a_result_that_wins_the_race_against_a_cancellation_is_delivered(bench: EngineBench) -> None:
    job_id = await in_queue(bench)
    await bench.service.cancel(job_id, by=bench.person(MEMBER))
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(10)

    assert [one.status for one in bench.courier.messages_of(job_id)] == ["succeeded"]


class SlowProvider(FakeProvider):
    """Holds each submission until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.has_come = asyncio.Event()
        self.may_go = asyncio.Event()

    @override
    async def submit(self, model_id: str, payload: Mapping[str, object]) -> str:
        self.has_come.set()
        await self.may_go.wait()
        return await super().submit(model_id, payload)


async def test_a_cancellation_while_the_post_is_under_way_is_asked_right_after_the_answer(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path)
    bench.provider = provider = SlowProvider()
    bench.boot()
    await bench.loop.start()
    job = await bench.remix()
    settling = asyncio.create_task(bench.settle())
    await provider.has_come.wait()
    await bench.service.cancel(job.id, by=bench.person(MEMBER))
    assert "cancel" not in provider.calls
    provider.may_go.set()
    await settling
    await bench.pass_time(1)

    assert (await bench.row(job)).status is JobStatus.CANCELLED
    assert provider.calls.count("submit") == 1


# --- a long outage ----------------------------------------------------------------------------------------------------


async def test_an_outage_of_ten_minutes_with_fifty_jobs_loses_nothing_and_sends_no_paid_post(
    bench: EngineBench,
) -> None:
    running = [await bench.remix() for _ in range(10)]
    await bench.settle()
    for verb in ("submit", "status", "result", "cancel", "model"):
        broken(bench, verb, ProviderUnavailable("connection refused"))
    waiting = [await bench.remix(user_id=MEMBER + number) for number in range(40)]
    await bench.settle()
    tried = bench.provider.calls.count("submit")
    probes = bench.provider.calls.count("model")
    shown = sum(map(len, bench.courier.cards.values()))
    await bench.pass_time(timedelta(minutes=10))

    assert bench.provider.calls.count("submit") == tried
    assert 9 <= bench.provider.calls.count("model") - probes <= 11
    assert sum(map(len, bench.courier.cards.values())) - shown <= len(waiting)
    assert bench.courier.messages == []

    bench.provider.heal()
    for _ in range(120):
        await bench.pass_time(10)
        at_work = [key for key, one in bench.provider.requests.items() if one.phase is not Phase.ENDED]
        assert len(at_work) <= 20
        for request_id in at_work:
            bench.provider.finish(request_id, OUTPUT)
    jobs = [await bench.row(job) for job in (*running, *waiting)]
    assert {job.status for job in jobs} == {JobStatus.SUCCEEDED}
    assert len(bench.provider.requests) == 50
    assert sorted(len(bench.courier.messages_of(job.id)) for job in jobs) == [1] * 50
