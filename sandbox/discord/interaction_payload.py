"""Interactions as JSON: what the bot hears, and what it is told about its own answers."""

from typing import Final

from sandbox.discord.installs import context_of
from sandbox.discord.kinds import CallbackType, Context, InteractionType, MessageFlag
from sandbox.discord.message_payload import message_payload
from sandbox.discord.payloads import channel_payload, member_payload, user_payload
from sandbox.discord.permissions import IN_DIRECT_MESSAGES, Permission
from sandbox.discord.state import Channel, Interaction
from sandbox.discord.wire import JsonObject, optional_id
from sandbox.discord.world import World

# The published description knows no resource of a deferral: the id above is all that tells where it stands.
_WITH_RESOURCE: Final = frozenset({CallbackType.MESSAGE, CallbackType.UPDATE})
_WITH_RESPONSE_MESSAGE: Final = frozenset({InteractionType.COMMAND, InteractionType.COMPONENT, InteractionType.MODAL})


def interaction_payload(world: World, interaction: Interaction, *, site: str) -> JsonObject:
    """An interaction as INTERACTION_CREATE tells it."""
    channel = world.directory.channels[interaction.channel_id]
    user = world.directory.users[interaction.user_id]
    payload: JsonObject = {
        "id": str(interaction.id),
        "application_id": str(world.application.id),
        "type": int(interaction.type),
        "token": interaction.token,
        "version": 1,
        "data": interaction.data(site),
        "channel_id": str(channel.id),
        "channel": _channel(world, channel, user_id=user.id),
        "app_permissions": str(int(app_permissions(world, channel, user_id=user.id))),
        "locale": interaction.locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": interaction.owners,
        "context": int(context_of(channel)),
        "attachment_size_limit": attachment_size_limit(world, interaction),
    }
    if interaction.message is not None:
        payload["message"] = message_payload(world, interaction.message, site=site)
    if interaction.guild_id is None:
        return {**payload, "user": user_payload(user)}
    guild = world.directory.guilds[interaction.guild_id]
    member = {
        **member_payload(world, guild.members[user.id]),
        "permissions": str(int(world.permissions(user.id, channel))),
    }
    return {
        **payload,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": member,
    }


def app_permissions(world: World, channel: Channel, *, user_id: int) -> int:
    """What the bot may do where the interaction happened.

    Where it is no member, that is here what the person may do who brought it along; Discord's pages do not say.
    """
    guild = world.guild_of(channel)
    if guild is None:
        is_with_bot = context_of(channel) is Context.BOT_DM
        return IN_DIRECT_MESSAGES if is_with_bot else IN_DIRECT_MESSAGES & ~Permission.USE_EXTERNAL_EMOJIS
    return world.permissions(world.bot.id if world.bot.id in guild.members else user_id, channel)


def attachment_size_limit(world: World, interaction: Interaction) -> int:
    """The largest file that an answer may carry, in bytes: the better of the person's and the server's."""
    own = world.directory.users[interaction.user_id].upload_limit_bytes
    if interaction.guild_id is None:
        return own
    return max(own, world.directory.guilds[interaction.guild_id].upload_limit_bytes)


def callback_payload(world: World, interaction: Interaction, *, site: str) -> JsonObject:
    """The body of a callback's answer when the bot asked for one."""
    told: JsonObject = {"id": str(interaction.id), "type": int(interaction.type)}
    told["channel_id"] = str(interaction.channel_id)
    if interaction.guild_id is not None:
        told["guild_id"] = optional_id(interaction.guild_id)
    message = interaction.original
    if message is None or interaction.type not in _WITH_RESPONSE_MESSAGE:
        return {"interaction": told}
    told["response_message_id"] = str(message.id)
    told["response_message_loading"] = message.is_loading
    told["response_message_ephemeral"] = MessageFlag.EPHEMERAL in message.flags
    if interaction.answer not in _WITH_RESOURCE:
        return {"interaction": told}
    resource = {"type": int(interaction.answer or 0), "message": message_payload(world, message, site=site)}
    return {"interaction": told, "resource": resource}


def _channel(world: World, channel: Channel, *, user_id: int) -> JsonObject:
    payload, guild = channel_payload(world, channel), world.guild_of(channel)
    if guild is not None and world.bot.id not in guild.members:
        payload.pop("permission_overwrites", None)
    if guild is not None:
        payload["permissions"] = str(int(world.permissions(user_id, channel)))
    return payload
