"""The search after a doubtful send: bounded around the attempts by Discord's time, and no cause of a second message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import discord
import pytest

from bot.domain.job import FIRST_RESULT_PART, Artifact
from bot.domain.status import FailureReason, JobStatus
from bot.engine.deliver import DeliverStep
from bot.engine.fitting import Fitting
from bot.errors import DeliveryPostponed
from bot.ops.discord_time import DiscordTime
from bot.ui.courier import DiscordCourier
from sandbox.discord.permissions import Permission
from sandbox.discord.snowflake import first_id_at
from sandbox.discord.state import Message
from sandbox.faults import Fault, Faults
from tests.contract.discord_bench import picture
from tests.contract.post_office import NOTHING_KNOWN, PostOffice
from tests.fake_inspector import FakeInspector
from tests.fake_store import FakeJobStore

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime
    from pathlib import Path

    from bot.domain.job import Delivery, Job

MESSAGES: Final = "/api/v10/channels/{id}/messages"
MANY: Final = 3000
EVERY: Final = timedelta(seconds=1)
"""How often somebody writes in the channel."""
A_FEW: Final = 6
"""Requests for the seven minutes of a short attempt: the minute before it, itself, and the five minutes after it."""
DAY_AND_HOUR: Final = timedelta(hours=25)


class MovableClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now()

    def now(self) -> datetime:
        """Tell the time."""
        return discord.utils.utcnow() + self.ahead


class Street:
    """A channel where many write, and a bot that delivers into it; Discord's clock and the bot's are moved apart.

    Args:
        office: The bot in the simulated Discord.
        clock: Discord's.
        faults: What Discord does wrong.
        folder: The data folder.
    """

    def __init__(self, office: PostOffice, clock: MovableClock, faults: Faults, folder: Path) -> None:
        self.office = office
        self.discord_clock = clock
        self.faults = faults
        self.own_clock = MovableClock()
        self.store = FakeJobStore(clock=self.own_clock.now)
        self._folder = folder
        self._discord_time = office.time

    async def open(self) -> Job:
        """Accept a job whose result goes into the channel, and let its picture be made."""
        art = self.office.world.channel("art")
        self.office.sandbox.administration.deny_bot(art, Permission.CREATE_PUBLIC_THREADS)
        job = replace(await self.office.opened(art), status=JobStatus.SUCCEEDED)
        self.office.sandbox.services.messages.nonce_window = timedelta()
        await self.store.accept(job, ())
        (self._folder / "picture").write_bytes(picture())
        await self.store.save_artifacts([Artifact(job.id, 0, "https://x", "picture", "image/png")])
        return job

    def chatter(self, job: Job) -> None:
        """Let people write so many messages, and as much time pass."""
        begin, author = self.discord_clock.now(), self.office.world.person("ada").id
        messages = self.office.world.directory.messages[job.origin.target_id]
        for number in range(MANY):
            at = begin + (number + 0.5) * EVERY  # apart from what the bot writes before and after
            key = first_id_at(at)
            messages[key] = Message(key, job.origin.target_id, author, at, content="chatter")
        self.discord_clock.ahead += MANY * EVERY
        self.own_clock.ahead += MANY * EVERY

    def restart(self) -> None:
        """Let a new process take over: it knows nothing but the store."""
        self._discord_time = DiscordTime()

    async def show(self, job: Job) -> None:
        """Draw the card, as happens until a job ends: Discord's response tells its time."""
        await self.office.courier.show_card(job, NOTHING_KNOWN)

    async def attempt(self, job: Job) -> Job:
        """Let the step try once to deliver; raises as it does."""
        courier = DiscordCourier(
            self.office.client, model_names=str, now=self.own_clock.now, discord_time=self._discord_time
        )
        fitting = Fitting(
            store=self.store, inspector=FakeInspector(), permits=bool, data_dir=self._folder, clock=self.own_clock
        )
        step = DeliverStep(
            store=self.store,
            courier=courier,
            fitting=fitting,
            models={},
            data_dir=self._folder,
            clock=self.own_clock,
        )
        return await step.run(job)

    async def doubtful(self, job: Job, *, posted: bool) -> None:
        """Let an attempt end without an answer, posted or not."""
        fault = self.faults.add(Fault.drop(method="POST", route=MESSAGES, after_commit=posted))
        with pytest.raises(DeliveryPostponed):
            await self.attempt(job)
        assert fault.fault_id in {one.fault_id for one in self.faults.fired}

    async def searched(self, job: Job) -> int:
        """Let the next attempt deliver, and count the pages of history that it reads before."""
        reads = self.faults.add(Fault.late(0, method="GET", route=MESSAGES, times=None))
        assert (await self.attempt(job)).delivered_at is not None
        return sum(one.fault_id == reads.fault_id for one in self.faults.fired)

    async def plan(self, job: Job) -> Delivery:
        """The one part that is owed."""
        [delivery] = await self.store.deliveries(job.id)
        assert delivery.part == FIRST_RESULT_PART
        return delivery

    def results(self, job: Job) -> int:
        """How often the result stands in the channel."""
        return len(self.office.posted(job.origin.target_id))


@pytest.fixture
async def street(tmp_path: Path, faults: Faults) -> AsyncGenerator[Street]:
    """A channel where many write."""
    clock = MovableClock()
    async with PostOffice.open(tmp_path, faults=faults, clock=clock) as office:
        yield Street(office, clock, faults, tmp_path)


@pytest.mark.parametrize("posted", [True, False])
async def test_a_search_reads_only_what_was_written_around_the_attempt(street: Street, *, posted: bool) -> None:
    job = await street.open()
    street.chatter(job)
    await street.show(job)
    await street.doubtful(job, posted=posted)
    street.chatter(job)

    assert await street.searched(job) <= A_FEW
    assert street.results(job) == 1


@pytest.mark.parametrize("posted", [True, False])
@pytest.mark.parametrize("jump", [-DAY_AND_HOUR, DAY_AND_HOUR])
@pytest.mark.parametrize("restarts", [True, False])
async def test_a_jump_of_our_clock_between_attempt_and_search_neither_loses_nor_doubles_a_result(
    street: Street, *, posted: bool, jump: timedelta, restarts: bool
) -> None:
    job = await street.open()
    street.own_clock.ahead -= jump
    await street.doubtful(job, posted=posted)
    street.own_clock.ahead += 2 * jump
    street.chatter(job)
    if restarts:
        street.restart()

    assert await street.searched(job) <= A_FEW
    assert street.results(job) == 1


@pytest.mark.parametrize("posted", [True, False])
async def test_a_process_that_was_killed_in_the_attempt_leaves_a_search_without_an_end(
    street: Street, *, posted: bool
) -> None:
    job = await street.open()
    street.chatter(job)
    await street.show(job)
    await street.doubtful(job, posted=posted)
    killed = replace(await street.plan(job), before_id=None)
    await street.store.save_delivery(killed)
    street.restart()
    street.chatter(job)

    pages = await street.searched(job)

    assert pages <= A_FEW if posted else MANY / 100 <= pages <= MANY / 100 + A_FEW
    assert street.results(job) == 1


async def test_the_bounds_cover_every_attempt_from_the_first(street: Street) -> None:
    job = await street.open()
    street.chatter(job)
    await street.show(job)
    await street.doubtful(job, posted=False)
    first = await street.plan(job)
    street.chatter(job)
    await street.doubtful(job, posted=True)
    second = await street.plan(job)
    street.chatter(job)
    street.restart()

    await street.searched(job)

    assert None not in (first.after_id, first.before_id, second.before_id)
    assert second.after_id == first.after_id
    assert (second.before_id or 0) > (first.before_id or 0)
    assert street.results(job) == 1


async def test_an_attempt_that_begins_takes_the_end_of_the_earlier_one_away(street: Street) -> None:
    job = await street.open()
    await street.doubtful(job, posted=False)
    street.chatter(job)
    street.faults.add(Fault.server_error(503, method="GET", route="/api/v10/channels/{id}", times=None))
    street.faults.add(Fault.drop(method="GET", route="/api/v10/channels/{id}", times=None))
    street.restart()
    await street.doubtful(job, posted=True)

    assert (await street.plan(job)).before_id is None
    street.chatter(job)
    await street.searched(job)
    assert street.results(job) == 1


async def test_where_discords_time_is_not_known_a_search_begins_at_the_command(street: Street) -> None:
    street.restart()
    job = await street.open()
    street.chatter(job)
    await street.doubtful(job, posted=True)
    plan = await street.plan(job)

    assert (plan.after_id, plan.before_id) == (None, None)
    assert await street.searched(job) > MANY / 100
    assert street.results(job) == 1


async def test_a_refused_attempt_tells_discords_time_too(street: Street) -> None:
    job = await street.open()
    street.faults.add(Fault.server_error(503, method="GET", route="/api/v10/channels/{id}", times=None))

    await street.doubtful(job, posted=False)

    assert (await street.plan(job)).before_id is not None


async def test_the_words_about_a_refused_result_are_searched_for_from_its_attempt_on(street: Street) -> None:
    job = await street.open()
    street.chatter(job)
    await street.show(job)
    refusal = '{"code": 200000, "message": "Message was blocked by automatic moderation"}'
    headers = {"Content-Type": "application/json"}
    street.faults.add(Fault.answer(400, refusal, headers=headers, method="POST", route=MESSAGES))
    refused = await street.attempt(job)
    street.faults.add(Fault.drop(method="POST", route=MESSAGES, after_commit=True))
    with pytest.raises(DeliveryPostponed):
        await street.attempt(refused)
    street.chatter(job)

    reads = street.faults.add(Fault.late(0, method="GET", route=MESSAGES, times=None))
    kept = await street.attempt(refused)

    assert refused.failure is FailureReason.CONTENT_REFUSED
    assert kept.undeliverable_at is not None
    assert sum(one.fault_id == reads.fault_id for one in street.faults.fired) <= A_FEW
    assert street.results(job) == 1


async def test_a_restored_job_is_searched_for_since_its_command_whatever_the_backup_knew(street: Street) -> None:
    job = await street.open()
    await street.doubtful(job, posted=True)
    restored = replace(job, search_from=job.created_at)
    [message] = street.office.posted(job.origin.target_id)
    plan = replace(await street.plan(job), after_id=message.id, before_id=message.id)

    assert await street.office.courier.find(job, plan) is None
    assert await street.office.courier.find(restored, plan) == message.id
