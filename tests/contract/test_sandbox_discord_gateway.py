"""The simulated gateway keeps Discord's rules towards any client, not only discord.py."""

import pytest

from sandbox.discord.server import DiscordSandbox
from tests.contract.discord_wire import calling, listening


@pytest.mark.parametrize("compression", ["", "zlib-stream", "zstd-stream"])
async def test_events_come_through_every_compression_in_one_stream(compression: str) -> None:
    async with DiscordSandbox() as sandbox, listening(sandbox, compression=compression) as listener:
        ready = await listener.identify(sandbox.token)
        guilds = [(await listener.hear_event("GUILD_CREATE"))["d"] for _ in ready["guilds"]]
        await sandbox.actor("ada").say(sandbox.world.channel("art").id, "hello")
        heard = await listener.hear_event("MESSAGE_CREATE")
    assert [guild["name"] for guild in guilds] == ["Remix Garden", "Pixel Pond"]
    assert guilds[0]["unavailable"] is False
    assert heard["d"]["author"]["username"] == "ada"
    assert sandbox.violations == []


async def test_content_is_blank_without_the_intent_unless_the_bot_is_meant() -> None:
    async with DiscordSandbox() as sandbox, listening(sandbox) as listener:
        ada, art = sandbox.actor("ada"), sandbox.world.channel("art")
        await listener.identify(sandbox.token)
        await ada.say(art.id, "secret")
        await ada.say(art.id, f"<@{sandbox.world.bot.id}> listen")
        heard = [(await listener.hear_event("MESSAGE_CREATE"))["d"]["content"] for _ in range(2)]
    assert heard == ["", f"<@{sandbox.world.bot.id}> listen"]


async def test_nothing_is_heard_of_channels_that_the_bot_cannot_see() -> None:
    async with DiscordSandbox() as sandbox, listening(sandbox) as listener:
        mira = sandbox.actor("mira")
        await listener.identify(sandbox.token)
        await mira.say(sandbox.world.channel("mods").id, "among us")
        seen = await mira.say(sandbox.world.channel("art").id, "for all")
        assert (await listener.hear_event("MESSAGE_CREATE"))["d"]["id"] == str(seen.id)


async def test_nothing_is_heard_that_the_intents_leave_out() -> None:
    async with DiscordSandbox() as sandbox, listening(sandbox) as listener:
        art = sandbox.world.channel("art")
        await listener.identify(sandbox.token, intents=1)
        said = await sandbox.actor("ada").say(art.id, "unheard")
        await sandbox.actor("ada").start_thread(said, "heard")
        assert (await listener.hear_event("THREAD_CREATE"))["s"] == 4


async def test_each_shard_hears_of_its_own_servers() -> None:
    async with DiscordSandbox() as sandbox, listening(sandbox) as first, listening(sandbox) as second:
        count = 2
        readies = [
            await listener.identify(sandbox.token, shard=[number, count])
            for number, listener in enumerate((first, second))
        ]
        heard = [[int(guild["id"]) for guild in ready["guilds"]] for ready in readies]
    with_bot = [one.id for one in sandbox.world.directory.guilds.values() if sandbox.world.bot.id in one.members]
    assert sorted(heard[0] + heard[1]) == sorted(with_bot)
    assert all((guild_id >> 22) % count == shard for shard, ids in enumerate(heard) for guild_id in ids)


async def test_a_resumed_session_hears_what_it_missed_in_order_and_then_that_it_resumed() -> None:
    async with DiscordSandbox() as sandbox:
        ada, art = sandbox.actor("ada"), sandbox.world.channel("art")
        async with listening(sandbox) as listener:
            ready = await listener.identify(sandbox.token)
            last = (await listener.hear_event("GUILD_CREATE"))["s"]
        missed = [str((await ada.say(art.id, f"{number}")).id) for number in range(3)]
        async with listening(sandbox) as listener:
            await listener.say(6, {"token": sandbox.token, "session_id": ready["session_id"], "seq": last})
            replayed = [await listener.hear() for _ in range(5)]
    assert [message["t"] for message in replayed] == ["GUILD_CREATE", *["MESSAGE_CREATE"] * 3, "RESUMED"]
    assert [message["d"]["id"] for message in replayed[1:4]] == missed
    assert [message["s"] for message in replayed] == list(range(last + 1, last + 6))


async def test_a_forgotten_session_is_not_resumed() -> None:
    async with DiscordSandbox() as sandbox:
        async with listening(sandbox) as listener:
            ready = await listener.identify(sandbox.token)
        sandbox.gateway.forget_sessions()
        async with listening(sandbox) as listener:
            await listener.say(6, {"token": sandbox.token, "session_id": ready["session_id"], "seq": 1})
            answer = await listener.hear()
    assert (answer["op"], answer["d"]) == (9, False)


@pytest.mark.parametrize(
    ("opcode", "data", "code"),
    [
        (2, {"token": "wrong", "intents": 1, "properties": {"os": "x"}}, 4004),
        (2, {"token": "sandbox.discord.token", "intents": -1, "properties": {"os": "x"}}, 4013),
        (2, {"token": "sandbox.discord.token", "intents": 1 << 15, "properties": {"os": "x"}}, 4014),
        (2, {"token": "sandbox.discord.token", "intents": 1, "properties": {"os": "x"}, "shard": [2, 2]}, 4010),
        (3, {}, 4003),
        (99, {}, 4001),
        (1, "x" * 5000, 4002),
    ],
)
async def test_a_client_that_breaks_the_rules_is_closed_with_the_code(opcode: int, data: object, code: int) -> None:
    async with DiscordSandbox() as sandbox, listening(sandbox) as listener:
        await listener.say(opcode, data)
        assert await listener.closed_with() == code
    assert bool(sandbox.violations) is (code != 4004)


async def test_a_client_without_a_heartbeat_is_closed_and_one_with_is_not() -> None:
    async with DiscordSandbox(heartbeat_seconds=0.05) as sandbox, listening(sandbox) as listener:
        for _ in range(3):
            await listener.say(1, None)
            assert (await listener.hear())["op"] == 11
        assert await listener.closed_with() == 4009


async def test_the_urls_of_events_follow_the_host_of_the_socket() -> None:
    async with DiscordSandbox() as sandbox, listening(sandbox) as listener, calling(sandbox) as call:
        art = sandbox.world.channel("art")
        ready = await listener.identify(sandbox.token)
        await call("POST", f"/channels/{art.id}/messages", {}, files={"cat.png": b"no picture"})
        heard = await listener.hear_event("MESSAGE_CREATE")
    assert ready["resume_gateway_url"] == sandbox.gateway_url
    assert heard["d"]["attachments"][0]["url"].startswith(f"{sandbox.base_url}/attachments/{art.id}/")
