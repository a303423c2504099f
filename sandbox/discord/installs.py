"""Installations: by whose leave the bot's commands are where somebody uses them.

A server has the bot, a person brings its commands along wherever they write, or both.

See https://docs.discord.com/developers/resources/application#installation-context and
https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object-authorizing-integration-owners-object.
"""

from typing import Final

from sandbox.discord.kinds import ChannelType, Context
from sandbox.discord.permissions import Permission
from sandbox.discord.state import Channel, Command, Interaction, Message, User
from sandbox.discord.wire import as_list
from sandbox.discord.world import World

SERVER: Final = "0"
PERSON: Final = "1"
"""The kinds of installation, as interactions name them."""

_IN_BOT_DM: Final = "0"
_EVERYWHERE: Final = (Context.GUILD, Context.BOT_DM, Context.PRIVATE_CHANNEL)


def context_of(channel: Channel) -> Context:
    """In what kind of place a channel is."""
    if channel.guild_id is not None:
        return Context.GUILD
    return Context.BOT_DM if channel.type is ChannelType.DM else Context.PRIVATE_CHANNEL


def is_meant_for(command: Command, context: Context) -> bool:
    """Is a command registered for such places?"""
    contexts = command.fields.get("contexts")
    if contexts is not None:
        return int(context) in contexts
    may_be_direct = bool(command.fields.get("dm_permission", False))
    return context in (_EVERYWHERE if may_be_direct else (Context.GUILD,))


def owners_of_command(world: World, user: User, channel: Channel, command: Command) -> dict[str, str]:
    """By whose installation a person has a command in a channel; empty where they do not have it."""
    kinds = {str(kind) for kind in as_list(command.fields.get("integration_types"))} or {SERVER}
    guild, owners = world.guild_of(channel), dict[str, str]()
    if SERVER in kinds and guild is not None and world.bot.id in guild.members:
        owners[SERVER] = str(guild.id)
    if SERVER in kinds and context_of(channel) is Context.BOT_DM:
        owners[SERVER] = _IN_BOT_DM
    if PERSON in kinds and user.id in world.directory.installed_by:
        owners[PERSON] = str(user.id)
    return owners


def owners_of_component(message: Message | None, channel: Channel) -> dict[str, str]:
    """By whose installation a message with buttons came to be: whoever presses them, it stays that one's."""
    if message is not None and message.interaction is not None:
        return dict(message.interaction.owners)
    return {SERVER: str(channel.guild_id or _IN_BOT_DM)}


def is_only_personal(interaction: Interaction) -> bool:
    """Did nobody but a person install the bot for this? Then five further messages are the most."""
    return set(interaction.owners) == {PERSON}


def is_hushed(world: World, interaction: Interaction) -> bool:
    """May only the person see what is answered? So it is without *Use External Apps*, where the server has no bot.

    See https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags.
    """
    if interaction.guild_id is None or not is_only_personal(interaction):
        return False
    channel = world.directory.channels[interaction.channel_id]
    return not world.can(interaction.user_id, channel, Permission.USE_EXTERNAL_APPS)
