"""Whether the place of a job is gone, asked of the simulated Discord."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sandbox.discord.permissions import Permission
from sandbox.faults import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from sandbox.faults import Faults
    from tests.contract.post_office import PostOffice


@asynccontextmanager
async def heard(office: PostOffice, event: str) -> AsyncGenerator[None]:
    """Leave the block only after the bot has heard of an event that is caused inside."""
    hearing = asyncio.ensure_future(office.client.wait_for(event, timeout=5))
    await asyncio.sleep(0)
    yield
    await hearing


async def test_a_place_that_stands_or_is_only_hidden_is_not_gone(office: PostOffice) -> None:
    job = await office.opened()
    assert not await office.courier.is_place_gone(job)
    office.sandbox.administration.deny_bot(office.world.channel("art"), Permission.VIEW_CHANNEL)
    assert not await office.courier.is_place_gone(job)


async def test_a_deleted_channel_is_gone(office: PostOffice) -> None:
    job = await office.opened()
    async with heard(office, "guild_channel_delete"):
        office.sandbox.administration.delete_channel(office.world.channel("art"))
    assert await office.courier.is_place_gone(job)


async def test_a_deleted_thread_in_which_a_command_was_used_is_gone(office: PostOffice) -> None:
    outer = await office.opened()
    thread = office.world.find_channel(outer.origin.thread_id)
    job = await office.opened(thread)
    assert not await office.courier.is_place_gone(job)
    office.sandbox.administration.delete_channel(thread)
    assert await office.courier.is_place_gone(job)


async def test_a_server_without_the_bot_is_gone(office: PostOffice) -> None:
    job = await office.opened()
    await office.client.wait_until_ready()  # before, no list of servers is complete
    async with heard(office, "guild_remove"):
        office.sandbox.administration.kick_bot(office.world.directory.guilds[job.origin.guild_id or 0])
    assert await office.courier.is_place_gone(job)


async def test_a_discord_that_does_not_answer_ends_nothing(office: PostOffice, faults: Faults) -> None:
    outer = await office.opened()
    job = await office.opened(office.world.find_channel(outer.origin.thread_id))
    faults.add(Fault.hang(60, method="GET", route="/api/v10/channels/{id}"))
    assert not await office.courier.is_place_gone(job)
