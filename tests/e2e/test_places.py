"""Places, end to end: every kind of channel, threads that cannot be, and places that close in between."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from sandbox.discord.actor import UploadedFile
from sandbox.discord.composer import Draft
from sandbox.discord.kinds import ChannelType
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault

if TYPE_CHECKING:
    from sandbox.discord.state import Channel, Message
    from tests.e2e.town import Town

THREADS = "/api/v10/channels/{id}/messages/{message}/threads"
NASTY = "@everyone <@{ben}> **bold** [x](https://evil.example) "


def small_picture() -> bytes:
    """A real picture that is quickly read."""
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(stream, "PNG")
    return stream.getvalue()


async def remix_in(town: Town, channel: Channel, prompt: str) -> Message:
    """Let Ada remix in a channel, and wait for the card."""
    return await town.card(await town.remix("ada", prompt, channel_id=channel.id))


async def test_each_kind_of_channel_takes_a_remix_in_its_own_way(town: Town) -> None:
    news = await remix_in(town, town.channel("news"), "as news")
    voice = await remix_in(town, town.channel("lounge"), "as a song")
    threads, olga = town.discord.services.threads, town.person("olga").user
    showcase, _ = threads.post(
        town.channel("showcase"), Draft({"name": "Show and tell", "message": {"content": "Post here"}})
    )
    post = await remix_in(town, showcase, "as a post")
    private = threads.alone(olga.id, town.channel("art"), {"name": "Secret", "type": 12})
    refused = await (await town.remix("olga", "as a secret", channel_id=private.id)).private_answer()
    threads.join(private, town.world.bot.id)
    secret = await town.card(await town.remix("olga", "as a secret", channel_id=private.id))
    for channel_id in (news.id, voice.channel_id, post.channel_id, secret.channel_id):
        await town.results_in(channel_id)

    assert town.world.find_channel(news.id).type is ChannelType.ANNOUNCEMENT_THREAD
    assert "The result is below" in await town.until_card_says(voice, "Done")
    assert "The result is below" not in await town.until_card_says(news, "Done")
    assert post.channel_id == showcase.id
    assert not post.has_thread
    assert "Mention me in it" in town.text(refused)
    assert len(town.runcomfy.ledger) == 4


async def test_where_no_thread_can_be_the_result_comes_beside_the_card_and_a_refused_name_is_replaced(
    town: Town,
) -> None:
    lost = town.faults.add(Fault.drop(after_commit=True, method="POST", route=THREADS))
    exists = await remix_in(town, town.channel("art"), "as a twin")
    await town.until(lambda: exists.has_thread, "the first thread")
    assert [one.fault_id for one in town.faults.fired] == [lost.fault_id]
    body = '{"code": 200001, "message": "Title was blocked by automatic moderation"}'
    headers = {"Content-Type": "application/json"}
    town.faults.add(Fault.answer(400, body, headers=headers, method="POST", route=THREADS))
    blocked = await remix_in(town, town.channel("art"), "as a curse")
    await town.until(lambda: blocked.has_thread, "the second thread")
    town.world.guild("Remix Garden").thread_cap = 0
    full = await remix_in(town, town.channel("lobby"), "as a crowd")
    for channel_id in (full.channel_id, blocked.id, exists.id):
        await town.results_in(channel_id)

    assert town.world.find_channel(exists.id).name == "as a twin"
    assert town.world.find_channel(blocked.id).name == "Remix"
    assert "The result is below" in await town.until_card_says(full, "Done")
    assert len(town.runcomfy.ledger) == 3


async def test_ten_pictures_a_hostile_prompt_of_800_characters_and_one_of_emoji_harm_nothing(town: Town) -> None:
    art, ben = town.channel("art").id, town.person("ben").user
    prompt = NASTY.replace("{ben}", str(ben.id))
    prompt += "\N{CAT FACE}" * (800 - len(prompt))
    files = {f"image{number}": UploadedFile(f"{number}.png", small_picture()) for number in range(1, 11)}
    card = await town.card(await town.person("ada").slash(art, "remix", {"prompt": prompt, **files}, locale="ko"))
    assert "the quality may suffer" in town.text(card)
    nothing = await town.remix("ada", "\N{ZERO WIDTH SPACE}\N{VARIATION SELECTOR-16}\N{RIGHT-TO-LEFT MARK}")
    signs = await remix_in(town, town.channel("art"), "\N{ROCKET}\N{WAVING BLACK FLAG}\N{VARIATION SELECTOR-16}")
    refused = town.text(await nothing.private_answer())
    [result] = await town.results_in(card.id)
    text = await town.until_card_says(card, "Done")
    await town.results_in(signs.id)

    post, _ = town.runcomfy.ledger
    name = town.world.find_channel(card.id).name
    assert post.body["prompt"] == prompt
    assert len(post.body["image_urls"]) == 10
    assert all(f"{number}.png" in text for number in range(1, 11))
    assert "\N{CAT FACE}\N{HORIZONTAL ELLIPSIS}\n" in text
    assert len(name.encode("utf-16-le")) // 2 <= 100
    assert name.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert card.pinged_user_ids == ()
    assert result.pinged_user_ids == (town.person("ada").user.id,)
    assert "@Ben" not in text
    assert town.world.find_channel(signs.id).name.startswith("\N{ROCKET}")
    assert "The prompt is empty" in refused


async def test_places_that_close_and_people_who_leave_while_the_job_waits_lose_nothing(town: Town) -> None:
    town.runcomfy.timeline.hold()
    art, lobby, piet = town.channel("art"), town.channel("lobby"), town.person("piet")
    beside, in_place = await remix_in(town, art, "as a door"), await remix_in(town, lobby, "as a wall")
    direct = await piet.open_dm()
    blocked = await town.card(await town.remix("piet", "as a gate", channel_id=direct.id))
    kicked = await town.card(await town.remix("ben", "as a ghost", channel_id=town.channel("news").id))
    await town.until(lambda: town.row("status") == ["in_queue"] * 4, "the queue")
    town.discord.administration.deny_bot(art, Permission.SEND_MESSAGES_IN_THREADS)
    town.discord.administration.deny_bot(lobby, Permission.ATTACH_FILES)
    del town.world.guild("Remix Garden").members[town.person("ben").user.id]
    del town.world.guild("Pixel Pond").members[piet.user.id]
    town.runcomfy.timeline.release()
    [result] = await town.results_in(art.id)
    await town.results_in(kicked.id)
    await town.until_card_says(in_place, "your remix is here", "stands here instead")
    await town.until_card_says(blocked, "your remix is here", "stands here instead")
    await town.until_card_says(beside, "Done")
    again = town.text(await (await town.person("olga").click(result, label="Again")).private_answer())

    assert result.pinged_user_ids == (town.person("ada").user.id,)
    assert "Send Messages in Threads" in again
    assert "#art" in again
    assert len(town.runcomfy.ledger) == 4
