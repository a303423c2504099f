"""REST: messages in channels. See https://docs.discord.com/developers/resources/message."""

from datetime import timedelta
from typing import Final

from sandbox.discord.call import NO_CONTENT, Answer, Call, Routes
from sandbox.discord.errors import invalid_field, invalid_form, refusal
from sandbox.discord.events import Event, Intent
from sandbox.discord.form_rules import FormError, listed, snowflake, text
from sandbox.discord.message_payload import message_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.snowflake import created_at
from sandbox.discord.state import Channel, Message
from sandbox.discord.wire import as_id, as_list

routes: Final = Routes()

_CHANNEL: Final = "/channels/{channel_id}"
_MESSAGES: Final = _CHANNEL + "/messages"
_MESSAGE: Final = _MESSAGES + "/{message_id}"
_BULK_AGE: Final = timedelta(days=14)


def _channel(call: Call, needed: Permission = Permission.VIEW_CHANNEL) -> Channel:
    channel = call.world.find_channel(call.id("channel_id"))
    call.world.require(call.world.bot.id, channel, needed)
    return channel


def _told(call: Call, message: Message) -> Answer:
    return Answer(message_payload(call.world, message, site=call.site))


@routes.post(_MESSAGES)
async def send(call: Call) -> Answer:
    """Send a message."""
    message = call.services.messages.send(_channel(call), call.draft)
    return Answer(message_payload(call.world, message, site=call.site, is_new=True))


@routes.get(_MESSAGES)
async def history(call: Call) -> Answer:
    """Tell the messages of a channel, newest first. Without Read Message History it looks empty."""
    channel = _channel(call)
    limit = call.number("limit", default=50, lowest=1, highest=100)
    if not call.world.can(call.world.bot.id, channel, Permission.READ_MESSAGE_HISTORY):
        return Answer([])
    messages = [message for message in call.world.messages_in(channel.id) if message.ephemeral_to is None]
    chosen = _chosen(call, messages, limit)
    return Answer([message_payload(call.world, message, site=call.site) for message in reversed(chosen)])


def _chosen(call: Call, messages: list[Message], limit: int) -> list[Message]:
    bounds = {name: as_id(call.request.query.get(name)) for name in ("before", "after", "around")}
    given = {name: bound for name, bound in bounds.items() if bound is not None}
    if len(given) > 1:
        raise invalid_field("before", code="SANDBOX_BOUNDS", message="before, after and around exclude each other.")
    if "after" in given:
        return [message for message in messages if message.id > given["after"]][:limit]
    if "around" in given:
        earlier = [message for message in messages if message.id <= given["around"]][-(limit // 2 + 1) :]
        later = [message for message in messages if message.id > given["around"]][: limit // 2]
        return [*earlier, *later][:limit]
    newest = [message for message in messages if "before" not in given or message.id < given["before"]]
    return newest[-limit:]


@routes.get(_MESSAGE)
async def get_message(call: Call) -> Answer:
    """Tell one message."""
    channel = _channel(call, Permission.READ_MESSAGE_HISTORY)
    return _told(call, call.world.find_message(channel.id, call.id("message_id")))


@routes.patch(_MESSAGE)
async def edit(call: Call) -> Answer:
    """Change one of the bot's own messages."""
    channel = _channel(call)
    message = call.world.find_message(channel.id, call.id("message_id"))
    return _told(call, call.services.messages.edit_own(channel, message, call.edited))


@routes.delete(_MESSAGE)
async def delete(call: Call) -> Answer:
    """Remove a message."""
    channel = _channel(call)
    message = call.world.find_message(channel.id, call.id("message_id"))
    call.services.messages.delete_as(call.world.bot.id, channel, message)
    return NO_CONTENT


@routes.post(_MESSAGES + "/bulk-delete")
async def bulk_delete(call: Call) -> Answer:
    """Remove several messages of the last two weeks."""
    channel = _channel(call, Permission.MANAGE_MESSAGES)
    errors: list[FormError] = list(listed(snowflake, 2, 100)(call.form.get("messages"), ("messages",)))
    if errors:
        raise invalid_form(errors)
    for value in as_list(call.form["messages"]):
        message_id = as_id(value) or 0
        if call.world.clock() - created_at(message_id) > _BULK_AGE:
            raise refusal(50034)
        message = call.world.directory.messages.get(channel.id, {}).get(message_id)
        if message is not None and message.ephemeral_to is None:
            call.services.messages.delete(message)
    return NO_CONTENT


@routes.post(_CHANNEL + "/typing")
async def typing(call: Call) -> Answer:
    """Show that the bot is typing."""
    channel = call.world.find_channel(call.id("channel_id"))
    needed = Permission.SEND_MESSAGES if channel.thread is None else Permission.SEND_MESSAGES_IN_THREADS
    call.world.require(call.world.bot.id, channel, needed)
    call.world.emit(
        Event(
            "TYPING_START",
            channel.guild_id,
            Intent.GUILD_MESSAGE_TYPING,
            channel.id,
            lambda _viewer: _typing_payload(call, channel),
        )
    )
    return NO_CONTENT


def _typing_payload(call: Call, channel: Channel) -> dict[str, object]:
    return {
        "channel_id": str(channel.id),
        "user_id": str(call.world.bot.id),
        "timestamp": int(call.world.clock().timestamp()),
    }


@routes.post("/attachments/refresh-urls")
async def refresh_urls(call: Call) -> Answer:
    """Renew the signatures of attachment URLs. Clients use it and bots may; Discord's own pages do not tell of it."""
    urls = as_list(call.form.get("attachment_urls"))
    errors = list(listed(text(1, 2048), 1, 50)(urls, ("attachment_urls",)))
    if errors:
        raise invalid_form(errors)
    renewed = [{"original": url, "refreshed": call.world.cdn.refresh(url)} for url in urls]
    return Answer({"refreshed_urls": renewed})
