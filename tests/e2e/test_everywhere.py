"""Everywhere, end to end: servers without the bot, groups, and every other place, each with what it can do there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sandbox.discord.command_use import CannotDoError
from sandbox.discord.composer import Draft
from sandbox.discord.kinds import ChannelType
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault

if TYPE_CHECKING:
    from sandbox.discord.state import Channel, Message
    from tests.e2e.town import Town

FOLLOW_UPS = "/api/v10/webhooks/{id}/{token}"


async def remix_of_uma(town: Town, place: Channel, prompt: str) -> Message:
    """Let Uma, who brought the bot along, remix somewhere, and wait for the card."""
    return await town.card(await town.remix("uma", prompt, channel_id=place.id))


async def until_result(town: Town, card: Message) -> Message:
    """Wait until a card has become the result."""
    await town.until(lambda: bool(card.attachments), "the result in the card's place")
    return card


async def test_in_a_server_without_the_bot_a_guest_answers_in_public_and_its_buttons_work(town: Town) -> None:
    cove, cora, uma = town.channel("cove"), town.person("cora"), town.person("uma")
    town.runcomfy.timeline.hold()
    card = await remix_of_uma(town, cove, "as a shell")
    waiting = await town.until_card_says(card, "I am a guest here", "with /jobs show")
    town.runcomfy.timeline.release()
    result = await until_result(town, card)
    text = town.text(result)
    seen = cora.sees(cove.id)
    details = await (await cora.click(result, label="Details")).private_answer()
    again = await town.card(await cora.click(result, label="Again"))
    theirs = await until_result(town, again)
    await cora.click(result, label="Delete")
    await town.until(lambda: result.is_deleted, "the deletion by a moderator of that server")
    with pytest.raises(CannotDoError, match="did not bring /moderation along"):
        await uma.slash(cove.id, "moderation jobs")

    assert "Only you can see this" not in waiting
    assert "[Again] [Details] [Delete]" in text
    assert seen == [result]
    assert "as a shell" in town.text(details)
    assert theirs.author_id == town.world.bot.id
    assert town.world.threads_of(town.world.guild("Quiet Cove")) == []
    assert town.row("by_interaction") == [1, 1]
    assert town.row("thread_id") == [None, None]
    await town.until_written("delivered_at", lambda found: None not in found)
    assert len(town.runcomfy.ledger) == 2


async def test_without_use_external_apps_all_of_it_is_for_one_reader(town: Town) -> None:
    whispers, uma = town.channel("whispers"), town.person("uma")
    town.runcomfy.timeline.hold()
    card = await remix_of_uma(town, whispers, "as a secret")
    await town.until_card_says(card, "Only you can see this", "I am a guest here")
    town.runcomfy.timeline.release()
    await until_result(town, card)
    await town.until_written("delivered_at", lambda found: None not in found)
    listed = town.text(await (await uma.slash(whispers.id, "jobs list")).response())
    seen_by_uma = uma.sees(whispers.id)
    await uma.click(card, label="Delete")
    await town.until(lambda: card.is_deleted, "the deletion")

    assert town.person("cora").sees(whispers.id) == []
    assert card in seen_by_uma
    assert card.attachments[0].file.folder.startswith("ephemeral-attachments/")
    assert "Done" in listed
    assert "open" not in listed
    assert town.row("is_private") == [1]


async def test_in_a_group_message_everybody_there_can_go_on_from_the_result(town: Town) -> None:
    weekend, cora = town.channel("Weekend"), town.person("cora")
    card = await remix_of_uma(town, weekend, "as a picnic")
    result = await until_result(town, card)
    details = town.text(await (await cora.click(result, label="Details")).private_answer())
    refused = town.text(await (await cora.click(result, label="Delete")).private_answer())
    again = await until_result(town, await town.card(await cora.click(result, label="Again")))
    before = town.posted_in(weekend.id)
    await town.person("uma").click(result, label="Delete")
    await town.until(lambda: result.is_deleted, "the deletion")

    assert "Only the person who asked" in refused
    assert "as a picnic" in details
    assert again.interaction is not None
    assert again.interaction.user_id == cora.user.id
    assert town.row("guild_id") == [None, None]
    assert before == [result, again]
    assert "interaction_failed" not in town.bot.log()


async def test_in_messages_to_the_bot_it_answers_who_brought_it_along_and_shares_no_server_with_it(town: Town) -> None:
    direct = await town.person("uma").open_dm()
    card = await remix_of_uma(town, direct, "as a letter")
    [result] = await town.results_in(direct.id)

    assert result is not card
    assert "The result is below" in await town.until_card_says(card, "Done")
    assert "guest" not in town.text(card)
    assert town.row("by_interaction") == [0]


async def test_what_a_guest_may_not_do_is_said_before_anything_is_paid(town: Town) -> None:
    cove = town.channel("cove")
    guild = town.world.guild("Quiet Cove")
    town.discord.administration.overwrite(cove, guild.roles[guild.id], deny=Permission.ATTACH_FILES)
    refused = town.text(await (await town.remix("uma", "as a wall", channel_id=cove.id)).private_answer())

    assert "it does not let me attach files" in refused
    assert town.runcomfy.ledger == []
    assert town.row("id") == []


async def test_a_guest_cancels_and_fails_on_its_card(town: Town) -> None:
    cove, uma = town.channel("cove"), town.person("uma")
    town.runcomfy.timeline.hold()
    card = await remix_of_uma(town, cove, "as a regret")
    await town.until_written("status", lambda found: found == ["in_queue"])
    asked = town.text(await (await uma.click(card, label="Cancel")).private_answer())
    cancelled = await town.until_card_says(card, "Cancelled")
    town.runcomfy.timeline.release()
    town.runcomfy.timeline.fail_next()
    failed = await remix_of_uma(town, cove, "as a mishap")
    await town.until_card_says(failed, "The painting failed", "[Try again]")
    retried = await until_result(town, await town.card(await uma.click(failed, label="Try again")))

    assert "and in /jobs list" in asked
    assert "I am a guest" not in cancelled
    assert "I am a guest" not in town.text(failed)
    assert retried.attachments
    await town.until_written("delivered_at", lambda found: None not in found)


async def kept_by_uma(town: Town, place: Channel, prompt: str) -> Message:
    """Let Uma's remix come after its token died, and answer the card that could not follow it."""
    town.runcomfy.timeline.hold()
    card = await remix_of_uma(town, place, prompt)
    await town.until_card_says(card, "In RunComfy", "I am a guest here", "with /jobs show")
    town.discord.services.interactions.expire()
    town.runcomfy.timeline.release()
    await town.until_written("undeliverable_at", lambda found: None not in found)
    return card


async def test_a_result_that_comes_after_the_token_died_is_kept_and_owed_no_more(town: Town) -> None:
    cove, uma = town.channel("cove"), town.person("uma")
    card = await kept_by_uma(town, cove, "as a snail")
    await town.until_written("card_revision - shown_revision", lambda found: found == [0])
    listed = town.text(await (await uma.slash(cove.id, "jobs list")).private_answer())
    await town.bot.kill()
    await town.restart_bot()

    assert card.attachments == []
    assert "In RunComfy" in town.text(card)
    assert "Painted, but not posted" in listed
    assert town.bot.log().count('"jobs_open": 0') == len(("first start", "second start"))
    assert len(town.runcomfy.ledger) == 1


async def test_many_pictures_fill_the_card_and_follow_ups_and_what_the_cap_leaves_is_kept(town: Town) -> None:
    cove = town.channel("cove")
    town.runcomfy.knobs = replace(town.runcomfy.knobs, images_per_run=15, painted=False)
    card = await remix_of_uma(town, cove, "as a shoal")
    await town.until(lambda: len(town.posted_in(cove.id)) == 2, "both messages")
    first, second = town.posted_in(cove.id)
    await town.until_written("delivered_at", lambda found: None not in found)
    body = '{"code": 40094, "message": "Maximum number of follow up messages reached for this interaction"}'
    town.faults.add(
        Fault.answer(400, body, headers={"Content-Type": "application/json"}, method="POST", route=FOLLOW_UPS)
    )
    full = await until_result(town, await remix_of_uma(town, cove, "as a flood"))
    await town.until_written("undeliverable_at", lambda found: found[-1] is not None)

    assert first is card
    assert (len(first.attachments), len(second.attachments)) == (10, 5)
    assert second.interaction is not None
    assert len(full.attachments) == 10
    assert len(town.posted_in(cove.id)) == 3


async def test_posts_of_forums_and_media_channels_and_chats_of_voice_hold_a_remix(town: Town) -> None:
    garden = town.world.guild("Remix Garden")
    media = town.discord.administration.add_channel(garden, "gallery", kind=ChannelType.MEDIA)
    stage = town.discord.administration.add_channel(garden, "stage", kind=ChannelType.STAGE)
    threads = town.discord.services.threads
    posts = [
        threads.post(place, Draft({"name": f"Post in {place.name}", "message": {"content": "Here"}}))[0]
        for place in (town.channel("showcase"), media)
    ]
    places = [*posts, stage]
    for number, place in enumerate(places):
        await town.remix("ada", f"as number {number}", channel_id=place.id)
    for place in places:
        await town.results_in(place.id)
    with pytest.raises(CannotDoError, match="cannot write here"):
        await town.remix("ada", "as nothing", channel_id=media.id)

    assert [one.type for one in posts] == [ChannelType.PUBLIC_THREAD] * 2
    assert town.row("thread_id") == [None] * 3
    assert not any(message.has_thread for place in places for message in town.world.messages_in(place.id))
    assert len(town.runcomfy.ledger) == 3
