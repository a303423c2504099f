"""The commands that the bot registered: judged, kept, and answered in Discord's full shape."""

from collections import Counter
from typing import Final

from sandbox.discord import command_rules
from sandbox.discord.errors import invalid_form, refusal
from sandbox.discord.form_rules import FormError
from sandbox.discord.kinds import CommandType
from sandbox.discord.state import Command
from sandbox.discord.wire import JsonObject, as_int, as_list, as_objects, as_text
from sandbox.discord.world import World

_MOST: Final = {CommandType.CHAT_INPUT: 100, CommandType.USER: 15, CommandType.MESSAGE: 15}
_LEFT_OUT_WHEN_EMPTY: Final = frozenset({"options", "choices"})


def check_choices(data: JsonObject) -> list[FormError]:
    """What is wrong with the choices of an autocompletion."""
    choices = data.get("choices")
    values = [choice.get("value") for choice in as_objects(choices)]
    is_text = all(isinstance(value, str) for value in values)
    kind = command_rules.STRING if is_text else command_rules.NUMBER
    return list(command_rules.choices_rule(kind)(choices, ("data", "choices")))


class Commands:
    """The bot's commands, of everywhere and of single servers.

    Args:
        world: Keeps them.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def of(self, guild_id: int | None) -> list[Command]:
        """The commands of one server; of everywhere, if None."""
        return [command for command in self._world.directory.commands.values() if command.guild_id == guild_id]

    def replace_all(self, guild_id: int | None, sent: object) -> list[Command]:
        """Put a whole list of commands in place of the old one; same names keep their ids.

        Raises:
            DiscordError: 50035, a command is malformed or named twice; 30032, they are too many.
        """
        entries = as_list(sent)
        errors = [error for index, entry in enumerate(entries) for error in command_rules.command(entry, (index,))]
        kinds = Counter((_type(entry), as_text(entry.get("name"))) for entry in as_objects(sent))
        errors += [
            FormError(("name",), "APPLICATION_COMMANDS_DUPLICATE_NAME", f"Command {name!r} is named twice.")
            for (_kind, name), count in kinds.items()
            if count > 1
        ]
        if errors or not isinstance(sent, list):
            raise invalid_form(errors or [FormError((), "LIST_TYPE_CONVERT", "A list of commands was expected.")])
        for kind, most in _MOST.items():
            if sum(1 for (sent_kind, _name) in kinds if sent_kind == kind) > most:
                raise refusal(30032)
        old = {(command.type, command.name): command for command in self.of(guild_id)}
        fresh = [
            self._made(guild_id, entry, old.get((_type(entry), str(entry["name"])))) for entry in as_objects(entries)
        ]
        for command in old.values():
            del self._world.directory.commands[command.id]
        self._world.directory.commands.update({command.id: command for command in fresh})
        self._world.touch()
        return fresh

    def upsert(self, guild_id: int | None, sent: JsonObject) -> tuple[Command, bool]:
        """Add a command, or replace that of the same name.

        Returns:
            The command, and whether it is new.

        Raises:
            DiscordError: 50035, it is malformed; 30032, there are too many.
        """
        errors = list(command_rules.command(sent, ()))
        if errors:
            raise invalid_form(errors)
        same_kind = [command for command in self.of(guild_id) if command.type is _type(sent)]
        old = next((command for command in same_kind if command.name == sent["name"]), None)
        if old is None and len(same_kind) >= _MOST[_type(sent)]:
            raise refusal(30032)
        command = self._made(guild_id, sent, old)
        self._world.directory.commands[command.id] = command
        self._world.touch()
        return command, old is None

    def find(self, guild_id: int | None, command_id: int | None) -> Command:
        """One command.

        Raises:
            DiscordError: 10063, there is none.
        """
        command = self._world.directory.commands.get(command_id or 0)
        if command is None or command.guild_id != guild_id:
            raise refusal(10063)
        return command

    def change(self, command: Command, sent: JsonObject) -> Command:
        """Change some fields of a command.

        Raises:
            DiscordError: 50035, what comes of it is malformed.
        """
        merged = {**command.fields, **sent}
        errors = list(command_rules.command(merged, ()))
        if errors:
            raise invalid_form(errors)
        changed = self._made(command.guild_id, merged, command)
        self._world.directory.commands[changed.id] = changed
        self._world.touch()
        return changed

    def delete(self, command: Command) -> None:
        """Remove a command."""
        del self._world.directory.commands[command.id]
        self._world.touch()

    def payload(self, command: Command) -> JsonObject:
        """A command as Discord answers it."""
        payload: JsonObject = {
            "id": str(command.id),
            "application_id": str(self._world.application.id),
            "version": str(command.version),
            **command.fields,
        }
        if command.guild_id is not None:
            payload["guild_id"] = str(command.guild_id)
        return payload

    def _made(self, guild_id: int | None, sent: JsonObject, old: Command | None) -> Command:
        fields = _full(sent, is_global=guild_id is None)
        if old is not None and old.fields == fields:
            return old
        version = self._world.snowflakes.next()
        return Command(id=old.id if old is not None else version, version=version, guild_id=guild_id, fields=fields)


def _type(sent: JsonObject) -> CommandType:
    return CommandType(as_int(sent.get("type"), default=1) or 1)


def _full(sent: JsonObject, *, is_global: bool) -> JsonObject:
    """The fields of a command with Discord's defaults for what was not sent."""
    permissions = sent.get("default_member_permissions")
    fields: JsonObject = {
        "type": int(_type(sent)),
        "name": sent["name"],
        "name_localizations": sent.get("name_localizations"),
        "description": sent.get("description") or "",
        "description_localizations": sent.get("description_localizations"),
        "default_member_permissions": str(permissions) if permissions is not None else None,
        "nsfw": bool(sent.get("nsfw")),
        "integration_types": sent.get("integration_types") or [0],
    }
    if is_global:
        fields["contexts"] = sent.get("contexts")
        fields["dm_permission"] = sent.get("dm_permission") is not False
    if sent.get("options"):
        fields["options"] = [_full_option(option) for option in as_objects(sent["options"])]
    return fields


def _full_option(sent: JsonObject) -> JsonObject:
    option = {
        key: value
        for key, value in sent.items()
        if value is not None and not (key in _LEFT_OUT_WHEN_EMPTY and not value)
    }
    if "options" in option:
        option["options"] = [_full_option(child) for child in as_objects(option["options"])]
    return option
