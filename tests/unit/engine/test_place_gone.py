"""Remixes whose place goes while they wait: nothing is paid for them, and nothing is written there any more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from bot.domain.ledger import balance
from bot.domain.picture import Mend
from bot.domain.status import FailureReason, JobStatus
from bot.engine.gone_places import LOOKED_AT_FOR, GonePlace
from bot.errors import StoreUnavailable, Undeliverable
from tests.fake_store import FakeJobStore
from tests.unit.engine_bench import CHANNEL, GUILD, OUTPUT, EngineBench

if TYPE_CHECKING:
    from pathlib import Path

    from bot.domain.job import Job

OTHER_GUILD, OTHER_CHANNEL, THREAD = 501, 601, 602
HEIC = "https://cdn.discordapp.com/a/cat.heic"


@pytest.fixture
async def narrow(tmp_path: Path) -> EngineBench:
    """A process with one place at the provider, which is taken."""
    bench = EngineBench(tmp_path, max_in_flight=1)
    await bench.loop.start()
    await bench.settled(await bench.remix(guild_id=OTHER_GUILD, channel_id=OTHER_CHANNEL))
    return bench


async def ended(bench: EngineBench, job: Job) -> bool:
    """Whether a job has ended for free because its place is gone; else it still waits."""
    row = await bench.row(job)
    if row.status is JobStatus.PENDING:
        return False
    assert (row.status, row.failure) == (JobStatus.FAILED, FailureReason.PLACE_GONE)
    assert balance(await bench.store.entries(job.id)) == 0
    return True


async def test_what_waits_for_a_place_that_is_gone_ends_for_free_and_may_be_tried_again(tmp_path: Path) -> None:
    bench = EngineBench(tmp_path, max_in_flight=1)
    await bench.loop.start()
    running = await bench.remix()
    waiting = [await bench.remix() for _ in range(3)]
    await bench.settle()
    bench.courier.deleted_channels.add(CHANNEL)
    await bench.finished(running)
    await bench.pass_time(60)

    assert len(bench.provider.requests) == 1
    for job in waiting:
        assert await ended(bench, job)
    again = await bench.service.check_try_again(
        waiting[0].id, by=bench.person(waiting[0].origin.user_id, guild_id=None)
    )
    assert again.id == waiting[0].id


@pytest.mark.parametrize(
    ("place", "gone"),
    [
        (GonePlace(GUILD), ["channel", "elsewhere", "in a thread"]),
        (GonePlace(GUILD, CHANNEL), ["channel", "in a thread"]),
        (GonePlace(GUILD, THREAD), ["in a thread"]),
        (GonePlace(GUILD, 699), []),
    ],
)
async def test_what_waits_there_ends_at_once_and_nothing_else_does(
    narrow: EngineBench, place: GonePlace, gone: list[str]
) -> None:
    waiting = {
        "channel": await narrow.remix(),
        "elsewhere": await narrow.remix(channel_id=OTHER_CHANNEL),
        "in a thread": await narrow.remix(channel_id=THREAD, parent_id=CHANNEL),
        "guest": await narrow.remix(by_interaction=True),
        "other server": await narrow.remix(guild_id=OTHER_GUILD, channel_id=OTHER_CHANNEL),
        "message": await narrow.remix(guild_id=None),
    }
    await narrow.settle()
    polls = narrow.provider.calls.copy()
    await narrow.gone.end(place)

    assert sorted([name for name, job in waiting.items() if await ended(narrow, job)]) == gone
    assert narrow.provider.calls == polls
    assert len(narrow.provider.requests) == 1


async def test_after_a_removal_nothing_is_shown_and_what_was_submitted_is_kept(narrow: EngineBench) -> None:
    submitted = await narrow.remix()
    narrow.provider.finish("req-1", OUTPUT)
    await narrow.pass_time(20)
    waiting = await narrow.remix()
    await narrow.settle()
    narrow.courier.left_guilds.add(GUILD)
    cards = {job.id: list(narrow.courier.cards[job.id]) for job in (submitted, waiting)}
    await narrow.gone.end(GonePlace(GUILD))
    narrow.provider.finish("req-2", OUTPUT)
    await narrow.pass_time(120)

    row = await narrow.row(submitted)
    assert await ended(narrow, waiting)
    assert row.status is JobStatus.SUCCEEDED
    assert row.undeliverable_at is not None
    assert {job.id: narrow.courier.cards[job.id] for job in (submitted, waiting)} == cards
    assert narrow.courier.messages_of(submitted.id) == []
    assert narrow.courier.messages_of(waiting.id) == []
    assert narrow.courier.answers == []


async def test_a_server_that_the_bot_joins_again_is_told_nothing_of_what_ended_without_it(narrow: EngineBench) -> None:
    old = await narrow.remix()
    await narrow.settle()
    narrow.courier.left_guilds.add(GUILD)
    await narrow.gone.end(GonePlace(GUILD))
    narrow.courier.left_guilds.clear()
    narrow.gone.is_back(GUILD)
    new = await narrow.remix()
    await narrow.pass_time(2 * LOOKED_AT_FOR)
    assert not await ended(narrow, new)
    await narrow.pass_time(8 * 3600)

    assert await ended(narrow, old)
    assert narrow.courier.messages_of(old.id) == []


async def test_a_command_that_is_accepted_a_moment_after_the_deletion_ends_too(narrow: EngineBench) -> None:
    await narrow.gone.end(GonePlace(GUILD, CHANNEL))
    late = await narrow.remix()
    await narrow.settle()
    assert not await ended(narrow, late)
    await narrow.pass_time(LOOKED_AT_FOR)

    assert await ended(narrow, late)


class FrozenStore(FakeJobStore):
    """Answers no question about a server's jobs while it is frozen."""

    is_frozen = False

    @override
    async def open_jobs_of_guild(self, guild_id: int) -> list[Job]:
        """Read a server's jobs, or fail."""
        if self.is_frozen:
            raise StoreUnavailable("frozen")
        return await super().open_jobs_of_guild(guild_id)


async def test_a_deletion_during_a_silence_of_the_database_is_not_forgotten(tmp_path: Path) -> None:
    store = FrozenStore()
    bench = EngineBench(tmp_path, store=store, max_in_flight=1)
    await bench.loop.start()
    await bench.settled(await bench.remix(guild_id=OTHER_GUILD))
    waiting = await bench.remix()
    await bench.settle()
    store.is_frozen = True
    await bench.gone.end(GonePlace(GUILD, CHANNEL))
    await bench.pass_time(10 * LOOKED_AT_FOR)
    assert not await ended(bench, waiting)
    store.is_frozen = False
    await bench.pass_time(20)

    assert await ended(bench, waiting)


async def test_many_deletions_at_once_are_looked_at_together(narrow: EngineBench) -> None:
    waiting = [await narrow.remix(channel_id=number, parent_id=CHANNEL) for number in range(1000, 1020)]
    await narrow.settle()
    await asyncio.gather(*(narrow.gone.end(GonePlace(GUILD, job.origin.channel_id)) for job in waiting))

    assert all([await ended(narrow, job) for job in waiting])


async def test_what_waits_for_its_mended_picture_ends_for_its_place_and_not_for_its_picture(
    narrow: EngineBench,
) -> None:
    narrow.inspector.make_mendable(HEIC, Mend.CONVERTED)
    narrow.courier.left_guilds.add(GUILD)
    narrow.galleries.fail(*[Undeliverable("the bot was removed")] * 2)
    job = await narrow.remix(url=HEIC)
    await narrow.settle()

    assert await ended(narrow, job)
    again = await narrow.service.check_try_again(job.id, by=narrow.person(job.origin.user_id, guild_id=None))
    assert again.id == job.id
