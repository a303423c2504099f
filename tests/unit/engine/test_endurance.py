"""What outlasts trouble: restarts in every status, outages, deadlines, and tokens that must not linger."""

from __future__ import annotations

from collections import deque
from datetime import timedelta

import pytest

from bot.domain.job import FAILURE_PART
from bot.domain.model_rules import MOST_OUTPUTS
from bot.domain.status import FailureReason, JobStatus
from bot.errors import (
    DownloadDoubtful,
    DownloadMissing,
    DownloadPostponed,
    DownloadRefused,
    ProviderError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnavailable,
    SubmissionUncertain,
)
from tests.unit.engine_bench import OUTPUT, EngineBench


async def test_a_restart_before_the_submission_submits_once(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.restart()

    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    assert len(bench.provider.requests) == 1


async def test_a_restart_in_mid_submission_is_told_as_uncertain_and_pays_nothing_more(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.store.advance(job, JobStatus.SUBMITTING, attempt_id="a-1", attempts=1)
    await bench.restart()

    row = await bench.row(job)
    assert row.failure is FailureReason.UNCERTAIN
    assert row.delivered_at is not None
    assert "submit" not in bench.provider.calls


async def test_a_restart_while_queued_or_running_polls_on(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    await bench.restart()
    bench.provider.start("req-1")
    await bench.pass_time(10)
    await bench.restart()
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(10)

    assert (await bench.row(job)).delivered_at is not None
    assert bench.provider.calls.count("submit") == 1


async def test_an_outage_of_polls_ends_no_job(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.fail("status", *[ProviderUnavailable("down")] * 40)
    await bench.pass_time(timedelta(hours=2))

    row = await bench.row(job)
    assert row.status is JobStatus.IN_QUEUE
    assert row.overdue_at is None


async def test_after_thirty_answered_minutes_the_member_is_told_and_after_a_day_it_expires(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.start("req-1")
    await bench.pass_time(timedelta(minutes=29))
    assert (await bench.row(job)).overdue_at is None
    await bench.pass_time(timedelta(minutes=2))

    overdue = await bench.row(job)
    assert overdue.overdue_at is not None
    assert bench.provider.calls.count("cancel") == 1
    polls = bench.provider.calls.count("status")
    await bench.pass_time(timedelta(hours=1))
    assert bench.provider.calls.count("status") - polls <= 13
    await bench.pass_time(timedelta(hours=24))
    row = await bench.row(job)
    assert row.status is JobStatus.EXPIRED
    assert [one.status for one in bench.courier.messages_of(job.id)] == ["expired"]


async def test_a_request_that_the_provider_forgot_is_asked_for_ten_minutes(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    del bench.provider.requests["req-1"]
    await bench.pass_time(timedelta(minutes=9))
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    await bench.pass_time(timedelta(minutes=8))

    assert (await bench.row(job)).status is JobStatus.EXPIRED


async def test_a_404_that_may_be_a_gateways_ends_a_job_after_ten_minutes_while_the_provider_answers(
    bench: EngineBench,
) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.fail("status", *[ProviderRejected("<h1>404</h1>", code="404")] * 500)
    await bench.pass_time(timedelta(minutes=9))
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    await bench.pass_time(timedelta(minutes=8))

    assert (await bench.row(job)).status is JobStatus.EXPIRED


@pytest.mark.parametrize("error", [ProviderRejected("<h1>404</h1>", code="404"), ProviderUnavailable("502")])
async def test_a_404_that_may_be_a_gateways_ends_nothing_for_a_day_while_the_provider_does_not_answer(
    bench: EngineBench, error: ProviderError
) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.fail("status", *[ProviderRejected("<h1>404</h1>", code="404")] * 2000)
    bench.provider.fail("model", *[error] * 2000)
    await bench.pass_time(timedelta(hours=23))
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
    await bench.pass_time(timedelta(hours=2))

    assert (await bench.row(job)).status is JobStatus.EXPIRED


async def test_a_refusal_that_passes_ends_nothing(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.fail("status", ProviderRejected("?", code="404001"), ProviderProtocolError("garbled"))
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)

    assert (await bench.row(job)).status is JobStatus.SUCCEEDED


async def test_an_output_that_comes_late_is_waited_for(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.downloader.failures[OUTPUT] = deque([DownloadPostponed("503")])
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)

    assert len(bench.courier.messages_of(job.id)) == 1


async def test_an_output_that_never_comes_is_told_as_lost(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.downloader.failures[OUTPUT] = deque([DownloadRefused("html")])
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)

    row = await bench.row(job)
    assert row.failure is FailureReason.OUTPUT_LOST
    assert bench.courier.messages_of(job.id)[0].filenames == ()


async def test_an_output_that_answers_404_is_asked_for_half_an_hour_while_the_card_says_so(bench: EngineBench) -> None:
    late, there = OUTPUT, f"{OUTPUT}?2"
    job = await bench.remix()
    await bench.settle()
    bench.downloader.failures[late] = deque([DownloadMissing("HTTP 404")] * 100)
    bench.provider.finish("req-1", late, there)
    await bench.pass_time(timedelta(minutes=29))
    shown, _ = bench.courier.cards[job.id][-1]
    assert (shown.status, shown.delivered_at) == (JobStatus.SUCCEEDED, None)
    [message] = bench.courier.messages_of(job.id)
    assert (message.filenames, message.notes.missing) == (("remix-2.png",), 0)
    assert bench.downloader.downloaded == [there]
    assert 85 < len(bench.downloader.failures[late]) < 92  # with growing pauses

    await bench.pass_time(timedelta(minutes=7))
    _, told = bench.courier.messages_of(job.id)
    assert told.filenames == ()
    assert (told.notes.links, told.notes.gone) == (((0, late),), (0,))
    assert (await bench.row(job)).delivered_at is not None


async def test_an_output_that_is_there_after_twenty_minutes_is_posted(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.downloader.failures[OUTPUT] = deque([DownloadMissing("HTTP 404")] * 10)
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(timedelta(minutes=29))

    [message] = bench.courier.messages_of(job.id)
    assert (message.filenames, message.notes.links) == (("remix-1.png",), ())


async def test_outputs_that_are_lost_altogether_are_told_with_their_links(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.downloader.failures[OUTPUT] = deque([DownloadRefused("too large")])
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)

    [message] = bench.courier.messages_of(job.id)
    assert (message.part, message.notes.links) == (FAILURE_PART, ((0, OUTPUT),))


async def test_six_hundred_outputs_are_bounded_and_the_rest_is_told(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", *[f"{OUTPUT}?{number}" for number in range(600)])
    await bench.pass_time(60)

    first, second = bench.courier.messages_of(job.id)
    assert len(first.filenames) + len(second.filenames) == len(bench.downloader.downloaded) == MOST_OUTPUTS
    assert (first.notes.missing, second.notes.missing) == (600 - MOST_OUTPUTS, 0)
    assert first.notes.links[0] == (MOST_OUTPUTS, f"{OUTPUT}?{MOST_OUTPUTS}")


async def test_a_passing_error_page_in_place_of_an_output_loses_nothing(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.downloader.failures[OUTPUT] = deque([DownloadDoubtful("html"), DownloadDoubtful("gone: HTTP 404")])
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)

    assert (await bench.row(job)).failure is None
    assert len(bench.courier.messages_of(job.id)[0].filenames) == 1


async def test_an_output_that_stays_no_picture_is_asked_for_half_an_hour_and_told_as_lost(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.settle()
    bench.downloader.failures[OUTPUT] = deque([DownloadDoubtful("html")] * 100)
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(timedelta(minutes=29))
    assert bench.courier.messages_of(job.id) == []
    assert bench.courier.cards[job.id][-1][1].is_late

    await bench.pass_time(timedelta(minutes=7))
    assert (await bench.row(job)).failure is FailureReason.OUTPUT_LOST
    assert len(bench.courier.messages_of(job.id)) == 1


async def test_an_interaction_token_is_erased_when_it_dies(bench: EngineBench) -> None:
    job = await bench.remix()
    await bench.pass_time(timedelta(minutes=13))
    assert (await bench.row(job)).origin.interaction_token is not None
    await bench.pass_time(timedelta(minutes=2))

    assert (await bench.row(job)).origin.interaction_token is None


async def test_a_step_that_breaks_unexpectedly_is_tried_again(bench: EngineBench) -> None:
    bench.courier.fail("open", RuntimeError("a bug"))
    job = await bench.remix()
    await bench.pass_time(60)

    assert (await bench.row(job)).opened_at is not None


async def test_a_pending_job_whose_inputs_died_expires_unpaid(bench: EngineBench) -> None:
    dead = bench.clock.now() - timedelta(hours=1)
    url = f"https://cdn.discordapp.com/a/cat.png?ex={int(dead.timestamp()):x}"
    job = await bench.remix(url=url)
    await bench.settle()

    assert (await bench.row(job)).status is JobStatus.EXPIRED
    assert not bench.provider.requests


async def test_a_job_that_is_cancelled_while_a_submission_is_refused_ends_cancelled(bench: EngineBench) -> None:
    job = await bench.remix()
    bench.provider.fail("submit", ProviderUnavailable("refused"))
    await bench.settle()
    await bench.store.advance(await bench.row(job), JobStatus.SUBMITTING, attempt_id="a-2", attempts=2)
    flagged = await bench.store.request_cancel(job.id, by=1, at=bench.clock.now())
    await bench.store.advance(flagged, JobStatus.PENDING)
    await bench.restart()
    await bench.pass_time(120)

    assert (await bench.row(job)).status is JobStatus.CANCELLED
    assert not bench.provider.requests


async def test_an_answer_that_the_store_could_not_keep_at_first_is_kept_and_delivered(bench: EngineBench) -> None:
    bench.provider.lose_answer(SubmissionUncertain("reset"))
    job = await bench.remix()
    await bench.pass_time(60)
    assert len(bench.courier.messages_of(job.id)) == 1

    row = await bench.row(job)
    assert row.attempt_id is not None
    await bench.store.store_request(job.id, attempt_id=row.attempt_id, request_id="req-1", at=bench.clock.now())
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)

    parts = [(one.part, one.filenames) for one in bench.courier.messages_of(job.id)]
    assert parts == [(0, ()), (1, ("remix-1.png",))]
