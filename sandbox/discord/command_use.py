"""What a person fills into a command: only what Discord's client lets them send."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.discord import command_rules
from sandbox.discord.installs import context_of, is_meant_for, owners_of_command
from sandbox.discord.kinds import CommandType
from sandbox.discord.message_payload import attachment_payload
from sandbox.discord.payloads import bare_member_payload, channel_payload, role_payload, user_payload
from sandbox.discord.permissions import Permission
from sandbox.discord.state import Attachment, Channel, Command, Guild, Role, Upload, User
from sandbox.discord.wire import JsonObject, as_int, as_list, as_objects, as_text
from sandbox.discord.world import World

OptionValue: TypeAlias = str | int | float | bool | Upload | User | Channel | Role

_TYPES: dict[int, tuple[type, ...]] = {
    command_rules.STRING: (str,),
    command_rules.INTEGER: (int,),
    command_rules.BOOLEAN: (bool,),
    command_rules.USER: (User,),
    command_rules.CHANNEL: (Channel,),
    command_rules.ROLE: (Role,),
    command_rules.MENTIONABLE: (User, Role),
    command_rules.NUMBER: (int, float),
    command_rules.ATTACHMENT: (Upload,),
}


class CannotDoError(Exception):
    """Discord's client would not let this person do that."""


@dataclass
class Resolved:
    """The things that options name by id.

    Args:
        asker_id: Who names them.
    """

    asker_id: int
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    users: list[User] = field(default_factory=list[User])
    channels: list[Channel] = field(default_factory=list[Channel])
    roles: list[Role] = field(default_factory=list[Role])

    def payload(self, world: World, guild: Guild | None, *, site: str) -> JsonObject:
        """As an interaction carries them; empty if there are none."""
        members = {
            str(user.id): bare_member_payload(guild.members[user.id])
            for user in self.users
            if guild is not None and user.id in guild.members
        }
        told: JsonObject = {
            "attachments": {str(one.id): attachment_payload(world, one, site=site) for one in self.attachments},
            "users": {str(user.id): user_payload(user) for user in self.users},
            "members": members,
            "channels": {str(one.id): self._channel(world, one) for one in self.channels},
            "roles": {str(role.id): role_payload(role) for role in self.roles},
        }
        return {key: value for key, value in told.items() if value}

    def _channel(self, world: World, channel: Channel) -> JsonObject:
        return {
            **channel_payload(world, channel),
            "permissions": str(int(world.permissions(self.asker_id, channel))),
            "app_permissions": str(int(world.permissions(world.bot.id, channel))),
        }


class Uploader:
    """Puts a person's files where Discord keeps them for an interaction.

    Args:
        world: Keeps the files.
        user: Whose files they are.
        channel: Where they are used.
    """

    def __init__(self, world: World, user: User, channel: Channel) -> None:
        self._world = world
        self.user = user
        self._channel = channel

    def put(self, upload: Upload) -> Attachment:
        """Store a file.

        Raises:
            CannotDoError: It is larger than this person may upload here.
        """
        guild = self._world.guild_of(self._channel)
        own = self._world.directory.users[self.user.id].upload_limit_bytes
        limit = max(own, guild.upload_limit_bytes) if guild is not None else own
        if len(upload.data) > limit:
            raise CannotDoError(f"{upload.filename} is larger than {limit} bytes.")
        stored = self._world.cdn.put(
            upload.data,
            filename=upload.filename,
            content_type=upload.content_type,
            folder=f"ephemeral-attachments/{self._world.application.id}",
            attachment_id=self._world.snowflakes.next(),
        )
        return Attachment(file=stored, ephemeral=True)


def find_command(world: World, user: User, channel: Channel, *, name: str, kind: CommandType) -> Command:
    """The command that this person finds under this name here.

    Raises:
        CannotDoError: There is none, or they may not use it here.
    """
    found = [
        command
        for command in world.directory.commands.values()
        if command.name == name and command.type is kind and command.guild_id in {None, channel.guild_id}
    ]
    if not found:
        raise CannotDoError(f"There is no command {name!r} here.")
    command = max(found, key=lambda one: one.guild_id is not None)
    _check_place(world, user, channel, command)
    _check_person(world, user, channel, command)
    return command


def _check_place(world: World, user: User, channel: Channel, command: Command) -> None:
    if not is_meant_for(command, context_of(channel)):
        where = "direct messages" if channel.guild_id is None else "servers"
        raise CannotDoError(f"/{command.name} cannot be used in {where}.")
    if not owners_of_command(world, user, channel, command):
        raise CannotDoError(f"The bot is not here, and {user.username} did not bring /{command.name} along.")


def _check_person(world: World, user: User, channel: Channel, command: Command) -> None:
    if channel.guild_id is None:
        return
    bits = world.permissions(user.id, channel)
    if Permission.USE_APPLICATION_COMMANDS not in bits:
        raise CannotDoError(f"{user.username} may not use application commands here.")
    needed = command.fields.get("default_member_permissions")
    if needed is None:
        return
    wanted = Permission(int(needed)) or Permission.ADMINISTRATOR
    if wanted not in bits:
        raise CannotDoError(f"{user.username} does not see /{command.name}.")


def leaf_of(command: Command, path: list[str]) -> tuple[list[JsonObject], list[JsonObject]]:
    """Go down to a subcommand.

    Returns:
        The subcommands on the way, outermost first, and the options of the last one.

    Raises:
        CannotDoError: There is no such subcommand, or one must be chosen and none is.
    """
    options = as_objects(command.fields.get("options"))
    way: list[JsonObject] = []
    for name in path:
        step = next(
            (one for one in options if one["name"] == name and one["type"] <= command_rules.SUB_COMMAND_GROUP), None
        )
        if step is None:
            raise CannotDoError(f"/{command.name} has no subcommand {name!r}.")
        way.append(step)
        options = as_objects(step.get("options"))
    if any(one["type"] <= command_rules.SUB_COMMAND_GROUP for one in options):
        raise CannotDoError(f"A subcommand of /{command.name} must be chosen.")
    return way, options


def wrap(way: list[JsonObject], options: list[JsonObject]) -> list[JsonObject]:
    """Put filled options inside the subcommands that lead to them."""
    for step in reversed(way):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    return options


def fill(
    definitions: list[JsonObject], values: Mapping[str, OptionValue], uploader: Uploader, *, is_complete: bool = True
) -> tuple[list[JsonObject], Resolved]:
    """Fill in options.

    Args:
        definitions: The options that the command has.
        values: What the person enters, by name.
        uploader: Takes their files.
        is_complete: Must every required option be there? Not while they still type.

    Raises:
        CannotDoError: An option is unknown, missing, of another type, out of bounds, or none of the choices.
    """
    known = {str(one["name"]): one for one in definitions}
    unknown = set(values) - set(known)
    if unknown:
        raise CannotDoError(f"There is no option {min(unknown)!r}.")
    missing = [name for name, one in known.items() if one.get("required") and name not in values]
    if missing and is_complete:
        raise CannotDoError(f"The option {missing[0]!r} is required.")
    resolved = Resolved(uploader.user.id)
    filled: list[JsonObject] = []
    for name, value in values.items():
        _check_value(known[name], value)
        entered = _resolve(value, resolved, uploader)
        filled.append({"name": name, "type": known[name]["type"], "value": entered})
    return filled, resolved


def _resolve(value: OptionValue, resolved: Resolved, uploader: Uploader) -> str | int | float | bool:
    match value:
        case Upload():
            attachment = uploader.put(value)
            resolved.attachments.append(attachment)
            return str(attachment.id)
        case User():
            resolved.users.append(value)
        case Channel():
            resolved.channels.append(value)
        case Role():
            resolved.roles.append(value)
        case _:
            return value
    return str(value.id)


def _check_value(definition: JsonObject, value: OptionValue) -> None:
    name, kind = definition["name"], as_int(definition["type"])
    is_stray_bool = isinstance(value, bool) and kind != command_rules.BOOLEAN
    if is_stray_bool or not isinstance(value, _TYPES[kind]):
        raise CannotDoError(f"{value!r} does not fit the option {name!r}.")
    choices = as_objects(definition.get("choices"))
    if choices and value not in [choice["value"] for choice in choices]:
        raise CannotDoError(f"{value!r} is none of the choices of {name!r}.")
    if isinstance(value, str):
        _check_bounds(name, len(value), definition.get("min_length"), definition.get("max_length", 6000))
    elif isinstance(value, int | float):
        _check_bounds(name, value, definition.get("min_value"), definition.get("max_value"))
    elif isinstance(value, Upload):
        _check_file_type(name, value, as_list(definition.get("file_types")))


def _check_bounds(name: str, value: float, lowest: float | None, highest: float | None) -> None:
    if (lowest is not None and value < lowest) or (highest is not None and value > highest):
        raise CannotDoError(f"The option {name!r} must be from {lowest} to {highest}, not {value}.")


def _check_file_type(name: str, upload: Upload, types: list[str]) -> None:
    endings = [as_text(one) for one in types if as_text(one).startswith(".")]
    if endings and not upload.filename.lower().endswith(tuple(endings)):
        raise CannotDoError(f"The option {name!r} takes only {', '.join(endings)}.")
