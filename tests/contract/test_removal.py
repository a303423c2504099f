"""A bot that was removed from a server writes nothing there any more, also not by a token that still lives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import discord
import pytest

from bot.domain.notice import OutageNotice
from bot.domain.unreadable import UnreadableJob
from bot.engine.answers import Progress
from bot.engine.gallery import Gallery
from bot.errors import DeliveryPostponed, Undeliverable
from bot.ui.notices import DiscordNoticeCourier
from bot.ui.place_check import require_member
from bot.ui.unreadable_notice import DiscordUnreadableCourier
from sandbox.faults import Fault
from tests.contract.post_office import delivery, succeeded
from tests.contract.test_place_check import heard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.domain.job import Job
    from sandbox.faults import Faults
    from tests.contract.post_office import PostOffice

    Write = Callable[[PostOffice, Job], Awaitable[object]]


def _notice(job: Job, message_id: int | None = None) -> OutageNotice:
    origin = job.origin
    return OutageNotice(
        origin.channel_id,
        origin.guild_id,
        "en-US",
        "outage-0011223344556677",
        discord.utils.utcnow(),
        message_id=message_id,
    )


def _apart(job: Job) -> UnreadableJob:
    origin = job.origin
    return UnreadableJob(
        id=job.id,
        reason="unknown word",
        user_id=origin.user_id,
        channel_id=origin.channel_id,
        guild_id=origin.guild_id,
        thread_id=origin.thread_id,
        locale=origin.locale,
        can_be_told=True,
        is_told=False,
    )


WRITES: dict[str, Write] = {
    "the card, by its token": lambda office, job: office.courier.show_card(job, Progress()),
    "the card, by the bot": lambda office, job: office.courier.show_card(
        replace(job, origin=replace(job.origin, interaction_token=None)), Progress()
    ),
    "the first reply": lambda office, job: office.courier.open(job, Progress()),
    "a thread": lambda office, job: office.courier.make_thread(
        replace(job, origin=replace(job.origin, thread_id=None))
    ),
    "a result": lambda office, job: office.courier.send(succeeded(job), delivery(job, 1, 0), office.pictures(0)),
    "a result, by the token": lambda office, job: office.courier.answer(
        succeeded(job), delivery(job, 1, 0), office.pictures(0)
    ),
    "a gallery": lambda office, job: office.galleries.post(
        job, Gallery(job.origin.target_id, f"{job.id}.1000", (), only_mended=False)
    ),
    "a notice": lambda office, job: DiscordNoticeCourier(office.client).post(_notice(job), waiting=1),
    "a notice that stands": lambda office, job: DiscordNoticeCourier(office.client).edit(
        _notice(job, job.origin.card_message_id), waiting=1
    ),
    "words of an unreadable job": lambda office, job: DiscordUnreadableCourier(office.client).tell(_apart(job)),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
async def test_nothing_is_asked_of_discord_for_a_server_that_the_bot_was_removed_from(
    office: PostOffice, faults: Faults, write: Write
) -> None:
    job = await office.opened()
    await office.client.wait_until_ready()
    async with heard(office, "guild_remove"):
        office.sandbox.administration.kick_bot(office.world.directory.guilds[job.origin.guild_id or 0])
    asked = faults.add(Fault.answer(500, "{}", times=None))
    with pytest.raises(Undeliverable, match="removed from the server"):
        await write(office, job)

    assert [one.fault_id for one in faults.fired if one.fault_id == asked.fault_id] == []


async def test_in_an_outage_of_the_server_the_card_is_still_shown_and_no_place_is_gone(office: PostOffice) -> None:
    outer = await office.opened()
    inner = await office.opened(office.world.find_channel(outer.origin.thread_id))
    await office.client.wait_until_ready()
    garden = office.world.directory.guilds[outer.origin.guild_id or 0]
    async with heard(office, "guild_unavailable"):
        office.sandbox.administration.begin_outage(garden)
    before = office.card(outer).revision
    await office.courier.show_card(replace(outer, card_revision=2), Progress(place=3))

    assert office.card(outer).revision > before
    assert not await office.courier.is_place_gone(outer)
    assert not await office.courier.is_place_gone(inner)
    async with heard(office, "guild_available"):
        office.sandbox.administration.end_outage(garden)
    assert not await office.courier.is_place_gone(outer)


async def test_before_the_gateway_is_ready_discord_is_asked_whether_the_bot_is_in_a_server(
    office: PostOffice, faults: Faults
) -> None:
    job = await office.opened()
    fresh = discord.Client(intents=discord.Intents.none())  # a process that has just begun, and heard nothing yet
    async with fresh:
        await fresh.login(office.world.application.token)
        await require_member(fresh, job.origin.guild_id)
        fault = faults.add(Fault.hang(60, method="GET", route="/api/v10/guilds/{id}"))
        with pytest.raises(DeliveryPostponed):
            await require_member(fresh, job.origin.guild_id)
        faults.remove(fault.fault_id)
        office.sandbox.administration.kick_bot(office.world.directory.guilds[job.origin.guild_id or 0])
        with pytest.raises(Undeliverable):
            await require_member(fresh, job.origin.guild_id)
        await require_member(fresh, job.origin.guild_id, by_interaction=True)
        await require_member(fresh, None)


async def test_a_404_that_is_not_discords_word_on_the_channel_ends_nothing(office: PostOffice, faults: Faults) -> None:
    outer = await office.opened()
    job = await office.opened(office.world.find_channel(outer.origin.thread_id))
    faults.add(Fault.answer(404, "not here", method="GET", route="/api/v10/channels/{id}"))
    assert not await office.courier.is_place_gone(job)
