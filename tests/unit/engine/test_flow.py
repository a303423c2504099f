"""One job on its way: from acceptance to delivery, with the loop stepped by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import balance
from bot.domain.person import Person
from bot.domain.status import CancelOutcome, FailureReason, JobStatus
from bot.errors import (
    JobNotFound,
    NotYourJob,
    OutOfCredit,
    ProviderRejected,
    ProviderUnauthorized,
    ProviderUnavailable,
    QuotaExceeded,
    Refused,
    SubmissionUncertain,
    TooLateToCancel,
)
from tests.unit.engine_bench import CHANNEL, GUILD, MEMBER, MODEL_ID, MODERATOR, OUTPUT, STRANGER, EngineBench

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_job_is_submitted_polled_fetched_and_delivered_into_its_thread(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()

    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    bench.provider.start("req-1")
    await bench.pass_time(10)
    assert (await bench.row(job)).status is JobStatus.IN_PROGRESS
    bench.provider.finish("req-1", OUTPUT, cost_micros=44_000)
    await bench.pass_time(10)

    row = await bench.row(job)
    [message] = bench.courier.messages_of(job.id)
    assert row.status is JobStatus.SUCCEEDED
    assert not row.is_open
    assert message.target_id == row.origin.thread_id
    assert message.filenames == ("remix-1.png",)
    assert balance(await bench.store.entries(job.id)) == 44_000


async def test_only_what_the_member_set_is_sent(bench: EngineBench) -> None:
    await bench.remix("in snow")
    await bench.settle()

    assert bench.provider.newest.payload == {
        "prompt": "in snow",
        "image_urls": ["https://cdn.discordapp.com/a/cat.png"],
    }


async def test_a_run_that_fails_is_told_once_and_its_price_given_back(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.break_run("req-1")
    await bench.pass_time(10)

    row = await bench.row(job)
    assert row.failure is FailureReason.RUN_FAILED
    assert [one.status for one in bench.courier.messages_of(job.id)] == ["failed"]
    assert balance(await bench.store.entries(job.id)) == 0


async def test_a_success_without_outputs_is_a_failure(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1")
    await bench.pass_time(10)

    assert (await bench.row(job)).failure is FailureReason.NO_OUTPUT


async def test_eleven_outputs_are_two_messages(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", *[f"{OUTPUT}?{number}" for number in range(11)])
    await bench.pass_time(10)

    assert [len(one.filenames) for one in bench.courier.messages_of(job.id)] == [10, 1]


# --- submitting -------------------------------------------------------------------------------------------------------


async def test_a_submission_that_was_surely_not_accepted_is_sent_again_after_a_free_question(
    bench: EngineBench,
) -> None:
    job = await bench.remix()
    bench.provider.fail("submit", ProviderUnavailable("connection refused"))
    await bench.pass_time(120)

    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    submits_and_probes = [one for one in bench.provider.calls if one in ("submit", "model")]
    assert submits_and_probes == ["model", "submit", "model", "submit"]
    assert len(bench.provider.requests) == 1


async def test_an_uncertain_submission_is_never_sent_again(bench: EngineBench) -> None:
    job = await bench.remix()
    bench.provider.lose_answer(SubmissionUncertain("read timeout"))
    await bench.pass_time(3600)

    row = await bench.row(job)
    assert row.failure is FailureReason.UNCERTAIN
    assert bench.provider.calls.count("submit") == 1
    assert [one.status for one in bench.courier.messages_of(job.id)] == ["failed"]


async def test_a_refused_submission_ends_the_job_and_tells_its_member(bench: EngineBench) -> None:
    job = await bench.remix()
    refusal = ProviderRejected("HTTP 422, scale is wrong")
    refusal.reason = "scale is wrong"
    bench.provider.fail("submit", refusal)
    await bench.pass_time(60)

    row = await bench.row(job)
    assert (row.failure, row.failure_detail) == (FailureReason.REJECTED, "scale is wrong")
    assert len(bench.courier.messages_of(job.id)) == 1


@pytest.mark.parametrize("error", [ProviderUnauthorized("400004"), OutOfCredit("400002")])
async def test_a_pause_keeps_the_job_refuses_new_ones_and_outlives_a_restart(
    bench: EngineBench, error: ProviderUnauthorized | OutOfCredit
) -> None:
    job = await bench.remix()
    bench.provider.fail("submit", error)
    await bench.settle()

    assert (await bench.row(job)).status is JobStatus.PENDING
    assert bench.service.progress_of(job).is_paused
    await bench.pass_time(5)
    assert bench.courier.cards[job.id][-1][1].is_paused
    with pytest.raises(Refused, match="paused"):
        await bench.remix()
    await bench.restart()
    with pytest.raises(Refused, match="paused"):
        bench.service.check_intake()
    await bench.pass_time(11 * 60)

    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    bench.service.check_intake()


async def test_a_refused_token_found_by_the_free_question_pauses_before_any_post(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path)
    await bench.loop.start()
    bench.provider.fail("model", ProviderUnauthorized("400004"))
    await bench.remix()
    await bench.settle()

    assert bench.provider.calls == ["model"]
    assert bench.gate.pause is not None


async def test_a_provider_that_is_down_before_any_post_is_told_on_the_card(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path)
    await bench.loop.start()
    bench.provider.fail("model", ProviderUnavailable("down"))
    job = await bench.remix()
    await bench.pass_time(5)

    assert bench.courier.cards[job.id][-1][1].is_held_up
    await bench.pass_time(60)
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    assert not bench.courier.cards[job.id][-1][1].is_held_up


async def test_no_more_requests_than_allowed_are_at_the_provider(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, max_in_flight=2)
    await bench.loop.start()
    jobs = [await bench.remix(f"number {number}") for number in range(5)]
    await bench.settle()

    assert len(bench.provider.requests) == 2
    waiting = [bench.service.progress_of(job).ahead for job in jobs[2:]]
    assert waiting == [0, 1, 2]
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(10)
    assert len(bench.provider.requests) == 3


async def test_a_member_with_many_jobs_does_not_hold_up_another(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, max_in_flight=2)
    await bench.loop.start()
    for number in range(5):
        await bench.remix(f"greedy {number}")
    await bench.remix("modest", user_id=STRANGER)
    await bench.settle()

    prompts = [one.payload["prompt"] for one in bench.provider.requests.values()]
    assert prompts == ["greedy 0", "modest"]


# --- cancelling -------------------------------------------------------------------------------------------------------


async def test_a_job_that_waits_here_is_cancelled_without_any_post(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, max_in_flight=1)
    await bench.loop.start()
    await bench.remix("first")
    job = await bench.remix("second")
    await bench.settle()

    cancelled = await bench.service.cancel(job.id, by=bench.person(MEMBER))
    await bench.settle()

    assert cancelled.status is JobStatus.CANCELLED
    assert not (await bench.row(job)).is_open
    assert bench.courier.cards[job.id][-1][0].status is JobStatus.CANCELLED
    assert not bench.courier.messages_of(job.id)
    assert len(bench.provider.requests) == 1


async def test_a_job_in_the_providers_queue_is_cancelled_by_the_providers_word(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    await bench.service.cancel(job.id, by=bench.person(MODERATOR))
    await bench.settle()

    row = await bench.row(job)
    assert row.status is JobStatus.CANCELLED
    assert row.cancel_outcome is CancelOutcome.CANCELLED
    assert row.cancel_requested_by == MODERATOR


async def test_a_cancellation_that_comes_too_late_is_told_and_the_picture_comes(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.start("req-1")
    await bench.service.cancel(job.id, by=bench.person(MEMBER))
    await bench.settle()

    assert bench.courier.cards[job.id][-1][0].cancel_outcome is CancelOutcome.NOT_CANCELLABLE
    with pytest.raises(TooLateToCancel):
        await bench.service.cancel(job.id, by=bench.person(MEMBER))
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(10)
    assert (await bench.row(job)).status is JobStatus.SUCCEEDED
    assert len(bench.courier.messages_of(job.id)) == 1


async def test_a_stranger_may_not_cancel_and_another_server_may_not_even_know(bench: EngineBench) -> None:
    job = await bench.remix()

    with pytest.raises(NotYourJob):
        await bench.service.cancel(job.id, by=bench.person(STRANGER))
    with pytest.raises(JobNotFound):
        await bench.service.cancel(job.id, by=bench.person(MODERATOR, guild_id=501))
    assert await bench.service.jobs_to_moderate(by=bench.person(MODERATOR, guild_id=501)) == []
    assert [one.id for one in await bench.service.jobs_to_moderate(by=bench.person(MODERATOR))] == [job.id]
    assert await bench.service.jobs_to_moderate(by=bench.person(STRANGER)) == []


# --- again ------------------------------------------------------------------------------------------------------------


async def test_again_is_one_job_for_a_double_click(bench: EngineBench) -> None:
    job = await bench.remix()
    other = Person(STRANGER, GUILD, lambda _: False, CHANNEL, lambda _: True)
    source = await bench.service.check_again(job.id, by=other)
    repeat = await bench.service.again(source, origin=job.origin, interaction_id=901)

    with pytest.raises(QuotaExceeded):
        await bench.service.check_again(job.id, by=other)
    assert repeat.parent_id == job.id
    assert repeat.request == job.request
    bench.clock.forward(5)
    assert await bench.service.check_again(job.id, by=other)


async def test_a_failed_job_is_tried_again_once(bench: EngineBench) -> None:
    job = await bench.remix()
    with pytest.raises(Refused, match="not_failed"):
        await bench.service.check_try_again(job.id, by=bench.person(MEMBER))
    bench.provider.fail("submit", SubmissionUncertain("reset"))
    await bench.settle()

    failed = await bench.service.check_try_again(job.id, by=bench.person(MEMBER))
    retry = await bench.service.try_again(failed, origin=job.origin, interaction_id=902)
    assert retry.retry_of == job.id
    with pytest.raises(Refused, match="already_retried"):
        await bench.service.try_again(failed, origin=job.origin, interaction_id=903)


async def test_what_was_made_with_a_model_that_left_the_catalog_is_not_accepted_to_fail_later(
    bench: EngineBench,
) -> None:
    job = await bench.remix()
    bench.provider.fail("submit", SubmissionUncertain("reset"))
    await bench.settle()
    del bench.models[MODEL_ID]

    for check in (bench.service.check_again, bench.service.check_try_again):
        with pytest.raises(Refused, match="model_gone"):
            await check(job.id, by=bench.person(MEMBER))


async def test_a_clock_that_goes_back_by_a_day_delays_nothing(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.pass_time(11)
    bench.clock.forward(timedelta(hours=-25))
    await bench.loop.tick(bench.clock.now())

    assert (await bench.finished(job)).delivered_at is not None
