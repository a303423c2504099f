"""Transcripts: what a person reads in a channel, as plain text that is the same in every run.

Ids become names and relative times become words, so a transcript can be kept as a golden file.
"""

import re
from collections.abc import Iterable
from typing import Final

from sandbox.discord.components import SELECTS, Kind
from sandbox.discord.kinds import MessageType
from sandbox.discord.layout import file_name_of
from sandbox.discord.state import Message
from sandbox.discord.wire import JsonObject, as_object, as_objects, as_text
from sandbox.discord.world import World

_LINK_STYLE: Final = 5
_USER: Final = re.compile(r"<@!?(\d+)>")
_ROLE: Final = re.compile(r"<@&(\d+)>")
_CHANNEL: Final = re.compile(r"<#(\d+)>")
_TIME: Final = re.compile(r"<t:-?\d+(?::([tTdDfFsSR]))?>")
_COMMAND: Final = re.compile(r"</([^:>]+):\d+>")
_EMOJI: Final = re.compile(r"<a?(:\w+:)\d+>")
_BAR: Final = "│ "


class Transcript:
    """Writes messages as plain text.

    Args:
        world: Knows the names behind ids.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def render(self, message: Message) -> str:
        """One message, with the name of its author above it."""
        lines = [self._heading(message)]
        if message.is_loading:
            lines.append(f"{self._name(message.author_id)} is thinking...")
        lines += self.readable(message.content).splitlines()
        lines += [line for embed in message.embeds for line in self._embed(embed)]
        lines += [line for component in message.components for line in self._component(component, message)]
        lines += [f"[attachment: {name}]" for name in self._loose_files(message)]
        thread = self._world.directory.channels.get(message.id) if message.has_thread else None
        if thread is not None:
            lines.append(f"(thread: {thread.name})")
        return "\n".join(line.rstrip() for line in lines)

    def render_all(self, messages: Iterable[Message]) -> str:
        """Several messages, an empty line between them; what only marks where a thread begins is left out."""
        return "\n\n".join(
            self.render(message) for message in messages if message.type is not MessageType.THREAD_STARTER
        )

    def readable(self, text: str) -> str:
        """A text as Discord's client shows it: names for ids, words for times."""
        text = _USER.sub(lambda found: f"@{self._name(int(found[1]))}", text)
        text = _ROLE.sub(lambda found: f"@{self._role(int(found[1]))}", text)
        text = _CHANNEL.sub(lambda found: f"#{self._channel(int(found[1]))}", text)
        text = _TIME.sub(lambda found: "<relative time>" if found[1] == "R" else "<time>", text)
        text = _COMMAND.sub(lambda found: f"/{found[1]}", text)
        return _EMOJI.sub(lambda found: found[1], text)

    def _heading(self, message: Message) -> str:
        name = self._name(message.author_id)
        if message.ephemeral_to is not None:
            return f"{name} (only {self._name(message.ephemeral_to)} sees this):"
        return f"{name}:"

    def _name(self, user_id: int) -> str:
        user = self._world.directory.users.get(user_id)
        return user.shown_name if user is not None else "unknown"

    def _role(self, role_id: int) -> str:
        roles = (guild.roles.get(role_id) for guild in self._world.directory.guilds.values())
        return next((role.name.removeprefix("@") for role in roles if role is not None), "unknown")

    def _channel(self, channel_id: int) -> str:
        channel = self._world.directory.channels.get(channel_id)
        return channel.name if channel is not None else "unknown"

    def _component(self, component: JsonObject, message: Message) -> list[str]:
        match Kind(component["type"]):
            case Kind.CONTAINER:
                lines = [_BAR + line for line in self._children(component, message)]
            case Kind.TEXT_DISPLAY:
                lines = self.readable(as_text(component["content"])).splitlines()
            case Kind.SEPARATOR:
                lines = ["---" if component.get("divider", True) else ""]
            case Kind.MEDIA_GALLERY:
                lines = [f"[pictures: {', '.join(self._pictures(component, message))}]"]
            case Kind.FILE:
                lines = [f"[file: {file_name_of(component['file'], message.attachments)}]"]
            case Kind.THUMBNAIL:
                lines = [f"[picture: {file_name_of(component['media'], message.attachments)}]"]
            case Kind.SECTION:
                beside = as_object(component.get("accessory"))
                lines = self._children(component, message)
                lines += self._component(beside, message) if beside is not None else []
            case Kind.ACTION_ROW:
                lines = [" ".join(_control(child) for child in as_objects(component["components"]))]
            case _:
                lines = [_control(component)]
        return lines

    def _children(self, component: JsonObject, message: Message) -> list[str]:
        return [line for child in as_objects(component["components"]) for line in self._component(child, message)]

    def _pictures(self, gallery: JsonObject, message: Message) -> list[str]:
        names: list[str] = []
        for item in as_objects(gallery["items"]):
            name = file_name_of(item["media"], message.attachments)
            described = f"{name} ({self.readable(item['description'])})" if item.get("description") else name
            names.append(f"||{described}||" if item.get("spoiler") else described)
        return names

    def _loose_files(self, message: Message) -> list[str]:
        return [] if message.is_v2 else [attachment.filename for attachment in message.attachments]

    def _embed(self, embed: JsonObject) -> list[str]:
        texts = [as_text(embed.get("title")), as_text(embed.get("description"))]
        texts += [f"{field['name']}: {field['value']}" for field in as_objects(embed.get("fields"))]
        texts.append(as_text((as_object(embed.get("footer")) or {}).get("text")))
        return [_BAR + line for text in texts if text for line in self.readable(text).splitlines()]


def _control(component: JsonObject) -> str:
    emoji = as_text((as_object(component.get("emoji")) or {}).get("name"))
    if component["type"] in SELECTS:
        options = " / ".join(as_text(option.get("label")) for option in as_objects(component.get("options")))
        shown = ": ".join(part for part in (as_text(component.get("placeholder")) or "Select", options) if part)
    else:
        shown = " ".join(part for part in (emoji, as_text(component.get("label"))) if part)
    if component.get("style") == _LINK_STYLE:
        shown += " ->"
    return f"[{shown} (off)]" if component.get("disabled") else f"[{shown}]"
