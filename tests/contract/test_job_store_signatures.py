"""The contract of the ``JobStore``: signed addresses stay no longer than Discord takes them and a job needs them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.picture import Mend
from bot.domain.remix_request import Input, Kept, RemixRequest
from bot.domain.status import JobStatus

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.job import Job
    from tests.contract.store_cases import StoreBench

DAY = timedelta(days=1)
BARE = "https://cdn.discordapp.com/attachments/1/2/cat.png"
KEPT = "https://cdn.discordapp.com/attachments/3/4/before-1.png"


def _signed(url: str, until: datetime) -> str:
    return f"{url}?ex={int(until.timestamp()):x}&is=1a2b&hm=c0ffee"


def _request(*inputs: Input) -> RemixRequest:
    return RemixRequest("bytedance/dreamina-4-0/edit", "as an oil painting", inputs)


def _input(url: str, kept: Kept | None = None, *mends: Mend) -> Input:
    return Input(url, "cat.png", "image/png", 1000, 640, 480, mends=mends, kept=kept)


async def _finished(bench: StoreBench, *inputs: Input) -> Job:
    job = await bench.submitting(request=_request(*inputs))
    return await bench.store.advance(job, JobStatus.FAILED, ended_at=bench.clock.now())


async def _erase(bench: StoreBench, *, limit: int = 100) -> int:
    return await bench.store.erase_signatures(now=bench.clock.now(), limit=limit)


async def test_a_finished_jobs_signature_goes_when_it_is_past_and_its_input_is_still_known_as_dead(
    bench: StoreBench,
) -> None:
    until = bench.clock.now() + DAY
    job = await _finished(bench, _input(_signed(BARE, until)))

    bench.clock.forward(DAY - timedelta(seconds=1))
    assert await _erase(bench) == 0
    assert await bench.row(job) == job
    bench.clock.forward(1)
    assert await _erase(bench) == 1
    row = await bench.row(job)
    assert [one.url for one in row.request.inputs] == [f"{BARE}?ex=0"]
    assert row.request.has_dead_inputs(at=bench.clock.now())
    assert row == replace(job, request=row.request)
    assert await _erase(bench) == 0


async def test_each_signature_of_a_job_goes_at_its_own_time(bench: StoreBench) -> None:
    now = bench.clock.now()
    kept = Kept(_signed(KEPT, now + 2 * DAY), 3, 4, 0)
    job = await _finished(bench, _input(_signed(BARE, now + DAY), kept), _input(_signed(BARE, now + 3 * DAY)))

    left: list[tuple[int, int]] = []
    for _ in range(3):
        bench.clock.forward(DAY)
        assert await _erase(bench) == 1
        signed = str((await bench.row(job)).request.inputs)
        left.append((signed.count("hm="), signed.count("?ex=0")))

    assert left == [(2, 1), (1, 2), (0, 3)]
    assert await _erase(bench) == 0


@pytest.mark.parametrize("mends", [(), (Mend.CONVERTED,)])
async def test_a_kept_input_without_signature_is_signed_anew_before_it_is_used(
    bench: StoreBench, mends: tuple[Mend, ...]
) -> None:
    until = bench.clock.now() + DAY
    job = await _finished(bench, _input(_signed(BARE, until), Kept(_signed(KEPT, until), 3, 4, 0), *mends))
    bench.clock.forward(DAY)
    await _erase(bench)

    [one] = (await bench.row(job)).request.inputs
    assert one.kept == Kept(f"{KEPT}?ex=0", 3, 4, 0)
    assert not one.is_dead(at=bench.clock.now())
    assert one.is_stale(at=bench.clock.now())
    assert one.shown_url(at=bench.clock.now()) is None
    fresh = one.renewed(_signed(KEPT, until + DAY))
    assert fresh.sent_url == _signed(KEPT, until + DAY)
    assert not fresh.is_stale(at=bench.clock.now())


async def test_what_may_still_be_sent_or_names_no_end_keeps_its_address(bench: StoreBench) -> None:
    until = bench.clock.now() + DAY
    waiting = await bench.accepted(request=_request(_input(_signed(BARE, until))))
    running = await bench.queued(request=_request(_input(_signed(BARE, until))))
    endless = await _finished(bench, _input(f"{BARE}?width=64"))
    bench.clock.forward(DAY)

    assert await _erase(bench) == 0
    assert [await bench.row(job) for job in (waiting, running, endless)] == [waiting, running, endless]
    await bench.store.advance(running, JobStatus.SUCCEEDED, ended_at=bench.clock.now())
    assert await _erase(bench) == 1


async def test_an_address_that_was_signed_later_is_erased_too(bench: StoreBench) -> None:
    job = await bench.accepted(request=_request(_input(BARE)))
    fresh = (_input(_signed(BARE, bench.clock.now() + DAY)),)
    await bench.store.advance(job, JobStatus.SUBMITTING, attempt_id="1", inputs=fresh)
    await bench.store.note(job.id, inputs=fresh)
    await bench.store.advance(await bench.row(job), JobStatus.FAILED, ended_at=bench.clock.now())
    bench.clock.forward(DAY)

    assert await _erase(bench) == 1
    assert (await bench.row(job)).request.inputs[0].url == f"{BARE}?ex=0"


async def test_the_longest_dead_goes_first_in_small_bites(bench: StoreBench) -> None:
    now = bench.clock.now()
    jobs = [await _finished(bench, _input(_signed(BARE, now + hours * timedelta(hours=1)))) for hours in (3, 1, 2)]
    bench.clock.forward(DAY)

    assert await _erase(bench, limit=2) == 2
    assert [("hm=" in str((await bench.row(job)).request)) for job in jobs] == [True, False, False]
    assert await _erase(bench, limit=2) == 1
