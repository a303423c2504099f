"""Results on a host that the operator has not allowed: they wait, and nobody is invited to pay again."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from bot.domain.policy import PauseReason
from bot.domain.status import FailureReason
from bot.engine.output_hosts import HostNotAllowed
from bot.errors import Refused
from bot.ui.failures import may_try_again
from tests.unit.engine_bench import INPUT, OUTPUT

if TYPE_CHECKING:
    from bot.domain.job import Job
    from tests.unit.engine_bench import EngineBench

HOST = "files.new-storage.example"
FIRST, SECOND = f"https://{HOST}/1.png", f"https://{HOST}/2.png"


async def blocked_result(bench: EngineBench, url: str, *more: str) -> Job:
    """Let a remix end with outputs, of which the first lies on a host that is not allowed."""
    bench.downloader.failures[url] = deque([HostNotAllowed(HOST)] * 2000)
    bench.downloader.forbidden.add(url)
    job = await bench.remix()
    await bench.settle()
    request_id = (await bench.row(job)).request_id
    assert request_id is not None
    bench.provider.finish(request_id, url, *more)
    await bench.pass_time(60)
    return await bench.row(job)


async def test_a_blocked_result_waits_and_the_next_start_with_the_right_setting_posts_it(bench: EngineBench) -> None:
    with capture_logs() as logs:
        job = await blocked_result(bench, FIRST)
    told = [one for one in logs if one["event"] == "output_host_not_allowed"]
    assert [(one["host"], one["setting"], one["log_level"]) for one in told] == [
        (HOST, "RUNCOMFY_OUTPUT_HOSTS", "error")
    ]
    assert job.fetched_at is None
    assert bench.courier.messages_of(job.id) == []
    assert bench.courier.cards[job.id][-1][1].is_blocked
    assert bench.gate.pause is None

    await bench.pass_time(timedelta(hours=23))
    bench.downloader.failures.clear()
    await bench.restart()
    assert len(bench.courier.messages_of(job.id)[0].filenames) == 1
    assert (await bench.row(job)).failure is None


async def test_the_second_blocked_result_pauses_intake_until_a_start_has_the_right_setting(bench: EngineBench) -> None:
    await blocked_result(bench, FIRST)
    await blocked_result(bench, SECOND)
    assert bench.gate.pause is not None
    assert bench.gate.pause.reason is PauseReason.OUTPUT_HOST
    assert HOST in bench.gate.pause.detail
    assert (bench.output_hosts.describe() or "").startswith("2 results wait: ")
    await bench.pass_time(timedelta(hours=5))
    with pytest.raises(Refused, match="paused"):
        await bench.remix()

    await bench.restart()
    await bench.pass_time(1)
    assert bench.gate.pause is not None  # with the old setting, the results that wait pause it again

    bench.downloader.failures.clear()
    await bench.restart()
    assert bench.gate.pause is None
    assert bench.output_hosts.describe() is None


async def test_a_blocked_result_that_another_process_has_taken_over_waits_here_no_longer(bench: EngineBench) -> None:
    await blocked_result(bench, FIRST)
    assert (bench.output_hosts.describe() or "").startswith("1 result waits: ")
    bench.clock.forward(timedelta(minutes=16))
    assert bench.output_hosts.describe() is None


async def test_a_result_that_was_blocked_for_a_day_is_told_without_try_again(bench: EngineBench) -> None:
    job = await blocked_result(bench, FIRST)
    await bench.pass_time(timedelta(hours=25))

    row = await bench.row(job)
    assert row.failure is FailureReason.OUTPUT_BLOCKED
    [message] = bench.courier.messages_of(job.id)
    assert (message.filenames, message.notes.missing, message.notes.links) == ((), 1, ())
    assert not may_try_again(row, bench.clock.now())
    with pytest.raises(Refused, match="not_failed"):
        await bench.service.check_try_again(job.id, by=bench.person(row.origin.user_id))


async def test_the_outputs_beside_a_blocked_one_are_posted_soon_and_the_blocked_one_behind_them(
    bench: EngineBench,
) -> None:
    allowed = "https://files.runcomfy.net/out/2.png"
    job = await blocked_result(bench, FIRST, allowed)
    await bench.pass_time(10)
    assert [one.filenames for one in bench.courier.messages_of(job.id)] == [("remix-2.png",)]

    await bench.pass_time(timedelta(hours=23))
    assert (await bench.row(job)).delivered_at is None
    bench.downloader.failures.clear()
    await bench.restart()
    assert [one.filenames for one in bench.courier.messages_of(job.id)] == [("remix-2.png",), ("remix-1.png",)]
    assert (await bench.row(job)).delivered_at is not None


async def test_a_prompt_that_is_an_address_is_named_to_the_provider_as_sent_and_stands_for_nothing_else(
    bench: EngineBench,
) -> None:
    job = await bench.remix(prompt="https://files.runcomfy.net/")
    await bench.settle()
    bench.provider.finish("req-1", OUTPUT)
    await bench.pass_time(60)

    assert bench.provider.sent_urls == ["https://files.runcomfy.net", INPUT]
    assert len(bench.courier.messages_of(job.id)[0].filenames) == 1
