"""The simulated Discord keeps the rules of threads."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from sandbox.discord.errors import DiscordError
from sandbox.discord.permissions import Permission
from sandbox.discord.server import DiscordSandbox
from sandbox.discord.state import Channel
from tests.contract.discord_wire import Caller, Told, calling


@dataclass
class Scene:
    """A bot that calls by hand."""

    sandbox: DiscordSandbox
    call: Caller

    async def start(self, channel: str = "art", name: str = "talk") -> Told:
        """The bot sends a message and makes a thread from it."""
        path = f"/channels/{self.sandbox.world.channel(channel).id}/messages"
        sent = (await self.call("POST", path, {"content": "root"})).json
        return await self.call("POST", f"{path}/{sent['id']}/threads", {"name": name})

    async def thread(self) -> Channel:
        """A thread that the bot made in #art."""
        return self.sandbox.world.directory.channels[int((await self.start()).json["id"])]

    async def send(self, channel: Channel) -> Told:
        """The bot writes."""
        return await self.call("POST", f"/channels/{channel.id}/messages", {"content": "x"})


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """A scene."""
    async with DiscordSandbox() as sandbox, calling(sandbox) as call:
        yield Scene(sandbox, call)


async def test_a_thread_from_a_message_has_its_id_and_there_is_only_one(scene: Scene) -> None:
    told = await scene.start()
    path = f"/channels/{told.json['parent_id']}/messages/{told.json['id']}"
    assert told.status == 201
    assert (await scene.call("POST", f"{path}/threads", {"name": "again"})).refusal == (400, 160004)
    root = (await scene.call("GET", path)).json
    assert root["flags"] & 32
    assert root["thread"]["id"] == told.json["id"]


async def test_a_thread_needs_the_permission_to_make_public_ones(scene: Scene) -> None:
    art = scene.sandbox.world.channel("art")
    scene.sandbox.administration.deny_bot(art, Permission.CREATE_PUBLIC_THREADS)
    assert (await scene.start()).refusal == (403, 50013)


async def test_in_a_thread_only_the_threads_own_permission_to_send_counts(scene: Scene) -> None:
    thread, art = await scene.thread(), scene.sandbox.world.channel("art")
    scene.sandbox.administration.deny_bot(art, Permission.SEND_MESSAGES)
    assert (await scene.send(thread)).status == 200
    scene.sandbox.administration.deny_bot(art, Permission.SEND_MESSAGES_IN_THREADS)
    assert (await scene.send(thread)).refusal == (403, 50013)


async def test_threads_grow_neither_in_threads_nor_in_direct_messages_nor_in_voice(scene: Scene) -> None:
    thread = await scene.thread()
    inside = (await scene.send(thread)).json
    told = await scene.call("POST", f"/channels/{thread.id}/messages/{inside['id']}/threads", {"name": "deeper"})
    assert told.refusal == (400, 50024)
    assert (await scene.start("lounge")).refusal == (400, 50024)
    dm = scene.sandbox.world.direct_channel(scene.sandbox.world.person("ada"))
    sent = (await scene.send(dm)).json
    told = await scene.call("POST", f"/channels/{dm.id}/messages/{sent['id']}/threads", {"name": "private"})
    assert told.refusal == (403, 50003)


async def test_sending_takes_a_thread_out_of_the_archive_and_editing_does_not(scene: Scene) -> None:
    thread = await scene.thread()
    sent = (await scene.send(thread)).json
    scene.sandbox.administration.archive(thread)
    edit = await scene.call("PATCH", f"/channels/{thread.id}/messages/{sent['id']}", {"content": "y"})
    assert edit.refusal == (400, 50083)
    assert (await scene.send(thread)).status == 200
    assert thread.thread is not None
    assert not thread.thread.archived


async def test_a_locked_thread_is_for_those_who_manage_threads(scene: Scene) -> None:
    thread = await scene.thread()
    scene.sandbox.administration.archive(thread, locked=True)
    assert (await scene.send(thread)).refusal == (403, 160005)
    assert (await scene.call("PATCH", f"/channels/{thread.id}", {"archived": False})).refusal == (403, 50013)
    with pytest.raises(DiscordError, match="160005"):
        await scene.sandbox.actor("ada").say(thread.id, "hello")
    await scene.sandbox.actor("mira").say(thread.id, "moderators may")
    scene.sandbox.administration.reopen(thread)
    assert (await scene.send(thread)).status == 200


async def test_a_server_holds_only_so_many_open_threads(scene: Scene) -> None:
    scene.sandbox.world.guild("Remix Garden").thread_cap = 1
    thread = await scene.thread()
    assert (await scene.start()).refusal == (400, 160006)
    scene.sandbox.administration.archive(thread)
    assert (await scene.start()).status == 201


async def test_a_thread_without_a_message_is_private_unless_it_is_said(scene: Scene) -> None:
    art = scene.sandbox.world.channel("art")
    assert (await scene.call("POST", f"/channels/{art.id}/threads", {"name": "x"})).refusal == (403, 50013)
    told = await scene.call("POST", f"/channels/{art.id}/threads", {"name": "x", "type": 11})
    assert told.json["type"] == 11
    assert (await scene.call("GET", f"/channels/{art.id}/messages")).json[0]["type"] == 18


async def test_a_forum_holds_posts(scene: Scene) -> None:
    forum = scene.sandbox.world.channel("showcase")
    told = await scene.call("POST", f"/channels/{forum.id}/threads", {"name": "post", "message": {"content": "hello"}})
    assert told.status == 201
    assert told.json["message"]["channel_id"] == told.json["id"]


async def test_a_deleted_thread_is_unknown(scene: Scene) -> None:
    thread = await scene.thread()
    scene.sandbox.administration.delete_channel(thread)
    assert (await scene.send(thread)).refusal == (404, 10003)
    assert (await scene.call("GET", f"/channels/{thread.id}")).refusal == (404, 10003)


async def test_a_name_is_one_to_a_hundred_characters(scene: Scene) -> None:
    assert (await scene.start(name="x" * 101)).refusal == (400, 50035)
    assert (await scene.start(name="")).refusal == (400, 50035)
    assert len(scene.sandbox.violations) == 2
