"""REST: threads and their members. See https://docs.discord.com/developers/resources/channel#start-thread-from-message."""

from http import HTTPStatus
from typing import Final

from sandbox.discord.call import NO_CONTENT, Answer, Call, Routes
from sandbox.discord.errors import refusal
from sandbox.discord.kinds import ChannelType
from sandbox.discord.message_payload import message_payload
from sandbox.discord.payloads import channel_payload, thread_member_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.state import Channel
from sandbox.discord.wire import JsonObject

routes: Final = Routes()

_CHANNEL: Final = "/channels/{channel_id}"
_MEMBERS: Final = _CHANNEL + "/thread-members"


def _channel(call: Call) -> Channel:
    channel = call.world.find_channel(call.id("channel_id"))
    call.world.require(call.world.bot.id, channel, Permission.VIEW_CHANNEL)
    return channel


@routes.post(_CHANNEL + "/messages/{message_id}/threads")
async def from_message(call: Call) -> Answer:
    """Make a thread that hangs on a message."""
    channel = _channel(call)
    if channel.guild_id is None:
        raise refusal(50003)
    message = call.world.find_message(channel.id, call.id("message_id"))
    thread = call.services.threads.from_message(call.world.bot.id, channel, message, call.form)
    return Answer(_created(call, thread), status=HTTPStatus.CREATED)


@routes.post(_CHANNEL + "/threads")
async def without_message(call: Call) -> Answer:
    """Make a thread of its own, or a post in a forum."""
    channel = _channel(call)
    if channel.guild_id is None:
        raise refusal(50003)
    if channel.type in {ChannelType.FORUM, ChannelType.MEDIA}:
        thread, message = call.services.threads.post(channel, call.draft)
        body = {**_created(call, thread), "message": message_payload(call.world, message, site=call.site)}
        return Answer(body, status=HTTPStatus.CREATED)
    thread = call.services.threads.alone(call.world.bot.id, channel, call.form)
    return Answer(_created(call, thread), status=HTTPStatus.CREATED)


def _created(call: Call, thread: Channel) -> JsonObject:
    return {
        **channel_payload(call.world, thread),
        "member": thread_member_payload(thread, call.world.bot.id),
    }


@routes.get("/guilds/{guild_id}/threads/active")
async def active(call: Call) -> Answer:
    """Tell the threads of a server that are not archived and that the bot sees."""
    guild = call.world.member_guild(call.id("guild_id"))
    threads = [
        channel
        for channel in call.world.threads_of(guild)
        if channel.thread is not None
        and not channel.thread.archived
        and call.world.can(call.world.bot.id, channel, Permission.VIEW_CHANNEL)
    ]
    bot_id = call.world.bot.id
    members = [
        thread_member_payload(channel, bot_id)
        for channel in threads
        if channel.thread is not None and bot_id in channel.thread.member_ids
    ]
    return Answer(
        {
            "threads": [channel_payload(call.world, channel) for channel in threads],
            "members": members,
            "has_more": False,
        }
    )


@routes.get(_CHANNEL + "/threads/archived/public")
async def archived(call: Call) -> Answer:
    """Tell the archived public threads of a channel, the last archived first."""
    channel = _channel(call)
    call.world.require(call.world.bot.id, channel, Permission.READ_MESSAGE_HISTORY)
    limit = call.number("limit", default=50, lowest=2, highest=100)
    found = [
        (thread.archive_changed_at, one)
        for one in call.world.directory.channels.values()
        if one.parent_id == channel.id
        and (thread := one.thread) is not None
        and thread.archived
        and one.type is not ChannelType.PRIVATE_THREAD
    ]
    latest = [one for _archived_at, one in sorted(found, key=lambda pair: pair[0], reverse=True)]
    threads = [channel_payload(call.world, one) for one in latest[:limit]]
    return Answer({"threads": threads, "members": [], "has_more": len(latest) > limit})


@routes.get(_MEMBERS)
async def members(call: Call) -> Answer:
    """Tell who has joined a thread."""
    channel = _channel(call)
    if channel.thread is None:
        raise refusal(50024)
    return Answer([thread_member_payload(channel, user_id) for user_id in channel.thread.member_ids])


def _member_id(call: Call) -> int:
    return call.world.bot.id if call.text("user_id") == "@me" else call.id("user_id")


@routes.get(_MEMBERS + "/{user_id}")
async def member(call: Call) -> Answer:
    """Tell whether somebody has joined a thread."""
    channel, user_id = _channel(call), _member_id(call)
    if channel.thread is None:
        raise refusal(50024)
    if user_id not in channel.thread.member_ids:
        raise refusal(10007)
    return Answer(thread_member_payload(channel, user_id))


@routes.put(_MEMBERS + "/{user_id}")
async def join(call: Call) -> Answer:
    """Let the bot or somebody else into a thread."""
    channel, user_id = _channel(call), _member_id(call)
    if user_id != call.world.bot.id:
        call.world.require(call.world.bot.id, channel, Permission.SEND_MESSAGES_IN_THREADS)
    call.services.threads.join(channel, user_id)
    return NO_CONTENT


@routes.delete(_MEMBERS + "/{user_id}")
async def leave(call: Call) -> Answer:
    """Take the bot or somebody else out of a thread."""
    channel, user_id = _channel(call), _member_id(call)
    if user_id != call.world.bot.id:
        call.world.require(call.world.bot.id, channel, Permission.MANAGE_THREADS)
    call.services.threads.leave(channel, user_id)
    return NO_CONTENT
