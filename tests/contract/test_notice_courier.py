"""The courier of notices in the simulated Discord: posted once, in silence, found again, edited to the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import discord
import pytest

from bot.domain.notice import OutageNotice
from bot.errors import DeliveryPostponed, Undeliverable
from bot.ui.notices import DiscordNoticeCourier
from sandbox.discord.kinds import MessageFlag
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault, Faults

if TYPE_CHECKING:
    from sandbox.discord.state import Channel, Message
    from tests.contract.post_office import PostOffice

SENDS = "/api/v10/channels/{id}/messages"


def courier(office: PostOffice) -> DiscordNoticeCourier:
    """The courier of notices, for the same bot."""
    return DiscordNoticeCourier(office.client)


def notice(channel: Channel, **changes: object) -> OutageNotice:
    """A notice that is owed to a channel."""
    now = discord.utils.utcnow()
    owed = OutageNotice(channel.id, channel.guild_id, "en-US", "outage-0123456789abcdef", now - timedelta(minutes=2))
    return replace(owed, first_attempt_at=now, **changes)


def posted(office: PostOffice, channel: Channel) -> list[Message]:
    """What the bot said in a channel."""
    return [one for one in office.world.messages_in(channel.id) if one.author_id == office.world.bot.id]


async def test_a_notice_says_since_when_how_many_wait_and_rings_nobody(office: PostOffice) -> None:
    art = office.world.channel("art")
    owed = notice(art)
    message_id = await courier(office).post(owed, waiting=7)

    [message] = posted(office, art)
    text = office.text(message)
    assert message.id == message_id
    assert "RunComfy is not answering" in text
    assert "7 remixes wait here" in text
    assert "Nothing is lost" in text
    assert MessageFlag.SUPPRESS_NOTIFICATIONS in message.flags


async def test_a_notice_is_edited_to_its_end(office: PostOffice) -> None:
    art = office.world.channel("art")
    owed = notice(art)
    owed = replace(owed, message_id=await courier(office).post(owed, waiting=2))
    await courier(office).edit(owed, waiting=1)
    assert "One remix waits here" in office.text(posted(office, art)[0])
    await courier(office).edit(owed, waiting=0)
    assert "No remix waits here" in office.text(posted(office, art)[0])
    await courier(office).edit(replace(owed, over_at=owed.since + timedelta(minutes=10)), waiting=0)

    [message] = posted(office, art)
    assert "RunComfy answers again" in office.text(message)
    assert "after 10 min 0 s of silence" in office.text(message)


async def test_a_notice_in_a_direct_message_and_in_a_thread_works_alike(office: PostOffice) -> None:
    thread = office.world.find_channel((await office.opened()).origin.thread_id)
    for number, place in enumerate((thread, office.world.direct_channel(office.world.person("ada")))):
        owed = notice(place, nonce=f"outage-{number:016x}")
        message_id = await courier(office).post(owed, waiting=1)
        assert await courier(office).find(owed, readable_id=None) == message_id


async def test_a_repeated_send_is_one_message(office: PostOffice) -> None:
    owed = notice(office.world.channel("art"))

    first = await courier(office).post(owed, waiting=1)

    assert await courier(office).post(owed, waiting=1) == first


async def test_a_notice_is_found_by_its_marker_among_other_messages_and_another_is_not(office: PostOffice) -> None:
    art = office.world.channel("art")
    await office.opened(art)
    await courier(office).post(notice(art, nonce="outage-fedcba9876543210"), waiting=1)
    owed = notice(art)
    assert await courier(office).find(owed, readable_id=None) is None
    message_id = await courier(office).post(owed, waiting=1)

    assert await courier(office).find(owed, readable_id=None) == message_id


async def test_a_send_whose_answer_was_lost_is_postponed_and_found(office: PostOffice, faults: Faults) -> None:
    owed = notice(office.world.channel("art"))
    faults.add(Fault.drop(method="POST", route=SENDS, after_commit=True))
    with pytest.raises(DeliveryPostponed):
        await courier(office).post(owed, waiting=1)

    assert await courier(office).find(owed, readable_id=None) is not None


@pytest.mark.parametrize("jump", [timedelta(hours=-25), timedelta(hours=25)])
async def test_a_jump_of_our_clock_hides_no_notice(office: PostOffice, jump: timedelta) -> None:
    art = office.world.channel("art")
    await office.opened(art)
    owed = replace(notice(art), first_attempt_at=discord.utils.utcnow() + jump, after_id=office.time.earliest_id())
    earlier = await courier(office).post(replace(owed, nonce="outage-fedcba9876543210"), waiting=1)
    message_id = await courier(office).post(owed, waiting=1)

    assert owed.after_id is not None
    assert await courier(office).find(owed, readable_id=None) == message_id
    assert await courier(office).find(replace(owed, after_id=earlier), readable_id=None) == message_id
    assert await courier(office).find(replace(owed, after_id=message_id), readable_id=None) is None
    assert await courier(office).find(replace(owed, after_id=None), readable_id=None) == message_id


async def test_a_history_that_may_not_be_read_is_not_taken_for_an_empty_one(office: PostOffice) -> None:
    job = await office.opened()
    art = office.world.channel("art")
    owed = notice(art)
    await courier(office).post(owed, waiting=1)
    office.sandbox.administration.deny_bot(art, Permission.READ_MESSAGE_HISTORY)

    with pytest.raises(DeliveryPostponed):
        await courier(office).find(owed, readable_id=job.origin.card_message_id)


async def test_where_the_bot_may_not_speak_or_the_notice_is_gone_it_is_undeliverable(office: PostOffice) -> None:
    art = office.world.channel("art")
    owed = notice(art)
    owed = replace(owed, message_id=await courier(office).post(owed, waiting=1))
    office.sandbox.services.messages.delete(posted(office, art)[0])
    with pytest.raises(Undeliverable):
        await courier(office).edit(owed, waiting=1)
    with pytest.raises(Undeliverable):
        await courier(office).post(owed, waiting=1)
    office.sandbox.administration.deny_bot(art, Permission.SEND_MESSAGES)
    with pytest.raises(Undeliverable):
        await courier(office).post(notice(art, nonce="outage-fedcba9876543210"), waiting=1)


async def test_a_notice_in_a_thread_that_was_archived_is_edited_all_the_same(office: PostOffice) -> None:
    thread = office.world.find_channel((await office.opened()).origin.thread_id)
    owed = notice(thread)
    owed = replace(owed, message_id=await courier(office).post(owed, waiting=1))
    office.sandbox.administration.archive(thread)
    await courier(office).edit(replace(owed, over_at=discord.utils.utcnow()), waiting=0)

    assert any("answers again" in office.text(one) for one in posted(office, thread))
