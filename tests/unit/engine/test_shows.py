"""Results shown once more, stepped by hand: whole or in part, and as the delivery of what was kept."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.person import Person
from bot.engine.shows import SHOW_EVERY, Shows
from bot.errors import (
    ContentRefused,
    DeliveryPostponed,
    InputPostponed,
    JobNotFound,
    QuotaExceeded,
    Refused,
    TooLarge,
    Undeliverable,
)
from tests.unit.engine_bench import CHANNEL, GUILD, MEMBER, MODERATOR, OUTPUT, STRANGER, EngineBench

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.job import Delivery, Job
    from bot.engine.answers import Attachment, Notes

CLICK = 4242
CLOSED = Undeliverable("no place")


@dataclass
class Reply:
    """An answer in memory: remembers what it was given, and raises what was armed."""

    interaction_id: int = CLICK
    upload_limit: int = 10 * 1024 * 1024
    most_parts: int | None = None
    errors: list[Exception | None] = field(default_factory=list[Exception | None])
    posted: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    async def post(self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes) -> int:
        """Note a part with the number of its files."""
        assert job.id == delivery.job_id
        assert notes.missing == 0
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        assert all(one.path.is_file() for one in attachments)
        self.posted.append((delivery.part, len(attachments)))
        return 8000 + delivery.part


def shows(bench: EngineBench) -> Shows:
    """The use case over the bench's store and files."""
    return Shows(
        store=bench.store,
        inspector=bench.inspector,
        permits=bench.downloader.permits,
        data_dir=bench.data_dir,
        clock=bench.clock,
        wake=bench.loop.wake,
    )


async def done(bench: EngineBench, *, pictures: int = 1) -> Job:
    """A job whose result was delivered."""
    job = await bench.remix()
    await bench.settle()
    bench.provider.finish("req-1", *[f"{OUTPUT}?{number}" for number in range(pictures)])
    await bench.pass_time(60)
    return await bench.row(job)


async def kept(bench: EngineBench, *, pictures: int = 1) -> Job:
    """A job whose result no place took."""
    bench.courier.fail("send", *[CLOSED] * 99)
    bench.courier.fail("answer", *[CLOSED] * 99)
    job = await done(bench, pictures=pictures)
    assert job.undeliverable_at is not None
    return job


async def test_a_kept_result_that_its_requester_sees_whole_is_delivered_and_tried_no_more(bench: EngineBench) -> None:
    job, reply = await kept(bench, pictures=12), Reply()
    left = await shows(bench).show(job, by=bench.person(MEMBER), reply=reply)
    row = await bench.row(job)
    bench.courier.heal()
    await bench.pass_time(timedelta(days=2))

    assert left == 0
    assert reply.posted == [(1, 10), (2, 2)]
    assert row.delivered_at is not None
    assert row.undeliverable_at is None
    assert row.card_revision > job.card_revision
    assert bench.courier.messages == bench.courier.answers == []
    told = [(one.target_id, one.message_id) for one in await bench.store.deliveries(job.id)]
    assert told == [(CLICK, 8001), (CLICK, 8002)]
    _, progress = bench.courier.cards[job.id][-1]
    assert progress.posted_in == CLICK
    assert not (await bench.row(job)).is_open


async def test_the_card_of_a_guest_is_not_drawn_anew(bench: EngineBench) -> None:
    job = await kept(bench)
    job = replace(job, origin=replace(job.origin, by_interaction=True))
    await shows(bench).show(job, by=bench.person(MEMBER), reply=Reply())

    assert (await bench.row(job)).card_revision == job.card_revision
    assert (await bench.row(job)).delivered_at is not None


async def test_what_a_moderator_sees_or_was_shown_in_part_delivers_nothing(bench: EngineBench) -> None:
    job = await kept(bench, pictures=12)
    sees = Person(MODERATOR, GUILD, lambda _: True, CHANNEL, lambda _: True)
    assert await shows(bench).show(job, by=sees, reply=Reply()) == 0
    assert await shows(bench).show(job, by=bench.person(MEMBER), reply=Reply(most_parts=1)) == 2
    uncertain = Reply(errors=[None, DeliveryPostponed("lost")])
    assert await shows(bench).show(job, by=bench.person(MEMBER), reply=uncertain) == 2

    assert (await bench.row(job)).undeliverable_at is not None
    assert (await bench.row(job)).delivered_at is None


async def test_a_delivered_result_is_shown_as_often_as_it_is_asked_for_and_nothing_changes(bench: EngineBench) -> None:
    job, reply = await done(bench), Reply()
    for _ in range(3):
        await shows(bench).show(job, by=bench.person(MEMBER), reply=reply)

    assert reply.posted == [(1, 1)] * 3
    assert await bench.row(job) == job
    assert len(bench.courier.messages) == 1


async def test_files_are_made_smaller_where_the_answer_takes_less(bench: EngineBench) -> None:
    job = await done(bench)
    reply = Reply(errors=[TooLarge("less")])
    await shows(bench).show(job, by=bench.person(MEMBER), reply=reply)

    assert [part for part, _ in reply.posted] == [1]


async def test_who_may_not_see_it_and_what_is_not_there_are_refused(bench: EngineBench) -> None:
    job = await done(bench)
    with pytest.raises(Refused, match="nothing_to_show"):
        await shows(bench).show(job, by=bench.person(STRANGER), reply=Reply())
    running = await bench.remix("another")
    with pytest.raises(Refused, match="nothing_to_show"):
        await shows(bench).show(running, by=bench.person(MEMBER), reply=Reply())
    shutil.rmtree(bench.data_dir / "outputs")
    with pytest.raises(Refused, match="files_gone"):
        await shows(bench).show(job, by=bench.person(MEMBER), reply=Reply())


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ContentRefused("a rule"), "result_refused"),
        (DeliveryPostponed("down"), "not_now"),
        (InputPostponed("no room"), "not_now"),
        (Undeliverable("closed"), "not_here"),
    ],
)
async def test_what_discord_does_not_take_is_refused_with_its_reason(
    bench: EngineBench, error: Exception, reason: str
) -> None:
    job = await kept(bench)
    with pytest.raises(Refused, match=reason):
        await shows(bench).show(job, by=bench.person(MEMBER), reply=Reply(errors=[error]))
    assert (await bench.row(job)).undeliverable_at is not None


async def test_one_person_takes_a_turn_of_five_seconds_for_one_result_in_one_place(bench: EngineBench) -> None:
    job, asked = await done(bench), shows(bench)
    asked.take_turn(job, by=bench.person(MEMBER))
    with pytest.raises(QuotaExceeded) as refused:
        asked.take_turn(job, by=bench.person(MEMBER))
    asked.take_turn(job, by=bench.person(STRANGER))
    asked.take_turn(job, by=Person(MEMBER, None, lambda _: False, CHANNEL + 1))
    bench.clock.forward(SHOW_EVERY)
    asked.take_turn(job, by=bench.person(MEMBER))

    assert refused.value.limit == "show"


async def test_a_result_is_found_by_what_people_read_of_it_by_those_who_see_its_place(bench: EngineBench) -> None:
    job = await done(bench)
    sees = Person(STRANGER, GUILD, lambda _: False, CHANNEL, lambda _: True)
    for word in (job.id, job.id[:6], f"#{job.id[:6].upper()}", f" #{job.id[:9]} "):
        assert await bench.service.see(word, by=bench.person(MEMBER)) == job
        assert await bench.service.see(word, by=sees) == job
    for word in ("", "#", job.id[:5], f"{job.id}0", "the cat", "%", "000000"):
        with pytest.raises(JobNotFound):
            await bench.service.see(word, by=bench.person(MEMBER))
    with pytest.raises(Refused, match="place_unseen"):
        await bench.service.see(job.id, by=bench.person(STRANGER))
    with pytest.raises(JobNotFound):
        await bench.service.see(job.id, by=bench.person(STRANGER, guild_id=GUILD + 1))
