"""What one person's screen shows, in named pieces, so that only what changed travels."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sandbox.discord.command_use import CannotDoError, find_command
from sandbox.discord.message_payload import is_visible, message_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.wire import JsonObject, as_list, as_object, optional_id
from sandbox.web.people import people

if TYPE_CHECKING:
    from sandbox.discord.actor import Actor
    from sandbox.discord.server import DiscordSandbox
    from sandbox.discord.state import Channel, Command, Guild, Message

Piece: TypeAlias = tuple[str, Hashable, JsonObject]
_FILES: Final = ("/attachments/", "/ephemeral-attachments/")
_ADDRESSES: Final = frozenset({"url", "proxy_url", "icon_url", "proxy_icon_url"})


class Screen:
    """One person's screen.

    Args:
        discord: Where they are.
        actor: Who they are.
    """

    def __init__(self, discord: DiscordSandbox, actor: Actor) -> None:
        self._discord = discord
        self._world = discord.world
        self._actor = actor
        self._sent: dict[str, Hashable] = {}

    def changes(self) -> JsonObject:
        """What is new since the last call: pieces to ``put`` and names to ``drop``; empty when nothing is."""
        put: JsonObject = {}
        seen: set[str] = set()
        for name, mark, told in self._pieces():
            seen.add(name)
            if self._sent.get(name) != mark:
                self._sent[name] = mark
                put[name] = told or self._message(name)
        drop = [name for name in self._sent if name not in seen]
        for name in drop:
            del self._sent[name]
        return {"put": put, "drop": drop} if put or drop else {}

    # --- pieces -----------------------------------------------------------------------------------------------------

    def _pieces(self) -> Iterator[Piece]:
        yield self._valued("people", self._people())
        for command in self._world.directory.commands.values():
            yield self._valued(f"command:{command.id}", self._discord.services.commands.payload(command))
        for guild in self._world.directory.guilds.values():
            if self._actor.user.id in guild.members:
                yield self._valued(f"guild:{guild.id}", self._guild(guild))
        for channel in list(self._world.directory.channels.values()):
            if self._world.can(self._actor.user.id, channel, Permission.VIEW_CHANNEL):
                yield self._valued(f"channel:{channel.id}", self._channel(channel))
                yield from self._messages(channel)

    def _messages(self, channel: Channel) -> Iterator[Piece]:
        for message in self._actor.sees(channel.id):
            # The page renders a message only when this mark changes: it stands for all that can change on it.
            mark = (message.revision, int(message.flags), message.has_thread, self._answered(message))
            yield f"message:{channel.id}:{message.id}", mark, {}

    def _valued(self, name: str, told: JsonObject) -> Piece:
        return name, repr(told), told

    def _people(self) -> JsonObject:
        everyone = {
            str(user.id): {"name": user.shown_name, "username": user.username, "bot": user.bot}
            for user in self._world.directory.users.values()
        }
        return {
            "me": str(self._actor.user.id),
            "bot": str(self._world.bot.id),
            "is_bot_online": bool(self._discord.gateway.connected),
            "everyone": everyone,
            "personas": people(self._world),
        }

    def _guild(self, guild: Guild) -> JsonObject:
        roles = [{"id": str(role.id), "name": role.name} for role in guild.roles.values() if role.id != guild.id]
        return {
            "name": guild.name,
            "members": [str(user_id) for user_id in guild.members],
            "roles": roles,
            "premium_tier": guild.premium_tier,
            "upload_limit_bytes": guild.upload_limit_bytes,
        }

    def _channel(self, channel: Channel) -> JsonObject:
        thread = channel.thread
        can_write = self._can_write(channel)
        can_manage = self._world.can(self._actor.user.id, channel, Permission.MANAGE_MESSAGES)
        return {
            "name": channel.name or self._world.bot.shown_name,
            "type": int(channel.type),
            "guild": optional_id(channel.guild_id),
            "parent": optional_id(channel.parent_id) if thread is not None else None,
            "topic": channel.topic,
            "position": channel.position,
            "archived": thread is not None and thread.archived,
            "locked": thread is not None and thread.locked,
            "count": thread.message_count if thread is not None else 0,
            "can_write": can_write,
            "can_manage": can_manage,
            "commands": [str(one.id) for one in self._usable(channel)],
        }

    def _can_write(self, channel: Channel) -> bool:
        try:
            self._actor.writable(channel.id)
        except CannotDoError:
            return False
        return True

    def _usable(self, channel: Channel) -> Iterator[Command]:
        for command in self._world.directory.commands.values():
            try:
                found = find_command(self._world, self._actor.user, channel, name=command.name, kind=command.type)
            except CannotDoError:
                continue
            if found.id == command.id:
                yield command

    # --- messages ---------------------------------------------------------------------------------------------------

    def _answered(self, message: Message) -> Hashable:
        if message.reply_to is None:
            return None
        channel_id, message_id = message.reply_to
        answered = self._world.directory.messages.get(channel_id, {}).get(message_id)
        return None if answered is None else answered.revision

    def _message(self, name: str) -> JsonObject:
        _, channel_id, message_id = name.split(":")
        message = self._world.directory.messages[int(channel_id)][int(message_id)]
        told = message_payload(self._world, message, site="")
        me = self._actor.user.id
        answered = message.reply_to and self._world.directory.messages.get(message.reply_to[0], {}).get(
            message.reply_to[1]
        )
        if answered and not is_visible(answered, me):
            told["referenced_message"] = None
        told["is_pinged"] = me in message.pinged_user_ids
        told["is_ephemeral"] = message.ephemeral_to is not None
        told["is_mine"] = message.author_id == me
        return as_object(_own_addresses(told, self._discord.base_url)) or {}


def _own_addresses(value: Any, base_url: str) -> Any:
    """The same, with the addresses of our files as paths on the page's own server, without their signatures.

    Discord's client renews its links by itself and gets foreign pictures through a proxy: expired links concern the bot
    and not the page.
    """
    fields, items = as_object(value), as_list(value)
    if fields is None:
        return [_own_addresses(held, base_url) for held in items] if items else value
    told: JsonObject = {}
    for key, held in fields.items():
        path = held.removeprefix(base_url) if key in _ADDRESSES and isinstance(held, str) else ""
        told[key] = path.partition("?")[0] if path.startswith(_FILES) else _own_addresses(held, base_url)
    return told
