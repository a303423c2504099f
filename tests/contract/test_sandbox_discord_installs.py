"""The simulated Discord keeps the rules for a bot that a person brought along to where it is no member."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from sandbox.discord.actor import Actor
from sandbox.discord.command_use import CannotDoError
from sandbox.discord.exchange import Exchange
from sandbox.discord.oracle import Oracle
from sandbox.discord.permissions import NOTHING, Permission
from sandbox.discord.server import DiscordSandbox
from sandbox.discord.state import Channel
from tests.contract.discord_wire import Caller, Json, Told, calling, listening, text_card
from tests.contract.published import PUBLISHED_DESCRIPTION

EVERYWHERE = {"integration_types": [0, 1], "contexts": [0, 1, 2]}
COMMANDS: list[Json] = [
    {"name": "go", "description": "Go", **EVERYWHERE},
    {"name": "rule", "description": "Rule", "integration_types": [0], "contexts": [0]},
    {"name": "mine", "description": "Mine", "integration_types": [1], "contexts": [1, 2]},
]
PRESS = {"type": 2, "style": 2, "label": "Press", "custom_id": "press"}


@dataclass
class Cove:
    """A server without the bot, and Uma, who brings it along."""

    sandbox: DiscordSandbox
    call: Caller
    uma: Actor
    cora: Actor

    def channel(self, name: str = "cove") -> Channel:
        """A channel, or the group *Weekend*."""
        return self.sandbox.world.channel(name)

    async def go(self, name: str = "cove") -> Exchange:
        """Uma uses /go."""
        return await self.uma.slash(self.channel(name).id, "go")

    async def answer(self, exchange: Exchange, body: Json, *, files: dict[str, bytes] | None = None) -> Told:
        """Answer by the callback."""
        path = f"/interactions/{exchange.interaction.id}/{exchange.interaction.token}/callback?with_response=true"
        return await self.call("POST", path, body, files=files, token="")

    async def follow_up(self, exchange: Exchange, body: Json) -> Told:
        """Answer further."""
        return await self.call("POST", self.webhook(exchange), body, token="")

    def webhook(self, exchange: Exchange, rest: str = "") -> str:
        """The path of an interaction's further messages."""
        return f"/webhooks/{self.sandbox.world.application.id}/{exchange.interaction.token}{rest}"


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    """Discord's description, read once."""
    return Oracle(PUBLISHED_DESCRIPTION)


@pytest.fixture
async def cove(oracle: Oracle) -> AsyncIterator[Cove]:
    """A cove whose exchanges are all as Discord publishes them."""
    async with DiscordSandbox(oracle=oracle) as sandbox, calling(sandbox) as call:
        told = await call("PUT", f"/applications/{sandbox.world.application.id}/commands", COMMANDS)
        assert told.status == 200
        yield Cove(sandbox, call, sandbox.actor("uma"), sandbox.actor("cora"))
        assert sandbox.violations == []


async def test_a_command_is_found_only_where_somebody_installed_it_and_it_is_meant_to_be(cove: Cove) -> None:
    with pytest.raises(CannotDoError, match="did not bring /go along"):
        await cove.cora.slash(cove.channel().id, "go")
    with pytest.raises(CannotDoError, match="did not bring /rule along"):
        await cove.uma.slash(cove.channel().id, "rule")
    with pytest.raises(CannotDoError, match="cannot be used in servers"):
        await cove.uma.slash(cove.channel().id, "mine")
    with pytest.raises(CannotDoError, match="cannot be used in direct messages"):
        await cove.uma.slash(cove.channel("Weekend").id, "rule")
    await cove.uma.slash(cove.channel("Weekend").id, "mine")
    await cove.cora.bring_bot()
    await cove.cora.slash(cove.channel().id, "go")


async def test_the_bot_hears_of_the_command_and_of_nothing_else_there(cove: Cove) -> None:
    world = cove.sandbox.world
    async with listening(cove.sandbox) as listener:
        ready = await listener.identify(cove.sandbox.token, intents=513 | 1 << 12)
        guild, group = world.guild("Quiet Cove"), cove.channel("Weekend")
        cove.sandbox.administration.set_premium_tier(guild, 1)
        cove.sandbox.administration.set_role(
            guild, guild.roles[guild.id], Permission(guild.roles[guild.id].permissions)
        )
        await cove.uma.say(cove.channel().id, "hello")
        await cove.uma.say(group.id, "hello")
        await cove.go()
        await cove.go("Weekend")
        events = [await listener.hear() for _ in range(4)]
    there, alone = events[2]["d"], events[3]["d"]
    assert [event["t"] for event in events] == ["GUILD_CREATE"] * 2 + ["INTERACTION_CREATE"] * 2
    assert str(guild.id) not in [one["id"] for one in ready["guilds"]]
    assert there["authorizing_integration_owners"] == {"1": str(cove.uma.user.id)}
    assert there["guild"] == {"id": str(guild.id), "locale": "en-US", "features": []}
    assert "permission_overwrites" not in there["channel"]
    assert Permission(int(there["app_permissions"])) & Permission.ATTACH_FILES
    assert (there["context"], alone["context"]) == (0, 2)
    assert (alone["channel"]["type"], alone["channel"]["name"]) == (3, "Weekend")
    assert alone["user"]["username"] == "uma"
    assert not int(alone["app_permissions"]) & Permission.USE_EXTERNAL_EMOJIS


async def test_where_the_bot_was_invited_too_both_installations_are_told(cove: Cove) -> None:
    cove.sandbox.administration.invite_bot(cove.sandbox.world.guild("Quiet Cove"), NOTHING)
    exchange = await cove.go()
    guild_id = cove.sandbox.world.guild("Quiet Cove").id
    assert exchange.interaction.owners == {"0": str(guild_id), "1": str(cove.uma.user.id)}
    direct = await cove.uma.slash((await cove.uma.open_dm()).id, "go")
    assert direct.interaction.owners == {"0": "0", "1": str(cove.uma.user.id)}


@pytest.mark.parametrize("name", ["cove", "Weekend"])
async def test_the_routes_of_the_channel_are_closed_and_the_token_is_all_there_is(cove: Cove, name: str) -> None:
    exchange = await cove.go(name)
    told = await cove.answer(exchange, {"type": 5})
    channel, card_id = cove.channel(name), told.json["interaction"]["response_message_id"]
    path = f"/channels/{channel.id}"
    assert not told.json["interaction"]["response_message_ephemeral"]
    for method, rest, body in (
        ("GET", "", None),
        ("GET", "/messages", None),
        ("POST", "/messages", {"content": "x"}),
        ("PATCH", f"/messages/{card_id}", {"content": "x"}),
        ("POST", f"/messages/{card_id}/threads", {"name": "x"}),
    ):
        assert (await cove.call(method, path + rest, body)).refusal == (403, 50001), (method, rest)
    original = cove.webhook(exchange, "/messages/@original")
    assert (await cove.call("PATCH", original, text_card("here"), token="")).status == 200
    assert cove.sandbox.render(*cove.cora.sees(channel.id)) == "Remixer:\n│ here"
    cove.sandbox.services.interactions.expire()
    assert (await cove.call("PATCH", original, text_card("late"), token="")).refusal == (401, 50027)


async def test_five_further_messages_are_the_most_unless_the_server_has_the_bot_too(cove: Cove) -> None:
    exchange = await cove.go()
    await cove.answer(exchange, {"type": 4, "data": {"content": "first"}})
    told = [await cove.follow_up(exchange, {"content": f"{number}"}) for number in range(6)]
    assert [one.status for one in told] == [200] * 5 + [400]
    assert told[5].refusal == (400, 40094)
    edited = await cove.call(
        "PATCH", cove.webhook(exchange, f"/messages/{told[0].json['id']}"), {"content": "x"}, token=""
    )
    assert edited.status == 200
    invited = await cove.sandbox.actor("ada").slash(cove.channel("art").id, "go")
    await cove.answer(invited, {"type": 4, "data": {"content": "first"}})
    assert [(await cove.follow_up(invited, {"content": "x"})).status for _ in range(6)] == [200] * 6


async def test_without_use_external_apps_only_their_person_sees_the_answers(cove: Cove) -> None:
    exchange = await cove.go("whispers")
    told = (await cove.answer(exchange, {"type": 5})).json["interaction"]
    original = cove.webhook(exchange, "/messages/@original")
    named = {**text_card("mine", PRESS), "attachments": [{"id": 0, "filename": "a.txt"}]}
    filled = await cove.call("PATCH", original, named, files={"a.txt": b"x"}, token="")
    further = await cove.follow_up(exchange, {"content": "more"})
    assert told["response_message_ephemeral"]
    assert filled.json["flags"] & 64
    assert further.json["flags"] & 64
    assert cove.cora.sees(cove.channel("whispers").id) == []
    card = await exchange.response()
    (attachment,) = card.attachments
    assert attachment.file.folder == f"ephemeral-attachments/{cove.sandbox.world.application.id}"
    click = await cove.uma.click(card, "press")
    await cove.answer(click, {"type": 6})
    edited = await cove.call("PATCH", cove.webhook(click, "/messages/@original"), text_card("renewed"), token="")
    assert (edited.status, edited.json["id"]) == (200, str(card.id))
    assert (await cove.call("DELETE", original, token="")).status == 204
    assert len(cove.uma.sees(cove.channel("whispers").id)) == 1


async def test_a_button_answers_by_the_leave_of_whoever_brought_the_bot(cove: Cove) -> None:
    exchange = await cove.go()
    await cove.answer(exchange, {"type": 4, "data": text_card("press me", PRESS)})
    click = await cove.cora.click(await exchange.response(), "press")
    told = await cove.answer(click, {"type": 4, "data": {"content": "pressed"}})
    assert click.interaction.owners == {"1": str(cove.uma.user.id)}
    assert told.json["resource"]["message"]["interaction_metadata"]["authorizing_integration_owners"] == {
        "1": str(cove.uma.user.id)
    }
    assert [(await cove.follow_up(click, {"content": "x"})).status for _ in range(6)][-1] == 400
