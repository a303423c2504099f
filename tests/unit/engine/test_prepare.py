"""Pictures on their way to the provider: looked at when they come, mended where they must be, and never in the dark."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.ledger import balance
from bot.domain.picture import Mend, Probe
from bot.domain.remix_request import Input, Kept
from bot.domain.status import FailureReason, JobStatus
from bot.engine.prepare import mended_file
from bot.engine.schedule import GIVE_UP, PREPARING_AT_ONCE, Step, provider_step
from bot.errors import InputPostponed, InputRefused, InvalidRequest, TooLateToCancel
from tests.unit.engine_bench import GUILD, INPUT, MEMBER, EngineBench

if TYPE_CHECKING:
    from bot.domain.job import Job

HEIC = "https://cdn.discordapp.com/a/cat.heic"
KEPT = Kept("https://cdn.discordapp.com/kept/1.jpg", 600, 9100, 0)


@pytest.fixture(autouse=True)
async def nothing_is_kept_by_itself(bench: EngineBench) -> None:
    """Let no gallery be posted, and none be wanted but for what was mended: these tests say when that is kept."""
    bench.galleries.is_down = True
    await bench.servers.choose_keeping(GUILD, keeps=False)


async def keep(bench: EngineBench, job: Job) -> Job:
    """Post what was mended, as the step that keeps inputs does."""
    row = await bench.row(job)
    inputs = tuple(_kept(index, one) for index, one in enumerate(row.request.inputs))
    kept = await bench.store.note(job.id, inputs=inputs, kept_at=bench.clock.now())
    bench.loop.wake(kept)
    await bench.settle()
    return await bench.row(job)


def _kept(index: int, one: Input) -> Input:
    return replace(one, kept=replace(KEPT, index=index)) if one.mends else one


# --- the fast path ----------------------------------------------------------------------------------------------------


async def test_a_picture_that_is_fine_as_it_came_waits_for_nothing(bench: EngineBench) -> None:
    job = await bench.remix()

    assert job.prepared_at == job.created_at
    await bench.settle()
    assert bench.provider.newest.payload["image_urls"] == [INPUT]
    assert bench.inspector.calls == [("probe", INPUT)]


async def test_a_picture_is_what_its_bytes_say_and_not_what_was_declared(bench: EngineBench) -> None:
    bench.inspector.probes[INPUT] = Probe("image/jpeg", 100, 50)
    job = await bench.remix()

    (one,) = job.request.inputs
    assert (one.content_type, one.width, one.height) == ("image/jpeg", 100, 50)


async def test_a_picture_of_no_use_is_refused_with_its_number_and_nothing_is_stored(bench: EngineBench) -> None:
    bench.inspector.refuse("notes", InputRefused("not_a_picture"))
    bench.inspector.refuse("torn", InputRefused("damaged"))
    with pytest.raises(InvalidRequest) as caught:
        await bench.remix(more=("https://cdn.discordapp.com/notes", "https://cdn.discordapp.com/torn"))

    assert (caught.value.field, caught.value.problem) == ("image2", "not_a_picture")
    assert caught.value.values["number"] == 2
    assert [(one.field, one.problem) for one in caught.value.also] == [("image3", "damaged")]
    assert await bench.service.jobs_of(MEMBER) == []


async def test_a_look_that_takes_too_long_holds_up_no_acceptance(bench: EngineBench) -> None:
    bench.inspector.hold("probe")
    bench.look_seconds = 0.01
    bench.boot()
    await bench.loop.start()
    job = await bench.remix()

    assert job.prepared_at is None
    bench.inspector.release()
    await bench.settle()
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE


async def test_a_cdn_that_does_not_answer_at_first_costs_only_time(bench: EngineBench) -> None:
    bench.inspector.fail("probe", *[InputPostponed("503")] * 4)
    job = await bench.remix()
    await bench.settle()

    assert (await bench.row(job)).status is JobStatus.PENDING
    assert "submit" not in bench.provider.calls
    await bench.pass_time(60)
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE


# --- mending ----------------------------------------------------------------------------------------------------------


async def test_a_mended_picture_is_submitted_only_once_it_is_kept(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC, Mend.CONVERTED, Mend.ROTATED)
    job = await bench.remix(url=HEIC, more=[INPUT])
    await bench.pass_time(60)

    row = await bench.row(job)
    made = mended_file(bench.data_dir, job.id, number=1)
    assert made is not None
    assert made.read_text() == "converted rotated"
    assert [one.mends for one in row.request.inputs] == [(Mend.CONVERTED, Mend.ROTATED), ()]
    assert row.prepared_at is not None
    assert (row.status, row.awaits_pictures) == (JobStatus.PENDING, True)
    assert "submit" not in bench.provider.calls

    row = await keep(bench, job)
    assert row.status is JobStatus.IN_QUEUE
    assert bench.provider.newest.payload["image_urls"] == [KEPT.url, INPUT]
    assert [path.name for path in made.parent.iterdir()] == ["1.jpg"]


async def test_a_job_that_waits_for_its_pictures_holds_up_no_other(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    slow = await bench.remix(url=HEIC)
    other = await bench.remix()
    await bench.settle()

    assert (await bench.row(other)).status is JobStatus.IN_QUEUE
    assert bench.service.progress_of(slow).ahead is None


async def test_no_more_jobs_are_prepared_at_once_than_there_is_room_for_and_none_of_them_counts_as_in_flight(
    bench: EngineBench,
) -> None:
    bench.inspector.fail("probe", *[InputPostponed("503")] * PREPARING_AT_ONCE * 2)
    for _ in range(PREPARING_AT_ONCE * 2):
        await bench.remix()
    looks = bench.inspector.count("probe")
    bench.inspector.hold("probe")
    preparing = asyncio.create_task(bench.loop.tick(bench.clock.now()))
    await bench.inspector.until_called("probe", looks + PREPARING_AT_ONCE)
    assert [bench.loop.in_flight, bench.loop.open_jobs] == [0, PREPARING_AT_ONCE * 2]
    bench.inspector.release()
    await preparing


async def test_a_file_that_only_the_whole_could_judge_goes_on_as_it_came_if_it_is_right(bench: EngineBench) -> None:
    bench.inspector.probes[INPUT] = Probe("image/png", 640, 480, is_whole=False)
    job = await bench.remix()
    await bench.settle()

    row = await bench.row(job)
    assert row.status is JobStatus.IN_QUEUE
    assert bench.provider.newest.payload["image_urls"] == [INPUT]
    assert [verb for verb, _ in bench.inspector.calls] == ["probe", "probe", "copy", "mend"]
    assert list((bench.data_dir / "inputs" / job.id).iterdir()) == []


async def test_a_mending_that_fails_for_now_is_tried_again_and_the_others_are_not(bench: EngineBench) -> None:
    second = HEIC.replace("cat", "dog")
    for url in (HEIC, second):
        bench.inspector.make_mendable(url)
    bench.inspector.fail("mend", None, InputPostponed("no room now"))
    job = await bench.remix(url=HEIC, more=[second])
    await bench.pass_time(30)

    assert (await bench.row(job)).prepared_at is not None
    assert bench.inspector.count("mend") == 3


async def test_a_picture_that_proves_damaged_ends_the_job_with_its_number_and_gives_the_money_back(
    bench: EngineBench,
) -> None:
    second = HEIC.replace("cat", "dog")
    bench.inspector.make_mendable(HEIC)
    bench.inspector.make_mendable(second)
    bench.inspector.fail("mend", None, InputRefused("damaged"))
    job = await bench.remix(url=HEIC, more=[second])
    await bench.settle()

    row = await bench.row(job)
    assert (row.status, row.failure) == (JobStatus.FAILED, FailureReason.INPUT_REFUSED)
    assert [one.problem for one in row.request.inputs] == [None, "damaged"]
    assert balance(await bench.store.entries(job.id)) == 0
    assert [one.status for one in bench.courier.messages_of(job.id)] == ["failed"]
    assert not row.is_open
    assert "submit" not in bench.provider.calls
    with pytest.raises(InvalidRequest) as caught:
        await bench.service.check_try_again(job.id, by=bench.person(MEMBER))
    assert (caught.value.field, caught.value.problem) == ("image2", "damaged")


async def test_a_job_whose_pictures_die_before_they_can_be_looked_at_expires_and_costs_nothing(
    bench: EngineBench,
) -> None:
    dies_at = bench.clock.now() + timedelta(hours=1)
    url = f"{INPUT}?ex={int(dies_at.timestamp()):x}"
    bench.inspector.refuse(INPUT, InputPostponed("connection refused"))
    job = await bench.remix(url=url)
    await bench.pass_time(timedelta(minutes=50))
    assert (await bench.row(job)).status is JobStatus.PENDING
    await bench.pass_time(timedelta(minutes=20))

    row = await bench.row(job)
    assert row.status is JobStatus.EXPIRED
    assert balance(await bench.store.entries(job.id)) == 0
    assert [one.status for one in bench.courier.messages_of(job.id)] == ["expired"]


async def test_a_picture_whose_address_never_dies_is_not_waited_for_for_ever(bench: EngineBench) -> None:
    bench.inspector.refuse(INPUT, InputPostponed("connection refused"))
    job = await bench.remix()
    await bench.pass_time(GIVE_UP + timedelta(minutes=6))

    assert (await bench.row(job)).status is JobStatus.EXPIRED


# --- cancelled or killed meanwhile ------------------------------------------------------------------------------------


async def test_a_job_is_cancelled_while_its_pictures_are_prepared(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    job = await bench.remix(url=HEIC)
    bench.inspector.hold("probe")
    preparing = asyncio.create_task(bench.loop.tick(bench.clock.now()))
    await bench.inspector.until_called("probe", 2)
    await bench.service.cancel(job.id, by=bench.person(MEMBER))
    bench.inspector.release()
    await preparing
    await bench.settle()

    row = await bench.row(job)
    assert (row.status, row.prepared_at, row.is_open) == (JobStatus.CANCELLED, None, False)
    assert bench.courier.cards[job.id][-1][0].status is JobStatus.CANCELLED
    assert balance(await bench.store.entries(job.id)) == 0
    with pytest.raises(TooLateToCancel):
        await bench.service.cancel(job.id, by=bench.person(MEMBER))


@pytest.mark.parametrize("verb", ["probe", "copy", "mend"])
async def test_a_process_that_is_killed_while_it_prepares_does_it_again(bench: EngineBench, verb: str) -> None:
    bench.inspector.make_mendable(HEIC)
    job = await bench.remix(url=HEIC)
    calls = bench.inspector.count(verb)
    bench.inspector.hold(verb)
    killed = asyncio.create_task(bench.loop.tick(bench.clock.now()))
    await bench.inspector.until_called(verb, calls + 1)
    folder = bench.data_dir / "inputs" / job.id
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("1.came", "1.part", "1.jpg"):
        (folder / name).write_text("half of a fi")
    await bench.loop.stop(grace_seconds=0)
    await asyncio.gather(killed, return_exceptions=True)
    bench.inspector.release()
    await bench.restart()

    row = await bench.row(job)
    assert row.request.inputs[0].mends == (Mend.CONVERTED,)
    made = mended_file(bench.data_dir, job.id, number=1)
    assert made is not None
    assert made.read_text() == "converted"
    assert (await keep(bench, job)).status is JobStatus.IN_QUEUE


async def test_a_mended_file_that_is_not_on_this_disk_is_made_again(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    job = await bench.remix(url=HEIC)
    await bench.settle()
    made = mended_file(bench.data_dir, job.id, number=1)
    assert made is not None
    made.unlink()
    bench.loop.wake(await bench.store.note(job.id, prepared_at=None))
    await bench.settle()

    assert made.is_file()
    assert provider_step(await bench.row(job)) is Step.SUBMIT


# --- again ------------------------------------------------------------------------------------------------------------


async def test_again_takes_over_what_is_known_of_the_pictures(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    job = await bench.remix(url=HEIC)
    await bench.settle()
    await keep(bench, job)
    looks = bench.inspector.count("probe")
    source = await bench.service.check_again(job.id, by=bench.person(MEMBER))
    repeat = await bench.service.again(source, origin=job.origin, interaction_id=900)
    await bench.settle()

    assert repeat.request.inputs == source.request.inputs
    assert (await bench.row(repeat)).status is JobStatus.IN_QUEUE
    assert bench.provider.newest.payload["image_urls"] == [KEPT.url]
    assert bench.inspector.count("probe") == looks


async def test_again_of_a_job_whose_mended_picture_was_never_kept_mends_it_anew(bench: EngineBench) -> None:
    bench.inspector.make_mendable(HEIC)
    job = await bench.remix(url=HEIC)
    await bench.settle()
    source = await bench.service.check_again(job.id, by=bench.person(MEMBER))
    repeat = await bench.service.again(source, origin=job.origin, interaction_id=900)

    assert (repeat.prepared_at, repeat.request.inputs[0].mends) == (None, ())
    await bench.settle()
    assert mended_file(bench.data_dir, repeat.id, number=1) is not None
