"""Deeds: what a person does on the page, done by their Actor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sandbox.discord import command_rules
from sandbox.discord.command_use import CannotDoError, find_command, leaf_of
from sandbox.discord.components import Kind
from sandbox.discord.exchange import ModalForm, NoAnswerError
from sandbox.discord.kinds import CommandType
from sandbox.discord.layout import walk
from sandbox.discord.wire import JsonObject, as_id, as_list, as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sandbox.discord.actor import Actor, Selectable
    from sandbox.discord.command_use import OptionValue
    from sandbox.discord.exchange import Exchange
    from sandbox.discord.modal_use import FieldValue
    from sandbox.discord.state import Channel, Message, Role, Upload, User
    from sandbox.discord.world import World

_PATIENCE_SECONDS: Final = 3.2
"""A little more than Discord gives a bot for its first answer."""


@dataclass(frozen=True)
class Sent:
    """What the page sent.

    Args:
        fields: The JSON.
        files: Files by the option or field they are for.
    """

    fields: JsonObject
    files: Mapping[str, list[Upload]] = field(default_factory=dict[str, "list[Upload]"])

    def text(self, name: str) -> str:
        """A text."""
        return as_text(self.fields.get(name))

    def number(self, name: str) -> int:
        """An id; 0 when there is none."""
        return as_id(self.fields.get(name)) or 0


class Deeds:
    """Everything that can be done on the page, by name.

    Args:
        world: Where it is done.
        actor: Who does it.
    """

    def __init__(self, world: World, actor: Actor) -> None:
        self._world = world
        self._actor = actor
        self._by_name: Mapping[str, Callable[[Sent], Awaitable[JsonObject]]] = {
            "slash": self._slash,
            "autocomplete": self._autocomplete,
            "menu": self._menu,
            "click": self._click,
            "select": self._select,
            "modal": self._modal,
            "say": self._say,
            "delete": self._delete,
            "direct": self._direct,
        }

    async def do(self, name: str, sent: Sent) -> JsonObject:
        """Do it, and answer what the person's client learns at once.

        Raises:
            LookupError: There is no such deed.
            CannotDoError: Discord's client would not let them.
            DiscordError: Discord would not let them.
        """
        return await self._by_name[name](sent)

    # --- with the bot -----------------------------------------------------------------------------------------------

    async def _slash(self, sent: Sent) -> JsonObject:
        channel_id, name = sent.number("channel"), sent.text("name")
        values = self._option_values(channel_id, name, sent)
        return await _first_answer(await self._actor.slash(channel_id, name, values))

    async def _autocomplete(self, sent: Sent) -> JsonObject:
        channel_id, name = sent.number("channel"), sent.text("name")
        filled = self._option_values(channel_id, name, sent)
        exchange = await self._actor.autocomplete(
            channel_id, name, sent.text("option"), sent.text("text"), filled=filled
        )
        try:
            return {"choices": await exchange.choices()}
        except NoAnswerError:
            return {"choices": [], "failed": "Loading options failed"}

    async def _menu(self, sent: Sent) -> JsonObject:
        return await _first_answer(await self._actor.message_menu(sent.text("name"), self._message(sent)))

    async def _click(self, sent: Sent) -> JsonObject:
        return await _first_answer(await self._actor.click(self._message(sent), sent.text("custom_id")))

    async def _select(self, sent: Sent) -> JsonObject:
        message, custom_id = self._message(sent), sent.text("custom_id")
        menu = next((one for one in walk(message.components) if one.get("custom_id") == custom_id), None)
        kind = menu["type"] if menu is not None else Kind.STRING_SELECT
        chosen = [self._selectable(kind, value) for value in as_list(sent.fields.get("values"))]
        return await _first_answer(await self._actor.select(message, custom_id, chosen))

    async def _modal(self, sent: Sent) -> JsonObject:
        opener = self._world.directory.interactions.get(sent.number("interaction"))
        if opener is None or opener.modal is None:
            raise CannotDoError("There is no such modal.")
        values: dict[str, FieldValue] = {**(as_object(sent.fields.get("values")) or {}), **sent.files}
        return await _first_answer(await self._actor.submit_modal(ModalForm(opener, opener.modal), values))

    # --- without it -------------------------------------------------------------------------------------------------

    async def _say(self, sent: Sent) -> JsonObject:
        reply_to = self._message(sent) if sent.number("message") else None
        files = [upload for uploads in sent.files.values() for upload in uploads]
        await self._actor.say(sent.number("channel"), sent.text("content"), files=files, reply_to=reply_to)
        return {}

    async def _delete(self, sent: Sent) -> JsonObject:
        await self._actor.delete(self._message(sent))
        return {}

    async def _direct(self, _sent: Sent) -> JsonObject:
        channel = await self._actor.open_dm()
        self._world.touch()
        return {"channel": str(channel.id)}

    # --- what is meant ----------------------------------------------------------------------------------------------

    def _message(self, sent: Sent) -> Message:
        message = self._world.directory.messages.get(sent.number("channel"), {}).get(sent.number("message"))
        if message is None:
            raise CannotDoError("This message is gone.")
        return message

    def _option_values(self, channel_id: int, name: str, sent: Sent) -> dict[str, OptionValue]:
        channel = self._actor.writable(channel_id)
        command, *path = name.split()
        found = find_command(self._world, self._actor.user, channel, name=command, kind=CommandType.CHAT_INPUT)
        kinds = {one["name"]: one["type"] for one in leaf_of(found, path)[1]}
        entered = as_object(sent.fields.get("options")) or {}
        files = {name: uploads[0] for name, uploads in sent.files.items() if uploads}
        return {**{key: self._option(kinds.get(key), value) for key, value in entered.items()}, **files}

    def _option(self, kind: int | None, value: OptionValue) -> OptionValue:
        directory, number = self._world.directory, as_id(value) or 0
        match kind:
            case command_rules.USER:
                return directory.users.get(number, value)
            case command_rules.CHANNEL:
                return directory.channels.get(number, value)
            case command_rules.ROLE:
                return self._role(number) or value
            case command_rules.MENTIONABLE:
                return directory.users.get(number) or self._role(number) or value
            case _:
                return value

    def _selectable(self, kind: int, value: object) -> Selectable:
        number, text = as_id(value) or 0, as_text(value)
        found: User | Role | Channel | None = None
        if kind in {Kind.USER_SELECT, Kind.MENTIONABLE_SELECT}:
            found = self._world.directory.users.get(number)
        if kind in {Kind.ROLE_SELECT, Kind.MENTIONABLE_SELECT}:
            found = found or self._role(number)
        if kind == Kind.CHANNEL_SELECT:
            found = self._world.directory.channels.get(number)
        return found or text

    def _role(self, role_id: int) -> Role | None:
        return next((one.roles[role_id] for one in self._world.directory.guilds.values() if role_id in one.roles), None)


async def _first_answer(exchange: Exchange) -> JsonObject:
    """What the client knows after three seconds: that the bot answered, a modal, or that nobody did."""
    try:
        await exchange.acknowledged(timeout_seconds=_PATIENCE_SECONDS)
    except NoAnswerError:
        return {"failed": "The application did not respond"}
    told: JsonObject = {"interaction": str(exchange.interaction.id)}
    modal = exchange.interaction.modal
    return {**told, "modal": modal} if modal is not None else told
