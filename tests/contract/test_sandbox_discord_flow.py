"""A real discord.py bot lives in the simulated Discord, and every exchange agrees with Discord's own description."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from sandbox.discord.command_use import CannotDoError
from sandbox.discord.exchange import NoAnswerError
from sandbox.discord.kinds import CallbackType, MessageFlag
from sandbox.discord.oracle import Oracle
from sandbox.discord.permissions import Permission
from sandbox.discord.server import DiscordSandbox
from tests.contract.discord_bench import Card, SmallBot, picture, running, upload
from tests.contract.published import PUBLISHED_DESCRIPTION


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    """Discord's description, read once."""
    return Oracle(PUBLISHED_DESCRIPTION)


@pytest.fixture
async def sandbox(oracle: Oracle) -> AsyncIterator[DiscordSandbox]:
    """A started sandbox that must end without findings."""
    async with DiscordSandbox(oracle=oracle) as started:
        yield started
        assert started.violations == []


async def test_a_remix_goes_from_a_slash_command_to_a_picture_in_a_thread(sandbox: DiscordSandbox) -> None:
    ada, art = sandbox.actor("ada"), sandbox.world.channel("art")
    async with running(sandbox):
        exchange = await ada.slash(art.id, "remix", {"prompt": "neon", "image1": upload(), "size": "l"})
        assert (await exchange.acknowledged()).type is CallbackType.DEFERRED_MESSAGE
        card = await exchange.response()
        await sandbox.world.until(lambda: len(sandbox.world.messages_in(card.id)) == 2)
        result = sandbox.world.messages_in(card.id)[1]
    assert MessageFlag.COMPONENTS_V2 in card.flags
    assert MessageFlag.HAS_THREAD in card.flags
    assert sandbox.world.cdn.read(result.attachments[0].id) == picture()
    assert result.pinged_user_ids == (ada.user.id,)
    assert sandbox.render(card, result) == (
        f"Remixer:\n│ **neon** l {len(picture())}\n│ [pictures: cat.png]\n│ [Cancel]\n(thread: neon)\n\n"
        "Remixer:\n│ Done, @Ada\n│ [pictures: result.png]\n│ [Cancel]"
    )


async def test_a_refusal_is_seen_by_nobody_else(sandbox: DiscordSandbox) -> None:
    ada, ben, art = sandbox.actor("ada"), sandbox.actor("ben"), sandbox.world.channel("art")
    async with running(sandbox):
        exchange = await ada.slash(art.id, "remix", {"prompt": "refuse", "image1": upload()})
        refusal = await exchange.response()
    assert ada.sees(art.id) == [refusal]
    assert ben.sees(art.id) == []
    assert sandbox.render(refusal) == "Remixer (only Ada sees this):\nThat cannot be."
    with pytest.raises(CannotDoError, match="does not see this message"):
        await ben.click(refusal, label="Cancel")


async def test_a_button_works_after_the_bot_was_started_anew(sandbox: DiscordSandbox) -> None:
    ada, art = sandbox.actor("ada"), sandbox.world.channel("art")
    async with running(sandbox):
        card = await (await ada.slash(art.id, "remix", {"prompt": "neon", "image1": upload()})).response()
    async with running(sandbox):
        answer = await (await ada.click(card, "cancel:7")).response()
    assert answer.content == "Cancelled 7."
    assert answer.ephemeral_to == ada.user.id


async def test_a_modal_carries_text_and_files(sandbox: DiscordSandbox) -> None:
    ada, art = sandbox.actor("ada"), sandbox.world.channel("art")
    async with running(sandbox):
        form = await (await ada.slash(art.id, "wish")).modal()
        with pytest.raises(CannotDoError, match="'wish' takes 0 to 20"):
            await ada.submit_modal(form, {"wish": "x" * 21})
        exchange = await ada.submit_modal(form, {"wish": "a cat", "proof": [upload("one.png"), upload("two.png")]})
        answer = await exchange.response()
    assert form.title == "A wish"
    assert answer.content == "a cat ['one.png', 'two.png']"
    assert MessageFlag.EPHEMERAL in answer.flags
    assert exchange.followups == []


async def test_a_message_menu_shows_the_message_even_without_the_intent_to_read_it(sandbox: DiscordSandbox) -> None:
    ada, ben, lobby = sandbox.actor("ada"), sandbox.actor("ben"), sandbox.world.channel("lobby")
    async with running(sandbox) as bot:
        said = await ben.say(lobby.id, "look", files=[upload()])
        answer = await (await ada.message_menu("Count pictures", said)).response()
        heard = await bot.get_partial_messageable(lobby.id).fetch_message(said.id)
    assert answer.content == "1 in 'look'"
    assert heard.content == "look"


async def test_subcommands_are_for_those_whom_the_bot_named(sandbox: DiscordSandbox) -> None:
    mira, art = sandbox.actor("mira"), sandbox.world.channel("art")
    async with running(sandbox):
        answer = await (await mira.slash(art.id, "moderation jobs", {"page": 2})).response()
        suggested = await (await mira.autocomplete(art.id, "moderation jobs", "page", "3")).choices()
        with pytest.raises(CannotDoError, match="does not see /moderation"):
            await sandbox.actor("ada").slash(art.id, "moderation jobs")
        with pytest.raises(CannotDoError, match="must be from 1 to 9"):
            await mira.slash(art.id, "moderation jobs", {"page": 10})
        with pytest.raises(CannotDoError, match="cannot write here"):
            await sandbox.actor("nico").slash(art.id, "remix", {"prompt": "x", "image1": upload()})
    assert answer.content == "page 2"
    assert [choice["name"] for choice in suggested] == ["page 3"]


async def test_the_same_nonce_gives_the_same_message_until_that_is_deleted(sandbox: DiscordSandbox) -> None:
    art = sandbox.world.channel("art")
    async with running(sandbox) as bot:
        channel = bot.get_partial_messageable(art.id)
        first = await channel.send("once", nonce="job-1")
        again = await channel.send("once", nonce="job-1")
        other = await channel.send("once", nonce="job-2")
        await first.delete()
        with pytest.raises(discord.NotFound) as refused:
            await channel.send("once", nonce="job-1")
    assert again.id == first.id
    assert other.id != first.id
    assert refused.value.code == 10008
    assert [message.id for message in sandbox.world.messages_in(art.id)] == [other.id]


async def test_a_session_goes_on_after_the_line_was_cut_and_hears_what_it_missed(sandbox: DiscordSandbox) -> None:
    ada, art = sandbox.actor("ada"), sandbox.world.channel("art")
    bot = SmallBot()
    async with running(sandbox, bot):
        await sandbox.gateway.drop_all()
        exchange = await ada.slash(art.id, "wish")
        await exchange.modal()
        await asyncio.wait_for(bot.resumed.wait(), 5)
    assert sandbox.gateway.resume_count == 1
    assert sandbox.gateway.identify_count == 1


@pytest.mark.parametrize("is_resumable", [True, False])
async def test_an_invalid_session_is_resumed_only_if_it_may_be(sandbox: DiscordSandbox, *, is_resumable: bool) -> None:
    gateway = sandbox.gateway
    async with running(sandbox):
        gateway.invalidate_sessions(resumable=is_resumable)
        await sandbox.world.until(lambda: gateway.resume_count + gateway.identify_count == 2)
    assert gateway.resume_count == int(is_resumable)


async def test_a_client_reconnects_when_it_is_asked_to(sandbox: DiscordSandbox) -> None:
    async with running(sandbox):
        sandbox.gateway.reconnect_request()
        await sandbox.world.until(lambda: sandbox.gateway.resume_count == 1)
        await sandbox.gateway.drop_all(4000)
        await sandbox.world.until(lambda: sandbox.gateway.resume_count == 2)


async def test_an_unanswered_command_fails_in_front_of_the_user(sandbox: DiscordSandbox) -> None:
    ada, art = sandbox.actor("ada"), sandbox.world.channel("art")
    async with running(sandbox):
        exchange = await ada.slash(art.id, "sleepy")
        with pytest.raises(NoAnswerError, match="The application did not respond"):
            await exchange.acknowledged(timeout_seconds=0.05)
    assert not exchange.failed


async def test_direct_messages_and_threads_hold_commands_too(sandbox: DiscordSandbox) -> None:
    ada, lobby = sandbox.actor("ada"), sandbox.world.channel("lobby")
    async with running(sandbox):
        dm = await ada.open_dm()
        alone = await (await ada.slash(dm.id, "remix", {"prompt": "neon", "image1": upload()})).response()
        thread = await ada.start_thread(await ada.say(lobby.id, "here"), "pictures")
        inside = await (await ada.slash(thread.id, "remix", {"prompt": "neon", "image1": upload()})).response()
    assert alone.channel_id == dm.id
    assert inside.channel_id == thread.id
    assert not alone.has_thread
    assert not inside.has_thread


async def test_the_cache_of_the_bot_follows_the_world(sandbox: DiscordSandbox) -> None:
    garden, art = sandbox.world.guild("Remix Garden"), sandbox.world.channel("art")
    mods = sandbox.world.channel("mods")
    async with running(sandbox) as bot:
        await asyncio.wait_for(bot.wait_until_ready(), 5)
        guild = bot.get_guild(garden.id)
        assert guild is not None
        assert guild.me.guild_permissions.attach_files
        sandbox.administration.deny_bot(art, Permission.ATTACH_FILES)
        await (await sandbox.actor("ada").slash(art.id, "wish")).modal()
        seen = guild.get_channel(art.id)
        hidden = guild.get_channel(mods.id)
        assert isinstance(seen, discord.TextChannel)
        assert isinstance(hidden, discord.TextChannel)
        assert not seen.permissions_for(guild.me).attach_files
        assert not hidden.permissions_for(guild.me).view_channel
        sandbox.administration.kick_bot(garden)
        await sandbox.actor("piet").say(sandbox.world.channel("pond").id, "hello")
        await bot.wait_for("message", timeout=5)
        assert bot.get_guild(garden.id) is None


async def test_rest_calls_of_a_bot_answer_in_the_published_shape(sandbox: DiscordSandbox) -> None:
    art, garden = sandbox.world.channel("art"), sandbox.world.guild("Remix Garden")
    async with running(sandbox) as bot:
        channel = await bot.fetch_channel(art.id)
        assert isinstance(channel, discord.TextChannel)
        guild = await bot.fetch_guild(garden.id)
        await guild.fetch_channels()
        await guild.fetch_member(bot.application_id or 0)
        await guild.fetch_roles()
        await guild.active_threads()
        await bot.fetch_user(sandbox.world.person("ada").id)
        sent = [await channel.send(f"number {number}") for number in range(5)]
        history = [message.content async for message in channel.history(limit=3, after=sent[0], oldest_first=True)]
        edited = await sent[0].edit(content="changed")
        thread = await sent[0].create_thread(name="talk")
        await thread.join()
        await thread.edit(archived=True)
        archived = [one.id async for one in channel.archived_threads()]
        alone = await channel.create_thread(name="alone", type=discord.ChannelType.public_thread)
        await alone.send(file=discord.File(__file__, "code.txt"))
        dm = await (await bot.fetch_user(sandbox.world.person("ada").id)).create_dm()
        await dm.send(view=Card("hello", job=1))
        async with channel.typing():
            await sent[1].delete()
    assert history == ["number 1", "number 2", "number 3"]
    assert edited.content == "changed"
    assert archived == [thread.id]


async def test_urls_follow_the_host_by_which_a_client_came(sandbox: DiscordSandbox) -> None:
    art = sandbox.world.channel("art")
    said = await sandbox.actor("ada").say(art.id, "look", files=[upload()])
    headers = {"Authorization": f"Bot {sandbox.token}", "Host": "discord.test:81"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(f"{sandbox.api_url}/channels/{art.id}/messages/{said.id}") as response:
            told = await response.json()
            assert response.headers["Content-Type"] == "application/json"
        async with session.get(f"{sandbox.api_url}/gateway/bot") as response:
            gateway = await response.json()
    assert told["attachments"][0]["url"].startswith("http://discord.test:81/attachments/")
    assert gateway["url"] == "ws://discord.test:81/gateway"
