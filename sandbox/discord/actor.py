"""Actors: simulated people who do what Discord's client lets them do, and see what it shows them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from sandbox.discord.command_use import (
    CannotDoError,
    OptionValue,
    Resolved,
    Uploader,
    fill,
    find_command,
    leaf_of,
    wrap,
)
from sandbox.discord.components import SELECTS, Kind
from sandbox.discord.exchange import Exchange, ModalForm
from sandbox.discord.kinds import CommandType, InteractionType
from sandbox.discord.layout import walk
from sandbox.discord.message_payload import message_payload
from sandbox.discord.modal_use import FieldValue, ModalFiller
from sandbox.discord.presence import Presence
from sandbox.discord.state import Channel, Command, Message, Role, Upload, User
from sandbox.discord.wire import JsonObject, as_int, as_objects, as_text

UploadedFile: TypeAlias = Upload
Selectable: TypeAlias = str | User | Role | Channel

_OPENS_A_PAGE = frozenset({5, 6})
_NO_OPTION: JsonObject = {}


class Actor(Presence):
    """A simulated person.

    Args:
        services: The Discord they are in.
        user: Who they are.
        locale: Their language, unless an action names another.
    """

    async def slash(
        self, channel_id: int, name: str, options: Mapping[str, OptionValue] | None = None, *, locale: str | None = None
    ) -> Exchange:
        """Use a slash command.

        Args:
            channel_id: Where.
            name: The command, with its subcommands behind it: ``"moderation jobs"``.
            options: What is filled in, by name; files as `UploadedFile`.
            locale: The person's language.

        Raises:
            CannotDoError: Discord's client would not let them.
        """
        channel = self.writable(channel_id)
        command, *path = name.split()
        found = find_command(self._world, self.user, channel, name=command, kind=CommandType.CHAT_INPUT)
        way, definitions = leaf_of(found, path)
        filled, resolved = fill(definitions, options or {}, Uploader(self._world, self.user, channel))
        return self._use(found, channel, wrap(way, filled), resolved, locale=locale)

    async def autocomplete(
        self,
        channel_id: int,
        name: str,
        option: str,
        text: str,
        *,
        filled: Mapping[str, OptionValue] | None = None,
        locale: str | None = None,
    ) -> Exchange:
        """Type into an option that makes suggestions.

        Args:
            channel_id: Where.
            name: The command, with its subcommands behind it.
            option: The option that is typed into.
            text: What stands in it so far.
            filled: What was filled in before.
            locale: The person's language.

        Raises:
            CannotDoError: Discord's client would not let them, or the option makes no suggestions.
        """
        channel = self.writable(channel_id)
        command, *path = name.split()
        found = find_command(self._world, self.user, channel, name=command, kind=CommandType.CHAT_INPUT)
        way, definitions = leaf_of(found, path)
        typed = next((one for one in definitions if one["name"] == option), _NO_OPTION)
        if not typed.get("autocomplete"):
            raise CannotDoError(f"The option {option!r} makes no suggestions.")
        uploader = Uploader(self._world, self.user, channel)
        before, resolved = fill(definitions, filled or {}, uploader, is_complete=False)
        focused = {"name": option, "type": typed["type"], "value": text, "focused": True}
        options = wrap(way, [*before, focused])
        return self._use(found, channel, options, resolved, locale=locale, kind=InteractionType.AUTOCOMPLETE)

    async def message_menu(self, name: str, message: Message, *, locale: str | None = None) -> Exchange:
        """Use a command of a message's menu.

        Raises:
            CannotDoError: Discord's client would not let them.
        """
        channel = self.showing(message)
        command = find_command(self._world, self.user, channel, name=name, kind=CommandType.MESSAGE)

        def data(site: str) -> JsonObject:
            told = message_payload(self._world, message, site=site)
            resolved = {"messages": {str(message.id): told}}
            return {**_named(command), "target_id": str(message.id), "resolved": resolved}

        interaction = self._services.interactions.start(
            InteractionType.COMMAND,
            user=self.user,
            channel=channel,
            data=data,
            locale=locale or self.locale,
            command=command,
            target_message_id=message.id,
        )
        return Exchange(self._world, interaction)

    async def user_menu(self, name: str, target: User, channel_id: int, *, locale: str | None = None) -> Exchange:
        """Use a command of a person's menu.

        Raises:
            CannotDoError: Discord's client would not let them.
        """
        channel = self.visible(channel_id)
        command = find_command(self._world, self.user, channel, name=name, kind=CommandType.USER)
        resolved = Resolved(self.user.id, users=[target])
        guild = self._world.guild_of(channel)
        interaction = self._services.interactions.start(
            InteractionType.COMMAND,
            user=self.user,
            channel=channel,
            data=lambda site: {
                **_named(command),
                "target_id": str(target.id),
                "resolved": resolved.payload(self._world, guild, site=site),
            },
            locale=locale or self.locale,
            command=command,
            target_user_id=target.id,
        )
        return Exchange(self._world, interaction)

    async def click(
        self, message: Message, custom_id: str | None = None, *, label: str | None = None, locale: str | None = None
    ) -> Exchange:
        """Press a button, named by its custom_id or by what stands on it.

        Raises:
            CannotDoError: There is no such button on the message, it is greyed out, or it only opens a page.
        """
        channel = self.showing(message)
        button = _pick(message, {Kind.BUTTON}, custom_id=custom_id, label=label)
        if button.get("style") in _OPENS_A_PAGE:
            raise CannotDoError("This button only opens a page.")
        data = {"custom_id": button["custom_id"], "component_type": int(Kind.BUTTON), "id": button["id"]}
        return self._operate(channel, message, lambda _site: data, locale=locale)

    async def select(
        self, message: Message, custom_id: str, values: Sequence[Selectable], *, locale: str | None = None
    ) -> Exchange:
        """Choose from a select menu: texts for options, people, roles or channels for the other kinds.

        Raises:
            CannotDoError: There is no such menu on the message, it is greyed out, or it does not offer this.
        """
        channel = self.showing(message)
        menu = _pick(message, SELECTS, custom_id=custom_id)
        offered = [as_text(option.get("value")) for option in as_objects(menu.get("options"))]
        chosen = [value if isinstance(value, str) else str(value.id) for value in values]
        if menu["type"] == Kind.STRING_SELECT and set(chosen) - set(offered):
            raise CannotDoError(f"The menu does not offer {chosen!r}.")
        if not as_int(menu.get("min_values"), default=1) <= len(chosen) <= as_int(menu.get("max_values"), default=1):
            raise CannotDoError(f"The menu does not take {len(chosen)} choices.")
        resolved = Resolved(
            self.user.id,
            users=[value for value in values if isinstance(value, User)],
            roles=[value for value in values if isinstance(value, Role)],
            channels=[value for value in values if isinstance(value, Channel)],
        )

        def data(site: str) -> JsonObject:
            told: JsonObject = {
                "custom_id": custom_id,
                "component_type": menu["type"],
                "id": menu["id"],
                "values": chosen,
            }
            things = resolved.payload(self._world, self._world.guild_of(channel), site=site)
            return {**told, "resolved": things} if menu["type"] != Kind.STRING_SELECT else told

        return self._operate(channel, message, data, locale=locale)

    async def submit_modal(
        self, form: ModalForm, values: Mapping[str, FieldValue], *, locale: str | None = None
    ) -> Exchange:
        """Fill in a modal and send it.

        Args:
            form: The modal, from `Exchange.modal`.
            values: What is entered, by custom_id: texts, lists of texts, lists of `UploadedFile`, or a boolean.
            locale: The person's language.

        Raises:
            CannotDoError: It is another's, or a field is wrong.
        """
        if form.interaction.user_id != self.user.id:
            raise CannotDoError("The modal is on another's screen.")
        channel = self.visible(form.interaction.channel_id)
        filler = ModalFiller(values, Uploader(self._world, self.user, channel))
        components = filler.fill(as_objects(form.payload.get("components")))
        guild = self._world.guild_of(channel)

        def data(site: str) -> JsonObject:
            resolved = filler.resolved.payload(self._world, guild, site=site)
            told: JsonObject = {"custom_id": form.payload["custom_id"], "components": components}
            return {**told, "resolved": resolved}

        interaction = self._services.interactions.start(
            InteractionType.MODAL,
            user=self.user,
            channel=channel,
            data=data,
            locale=locale or self.locale,
            message=form.interaction.message,
            opened_by=form.interaction,
        )
        return Exchange(self._world, interaction)

    def _use(
        self,
        command: Command,
        channel: Channel,
        options: list[JsonObject],
        resolved: Resolved,
        *,
        locale: str | None,
        kind: InteractionType = InteractionType.COMMAND,
    ) -> Exchange:
        guild = self._world.guild_of(channel)

        def data(site: str) -> JsonObject:
            told: JsonObject = {**_named(command), "options": options}
            things = resolved.payload(self._world, guild, site=site)
            return {**told, "resolved": things} if things else told

        interaction = self._services.interactions.start(
            kind, user=self.user, channel=channel, data=data, locale=locale or self.locale, command=command
        )
        return Exchange(self._world, interaction)

    def _operate(
        self, channel: Channel, message: Message, data: Callable[[str], JsonObject], *, locale: str | None
    ) -> Exchange:
        interaction = self._services.interactions.start(
            InteractionType.COMPONENT,
            user=self.user,
            channel=channel,
            data=data,
            locale=locale or self.locale,
            message=message,
        )
        return Exchange(self._world, interaction)


def _named(command: Command) -> JsonObject:
    told: JsonObject = {"id": str(command.id), "name": command.name, "type": int(command.type)}
    return {**told, "guild_id": str(command.guild_id)} if command.guild_id is not None else told


def _pick(
    message: Message, kinds: Collection[Kind], *, custom_id: str | None = None, label: str | None = None
) -> JsonObject:
    for component in walk(message.components):
        is_meant = component.get("custom_id") == custom_id if custom_id is not None else component.get("label") == label
        if component.get("type") not in kinds or not is_meant:
            continue
        if component.get("disabled"):
            raise CannotDoError(f"{custom_id or label!r} is greyed out.")
        return component
    raise CannotDoError(f"There is no {custom_id or label!r} on this message.")
