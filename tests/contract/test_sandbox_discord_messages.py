"""The simulated Discord keeps the rules of messages: permissions, files, components, mentions, nonces, history."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from sandbox.discord.components import Kind
from sandbox.discord.permissions import Permission
from sandbox.discord.server import DiscordSandbox
from tests.contract.discord_bench import picture
from tests.contract.discord_wire import Caller, SteppedClock, Told, calling, text_card

GALLERY = {"type": Kind.MEDIA_GALLERY, "items": [{"media": {"url": "attachment://cat.png"}}]}
MEBIBYTE = 1024 * 1024


@dataclass
class Scene:
    """A bot that calls by hand, and #art."""

    sandbox: DiscordSandbox
    call: Caller
    clock: SteppedClock

    @property
    def path(self) -> str:
        """The messages of #art."""
        return f"/channels/{self.sandbox.world.channel('art').id}/messages"

    async def send(self, body: dict[str, Any], **files: bytes) -> Told:
        """Send a message to #art; files are PNGs by name."""
        named = {f"{name}.png": data for name, data in files.items()}
        return await self.call("POST", self.path, body, files=named or None)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """A scene whose clock stands still."""
    clock = SteppedClock()
    async with DiscordSandbox(clock=clock) as sandbox, calling(sandbox) as call:
        yield Scene(sandbox, call, clock)


@pytest.mark.parametrize(
    ("lost", "refusal"),
    [
        (Permission.VIEW_CHANNEL, (403, 50001)),
        (Permission.SEND_MESSAGES, (403, 50013)),
        (Permission.ATTACH_FILES, (403, 50013)),
    ],
)
async def test_a_missing_permission_is_found_when_a_file_is_sent(
    scene: Scene, lost: Permission, refusal: tuple[int, int]
) -> None:
    art = scene.sandbox.world.channel("art")
    scene.sandbox.administration.deny_bot(art, lost)
    assert (await scene.send({"content": "x"}, cat=picture())).refusal == refusal
    scene.sandbox.administration.allow_bot_again(art)
    assert (await scene.send({"content": "x"}, cat=picture())).status == 200
    assert scene.sandbox.violations == []


async def test_the_chat_of_a_voice_channel_is_closed_to_who_may_not_connect(scene: Scene) -> None:
    lounge = scene.sandbox.world.channel("lounge")
    path = f"/channels/{lounge.id}/messages"
    assert (await scene.call("POST", path, {"content": "x"})).status == 200
    scene.sandbox.administration.deny_bot(lounge, Permission.CONNECT)
    assert (await scene.call("GET", path)).refusal == (403, 50001)
    assert (await scene.call("POST", path, {"content": "x"})).refusal == (403, 50001)


async def test_a_kicked_bot_has_no_access(scene: Scene) -> None:
    scene.sandbox.administration.kick_bot(scene.sandbox.world.guild("Remix Garden"))
    assert (await scene.send({"content": "x"})).refusal == (403, 50001)


async def test_history_that_may_not_be_read_looks_empty(scene: Scene) -> None:
    sent = await scene.send({"content": "x"})
    art = scene.sandbox.world.channel("art")
    scene.sandbox.administration.deny_bot(art, Permission.READ_MESSAGE_HISTORY)
    assert (await scene.call("GET", scene.path)).json == []
    assert (await scene.call("GET", f"{scene.path}/{sent.json['id']}")).refusal == (403, 50013)


async def test_history_is_newest_first_within_its_bounds(scene: Scene) -> None:
    ids = [(await scene.send({"content": str(number)})).json["id"] for number in range(5)]

    async def history(query: str) -> list[str]:
        return [message["content"] for message in (await scene.call("GET", f"{scene.path}?{query}")).json]

    assert await history("limit=2") == ["4", "3"]
    assert await history(f"after={ids[1]}&limit=2") == ["3", "2"]
    assert await history(f"before={ids[2]}") == ["1", "0"]
    assert await history(f"around={ids[2]}&limit=3") == ["3", "2", "1"]
    assert (await scene.call("GET", f"{scene.path}?limit=101")).refusal == (400, 50035)


async def test_a_picture_that_a_gallery_shows_leaves_the_attachments(scene: Scene) -> None:
    told = (await scene.send({"flags": 1 << 15, "components": [GALLERY]}, cat=picture(size=(64, 48)))).json
    (item,) = told["components"][0]["items"]
    assert told["attachments"] == []
    assert (item["media"]["width"], item["media"]["height"]) == (64, 48)
    assert item["media"]["content_type"] == "image/png"
    assert item["media"]["url"].startswith(f"{scene.sandbox.base_url}/attachments/")
    assert item["media"]["attachment_id"] == item["media"]["url"].split("/")[-2]


async def test_an_edit_keeps_the_pictures_that_it_does_not_name(scene: Scene) -> None:
    sent = await scene.send({"flags": 1 << 15, "components": [GALLERY]}, cat=picture())
    text = {"type": Kind.TEXT_DISPLAY, "content": "more"}
    edited = await scene.call("PATCH", f"{scene.path}/{sent.json['id']}", {"components": [text, GALLERY]})
    gallery = edited.json["components"][1]
    assert gallery["items"][0]["media"]["attachment_id"] in sent.json["components"][0]["items"][0]["media"]["url"]
    removed = await scene.call("PATCH", f"{scene.path}/{sent.json['id']}", {"attachments": []})
    assert removed.refusal == (400, 50035)


async def test_a_message_never_leaves_components_v2(scene: Scene) -> None:
    sent = (await scene.send(text_card("x"))).json
    path = f"{scene.path}/{sent['id']}"
    edited = await scene.call("PATCH", path, {**text_card("y"), "flags": 0})
    refused = await scene.call("PATCH", path, {"content": "legacy"})
    assert edited.json["flags"] == 1 << 15
    assert refused.refusal == (400, 50035)


async def test_a_message_with_content_takes_components_v2_only_if_the_content_goes(scene: Scene) -> None:
    sent = (await scene.send({"content": "x"})).json
    refused = await scene.call("PATCH", f"{scene.path}/{sent['id']}", text_card("y"))
    taken = await scene.call("PATCH", f"{scene.path}/{sent['id']}", {**text_card("y"), "content": None})
    assert refused.refusal == (400, 50035)
    assert "content" in refused.json["errors"]
    assert taken.status == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 50006),
        ({"content": "x" * 2001}, 50035),
        ({"content": "x", "colour": "red"}, 50035),
        ({"flags": 1 << 15, "content": "x", "components": [GALLERY]}, 50035),
        ({"flags": 1 << 15, "components": [GALLERY]}, 50035),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, 50035),
        ({"content": "x", "attachments": [{"id": "7", "filename": "none.png"}]}, 50035),
        ({"content": "x", "message_reference": {"message_id": "1"}}, 50035),
    ],
)
async def test_a_malformed_message_is_refused_and_noted(scene: Scene, body: dict[str, Any], code: int) -> None:
    told = await scene.send(body)
    assert told.refusal == (400, code)
    assert len(scene.sandbox.violations) == (1 if code == 50035 else 0)


async def test_a_file_may_be_as_large_as_the_server_lets_it(scene: Scene) -> None:
    big = b"x" * (10 * MEBIBYTE + 1)
    assert (await scene.send({}, big=big)).refusal == (413, 40005)
    scene.sandbox.administration.set_premium_tier(scene.sandbox.world.guild("Remix Garden"), 2)
    assert (await scene.send({}, big=big)).status == 200


async def test_several_files_may_have_25_mebibytes_together_and_a_single_one_more(scene: Scene) -> None:
    scene.sandbox.administration.set_premium_tier(scene.sandbox.world.guild("Remix Garden"), 2)
    half = b"x" * (25 * MEBIBYTE // 2)
    assert (await scene.send({}, one=half, two=half)).status == 200
    assert (await scene.send({}, one=half, two=half, three=b"xx")).refusal == (413, 40005)
    assert (await scene.send({}, one=half * 3)).status == 200


async def test_a_server_can_be_made_to_take_less_than_it_says(scene: Scene) -> None:
    garden = scene.sandbox.world.guild("Remix Garden")
    scene.sandbox.administration.take_at_most(garden, 1000)
    assert (await scene.send({}, one=b"x" * 1001)).refusal == (413, 40005)
    assert (await scene.send({}, one=b"x" * 1000)).status == 200
    scene.sandbox.administration.take_at_most(garden, None)
    assert (await scene.send({}, one=b"x" * 1001)).status == 200


async def test_ten_files_are_the_most(scene: Scene) -> None:
    files = {f"n{number}": b"x" for number in range(11)}
    assert (await scene.send({}, **files)).refusal == (400, 30015)


async def test_mentions_ping_whom_the_bot_allows_and_who_can_see_it(scene: Scene) -> None:
    world = scene.sandbox.world
    ada, ben = world.person("ada").id, world.person("ben").id
    text = f"<@{ada}> <@{ben}> @everyone"
    card: dict[str, Any] = {**text_card(text), "allowed_mentions": {"users": [str(ada)]}}
    silent: dict[str, Any] = {"content": text, "allowed_mentions": {"parse": []}}
    sent = [int((await scene.send(body)).json["id"]) for body in (card, silent)]
    pinged = [world.find_message(world.channel("art").id, message_id) for message_id in sent]
    assert [message.pinged_user_ids for message in pinged] == [(ada,), ()]
    assert not pinged[0].mentions_everyone
    told = (await scene.send({"content": text})).json
    assert [user["username"] for user in told["mentions"]] == ["ada", "ben"]
    assert told["mention_everyone"] is False


async def test_a_nonce_is_forgotten_after_some_minutes(scene: Scene) -> None:
    body = {"content": "once", "nonce": "n", "enforce_nonce": True}
    first = (await scene.send(body)).json
    scene.clock.step(minutes=5)
    assert (await scene.send(body)).json["id"] == first["id"]
    scene.clock.step(seconds=1)
    assert (await scene.send(body)).json["id"] != first["id"]
    told = (await scene.send({**body, "enforce_nonce": False})).json
    assert told["nonce"] == "n"
    assert "nonce" not in (await scene.call("GET", f"{scene.path}/{told['id']}")).json


async def test_others_messages_are_deleted_only_with_manage_messages_and_never_edited(scene: Scene) -> None:
    world, art = scene.sandbox.world, scene.sandbox.world.channel("art")
    said = await scene.sandbox.actor("ada").say(art.id, "mine")
    assert (await scene.call("DELETE", f"{scene.path}/{said.id}")).refusal == (403, 50013)
    assert (await scene.call("PATCH", f"{scene.path}/{said.id}", {"content": "no"})).refusal == (403, 50005)
    scene.sandbox.administration.overwrite(art, world.bot, allow=Permission.MANAGE_MESSAGES)
    assert (await scene.call("DELETE", f"{scene.path}/{said.id}")).status == 204
    assert (await scene.call("GET", f"{scene.path}/{said.id}")).refusal == (404, 10008)


@pytest.mark.parametrize(("name", "status"), [("showcase", 400), ("lounge", 200), ("news", 200)])
async def test_some_kinds_of_channels_hold_no_messages(scene: Scene, name: str, status: int) -> None:
    channel = scene.sandbox.world.channel(name)
    assert (await scene.call("POST", f"/channels/{channel.id}/messages", {"content": "x"})).status == status


async def test_files_are_downloaded_by_their_url_alone(scene: Scene) -> None:
    told = (await scene.send({"content": "x"}, cat=picture())).json
    async with aiohttp.ClientSession() as session, session.get(told["attachments"][0]["url"]) as response:
        assert await response.read() == picture()


async def test_a_dm_is_between_the_bot_and_one_person(scene: Scene) -> None:
    ada = scene.sandbox.world.person("ada")
    dm = (await scene.call("POST", "/users/@me/channels", {"recipient_id": str(ada.id)})).json
    told = await scene.call("POST", f"/channels/{dm['id']}/messages", {"content": "psst"}, files={"cat.png": picture()})
    assert told.status == 200
    assert [message.content for message in scene.sandbox.actor("ada").sees(int(dm["id"]))] == ["psst"]
    assert scene.sandbox.actor("ben").sees(int(dm["id"])) == []


async def test_an_edit_names_its_new_files_among_the_attachments(scene: Scene) -> None:
    message_id = (await scene.send({"content": "empty"})).json["id"]
    path, files = f"{scene.path}/{message_id}", {"cat.png": picture()}
    unnamed = await scene.call("PATCH", path, body={"content": "a cat"}, files=files)
    named = await scene.call("PATCH", path, body={"attachments": [{"id": 0, "filename": "cat.png"}]}, files=files)
    assert (unnamed.status, unnamed.json["code"]) == (400, 50035)
    assert [one["filename"] for one in named.json["attachments"]] == ["cat.png"]
