"""Every route of the simulated Discord answers in the shape that Discord publishes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.discord.actor import Actor
from sandbox.discord.kinds import ChannelType
from sandbox.discord.oracle import Oracle
from sandbox.discord.permissions import BOT, EVERYTHING, MODERATOR, Permission
from sandbox.discord.server import DiscordSandbox
from tests.contract.discord_bench import picture
from tests.contract.discord_wire import Caller, Json, calling, listening, register, text_card
from tests.contract.published import PUBLISHED_DESCRIPTION

MODAL: dict[str, Any] = {
    "custom_id": "m",
    "title": "Wish",
    "components": [{"type": 18, "label": "x", "component": {"type": 4, "style": 1, "custom_id": "w"}}],
}


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    """Discord's description, read once."""
    return Oracle(PUBLISHED_DESCRIPTION)


@dataclass
class Scene:
    """A bot that may do everything and calls by hand."""

    sandbox: DiscordSandbox
    call: Caller

    @property
    def art(self) -> str:
        """The path of #art."""
        return f"/channels/{self.sandbox.world.channel('art').id}"

    @property
    def garden(self) -> str:
        """The path of Remix Garden."""
        return f"/guilds/{self.sandbox.world.guild('Remix Garden').id}"

    @property
    def ada(self) -> Actor:
        """A member."""
        return self.sandbox.actor("ada")

    async def callback(self, interaction: Any, body: Json) -> Json:
        """Answer an interaction."""
        path = f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=true"
        told = await self.call("POST", path, body, token="")
        assert told.status == 200, told.json
        return told.json


@pytest.fixture
async def scene(oracle: Oracle) -> AsyncIterator[Scene]:
    """A scene that must end without findings."""
    async with DiscordSandbox(oracle=oracle) as sandbox, calling(sandbox) as call:
        garden = sandbox.world.guild("Remix Garden")
        own = garden.roles[garden.members[sandbox.world.bot.id].role_ids[0]]
        sandbox.administration.set_role(garden, own, EVERYTHING)
        await register(sandbox, call)
        yield Scene(sandbox, call)
        assert sandbox.violations == []


async def test_what_can_be_read_is_told(scene: Scene) -> None:
    ada, application = scene.ada.user.id, scene.sandbox.world.application.id
    commands = (await scene.call("GET", f"/applications/{application}/commands")).json
    cove = scene.sandbox.world.guild("Quiet Cove").id
    places = [one for one in scene.sandbox.world.directory.channels.values() if one.guild_id not in {cove, None}]
    paths = [
        "/gateway",
        "/gateway/bot",
        "/applications/@me",
        "/oauth2/applications/@me",
        "/users/@me",
        "/users/@me/guilds",
        f"/users/{ada}",
        f"{scene.garden}?with_counts=true",
        f"{scene.garden}/channels",
        f"{scene.garden}/roles",
        f"{scene.garden}/members/{ada}",
        f"{scene.garden}/threads/active",
        f"/applications/{application}/commands/{commands[0]['id']}",
        *(f"/channels/{channel.id}" for channel in places),
    ]
    assert [(await scene.call("GET", path)).status for path in paths] == [200] * len(paths)


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/users/1", (404, 10013)),
        ("/guilds/1", (404, 10004)),
        ("/channels/1", (404, 10003)),
        ("/webhooks/1/none/messages/@original", (404, 10015)),
    ],
)
async def test_what_does_not_exist_is_unknown(scene: Scene, path: str, refusal: tuple[int, int]) -> None:
    assert (await scene.call("GET", path)).refusal == refusal


async def test_channels_are_changed_and_deleted(scene: Scene) -> None:
    path = scene.art
    changed = await scene.call("PATCH", path, {"name": "gallery", "topic": "Look", "rate_limit_per_user": 5})
    assert (changed.json["name"], changed.json["rate_limit_per_user"]) == ("gallery", 5)
    assert (await scene.call("DELETE", path)).json["name"] == "gallery"
    assert (await scene.call("GET", path)).refusal == (404, 10003)


async def test_threads_have_members(scene: Scene) -> None:
    thread = (await scene.call("POST", f"{scene.art}/threads", {"name": "x", "type": 12})).json
    members, ada = f"/channels/{thread['id']}/thread-members", scene.ada.user.id
    channel = scene.sandbox.world.directory.channels[int(thread["id"])]
    assert not scene.sandbox.world.permissions(ada, channel)
    assert (await scene.call("GET", f"{members}/{ada}")).refusal == (404, 10007)
    assert (await scene.call("PUT", f"{members}/{ada}")).status == 204
    assert scene.sandbox.world.can(ada, channel, Permission.VIEW_CHANNEL)
    assert (await scene.call("GET", f"{members}/{ada}")).status == 200
    assert len((await scene.call("GET", members)).json) == 2
    assert len((await scene.call("GET", f"{scene.garden}/threads/active")).json["members"]) == 1
    assert (await scene.call("DELETE", f"{members}/{ada}")).status == 204
    assert (await scene.call("DELETE", f"{members}/@me")).status == 204
    assert (await scene.call("PATCH", f"/channels/{thread['id']}", {"locked": True, "archived": True})).status == 200
    assert (await scene.call("PUT", f"{members}/@me")).refusal == (400, 50083)


async def test_messages_are_deleted_in_bulk(scene: Scene) -> None:
    said = [str((await scene.ada.say(int(scene.art[10:]), str(number))).id) for number in range(3)]
    assert (await scene.call("POST", f"{scene.art}/messages/bulk-delete", {"messages": said[:2]})).status == 204
    assert [message["id"] for message in (await scene.call("GET", f"{scene.art}/messages")).json] == [said[2]]


async def test_pictures_stand_in_embeds_files_and_thumbnails(scene: Scene) -> None:
    embeds = [{"title": "x", "image": {"url": "attachment://cat.png"}, "fields": [{"name": "a", "value": "b"}]}]
    embedded = await scene.call("POST", f"{scene.art}/messages", {"embeds": embeds}, files={"cat.png": picture()})
    section = {
        "type": 9,
        "components": [{"type": 10, "content": "x"}],
        "accessory": {"type": 11, "media": {"url": "attachment://cat.png"}},
    }
    laid_out = {"flags": 1 << 15, "components": [section, {"type": 13, "file": {"url": "attachment://note.txt"}}]}
    shown = await scene.call(
        "POST", f"{scene.art}/messages", laid_out, files={"cat.png": picture(), "note.txt": b"hello"}
    )
    image = embedded.json["embeds"][0]["image"]
    assert (image["width"], embedded.json["attachments"]) == (64, [])
    file = shown.json["components"][1]
    assert (file["name"], file["size"]) == ("note.txt", 5)
    rendered = scene.sandbox.render(scene.sandbox.world.messages_in(int(scene.art[10:]))[1])
    assert rendered == "Remixer:\nx\n[picture: cat.png]\n[file: note.txt]"
    urls = {"attachment_urls": [image["url"], "https://example.org/other.png"]}
    refreshed = (await scene.call("POST", "/attachments/refresh-urls", urls)).json["refreshed_urls"]
    assert refreshed[1] == {"original": urls["attachment_urls"][1], "refreshed": urls["attachment_urls"][1]}
    kept = [{"id": image["url"].split("/")[-2]}]
    edited = await scene.call("PATCH", f"{scene.art}/messages/{embedded.json['id']}", {"attachments": kept})
    assert edited.json["embeds"][0]["image"]["url"].startswith(scene.sandbox.base_url)


async def test_a_component_can_be_answered_in_every_way(scene: Scene) -> None:
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
    select = {"type": 3, "custom_id": "pick", "options": [{"label": "A", "value": "a"}]}
    card = text_card("x", button)
    card["components"].append({"type": 1, "components": [select]})
    sent = (await scene.call("POST", f"{scene.art}/messages", card)).json
    message = scene.sandbox.world.find_message(int(sent["channel_id"]), int(sent["id"]))
    webhook = f"/webhooks/{scene.sandbox.world.application.id}"

    deferred = await scene.ada.click(message, "go")
    await scene.callback(deferred.interaction, {"type": 6})
    original = await scene.call("GET", f"{webhook}/{deferred.interaction.token}/messages/@original", token="")
    assert original.json["id"] == sent["id"]
    assert (
        await scene.call("POST", f"{webhook}/{deferred.interaction.token}", {"content": "x"}, token="")
    ).status == 200
    assert (await deferred.followup()).reply_to == (message.channel_id, message.id)

    private = await scene.ada.select(message, "pick", ["a"])
    await scene.callback(private.interaction, {"type": 4, "data": {"content": "x", "flags": 64}})
    assert (await private.response()).ephemeral_to == scene.ada.user.id

    opened = await scene.ada.click(message, "go")
    assert (await scene.callback(opened.interaction, {"type": 9, "data": MODAL})).keys() == {"interaction"}
    submitted = await scene.ada.submit_modal(await opened.modal(), {"w": "hello"})
    told = await scene.callback(submitted.interaction, {"type": 7, "data": text_card("done")})
    assert told["resource"]["message"]["id"] == sent["id"]


async def test_a_persons_menu_names_the_person(scene: Scene) -> None:
    application, ben = scene.sandbox.world.application.id, scene.sandbox.world.person("ben")
    added = await scene.call("POST", f"/applications/{application}/commands", {"name": "Greet", "type": 2})
    assert added.status == 201
    exchange = await scene.ada.user_menu("Greet", ben, int(scene.art[10:]))
    told = await scene.callback(exchange.interaction, {"type": 4, "data": {"content": "hello"}})
    assert told["resource"]["message"]["interaction_metadata"]["target_user"]["username"] == "ben"
    assert exchange.interaction.data("http://here")["resolved"]["members"].keys() == {str(ben.id)}


async def test_the_bot_hears_what_owners_do(scene: Scene) -> None:
    sandbox, garden = scene.sandbox, scene.sandbox.world.guild("Remix Garden")
    administration, bot = sandbox.administration, garden.members[sandbox.world.bot.id]
    async with listening(sandbox) as listener:
        await listener.identify(sandbox.token)
        role = sandbox.world.add_role(garden, "Helper", MODERATOR)
        administration.set_role(garden, role, BOT)
        assert (await listener.hear_event("GUILD_ROLE_UPDATE"))["d"]["role"]["permissions"] == str(int(BOT))
        administration.give_role(garden, bot, role)
        assert str(role.id) in (await listener.hear_event("GUILD_MEMBER_UPDATE"))["d"]["roles"]
        administration.take_role(garden, bot, role)
        assert str(role.id) not in (await listener.hear_event("GUILD_MEMBER_UPDATE"))["d"]["roles"]
        administration.add_channel(garden, "voices", kind=ChannelType.STAGE)
        assert (await listener.hear_event("CHANNEL_CREATE"))["d"]["type"] == 13
        await listener.say(8, {"guild_id": str(garden.id), "query": "", "limit": 0, "nonce": "n"})
        chunk = (await listener.hear_event("GUILD_MEMBERS_CHUNK"))["d"]
        assert (len(chunk["members"]), chunk["nonce"]) == (6, "n")
        assert (await scene.call("DELETE", f"/users/@me{scene.garden}")).status == 204
        assert (await listener.hear_event("GUILD_DELETE"))["d"] == {"id": str(garden.id)}
        administration.invite_bot(garden, BOT)
        assert (await listener.hear_event("GUILD_CREATE"))["d"]["name"] == "Remix Garden"


async def test_a_person_with_a_larger_limit_may_be_answered_with_larger_files(scene: Scene) -> None:
    scene.sandbox.administration.set_upload_limit(scene.ada.user, 500 * 1024 * 1024)
    async with listening(scene.sandbox) as listener:
        await listener.identify(scene.sandbox.token)
        await scene.sandbox.actor("ada").slash(int(scene.art[10:]), "go")
        assert (await listener.hear_event("INTERACTION_CREATE"))["d"]["attachment_size_limit"] == 500 * 1024 * 1024
