"""Messages and attachments as JSON, with every field that Discord publishes as required."""

from typing import Final

from sandbox.discord.events import Intent
from sandbox.discord.kinds import InteractionType, MessageFlag
from sandbox.discord.layout import MediaPrinter, referenced_attachment_ids
from sandbox.discord.payloads import channel_payload, user_payload
from sandbox.discord.state import Attachment, Channel, Interaction, Message
from sandbox.discord.wire import JsonObject, as_object, as_objects, as_text, iso, optional_id, present
from sandbox.discord.world import World

_SPOILER_FLAG: Final = 1 << 3


def attachment_payload(world: World, attachment: Attachment, *, site: str) -> JsonObject:
    """A file with URLs that work from the asker's place."""
    url = world.cdn.sign(attachment.file, base_url=site)
    return present(
        {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "size": attachment.file.size,
            "url": url,
            "proxy_url": url,
            "width": attachment.file.width,
            "height": attachment.file.height,
            "content_type": attachment.file.content_type,
            "description": attachment.description,
            "title": attachment.title,
            "ephemeral": attachment.ephemeral or None,
            "flags": _SPOILER_FLAG if attachment.spoiler else None,
        }
    )


def message_payload(world: World, message: Message, *, site: str, is_new: bool = False) -> JsonObject:
    """A message as REST tells it.

    Args:
        world: Where it is.
        message: The message.
        site: Scheme and host under which the asker reaches us.
        is_new: Is this the answer to its sending? Only then its nonce is told: it is not kept.
    """
    printer = MediaPrinter(world, message.attachments, site=site)
    shown = referenced_attachment_ids(message.components) | _embedded(message)
    payload: JsonObject = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": int(message.type),
        "author": user_payload(world.directory.users[message.author_id]),
        "content": message.content,
        "timestamp": iso(message.sent_at),
        "edited_timestamp": iso(message.edited_at),
        "tts": message.tts,
        "mention_everyone": message.mentions_everyone,
        "mentions": [user_payload(world.directory.users[user_id]) for user_id in message.mentioned_user_ids],
        "mention_roles": [str(role_id) for role_id in message.mentioned_role_ids],
        "attachments": [
            attachment_payload(world, attachment, site=site)
            for attachment in message.attachments
            if attachment.id not in shown
        ],
        "embeds": [_embed(embed, printer) for embed in message.embeds],
        "components": printer.components(message.components),
        "flags": int(message.flags),
        "pinned": False,
    }
    if message.nonce is not None and is_new:
        payload["nonce"] = message.nonce
    if message.reply_to is not None:
        payload.update(_reference(world, message.reply_to, site=site))
    thread = world.directory.channels.get(message.id)
    if thread is not None and message.has_thread:
        payload["thread"] = channel_payload(world, thread)
    if message.interaction is not None:
        payload.update(_made_by(world, message, message.interaction))
    return payload


def event_message_payload(
    world: World, message: Message, *, site: str, intents: int, is_new: bool = False
) -> JsonObject:
    """A message as the gateway tells it: where it is, who wrote it, and only what the intents let the bot read."""
    payload = message_payload(world, message, site=site, is_new=is_new)
    channel = world.directory.channels[message.channel_id]
    payload["channel_type"] = int(channel.type)
    guild = world.guild_of(channel)
    if guild is not None:
        payload["guild_id"] = str(guild.id)
        payload.update(_author_member(world, channel, message))
    is_readable = (
        intents & Intent.MESSAGE_CONTENT
        or guild is None
        or message.author_id == world.bot.id
        or world.bot.id in message.mentioned_user_ids
    )
    if not is_readable:
        payload.update(content="", embeds=[], attachments=[], components=[])
    return payload


def metadata_payload(world: World, interaction: Interaction) -> JsonObject:
    """Where an answer came from, as its message tells it."""
    metadata: JsonObject = {
        "id": str(interaction.id),
        "type": int(interaction.type),
        "user": user_payload(world.directory.users[interaction.user_id]),
        "authorizing_integration_owners": interaction.owners,
    }
    if interaction.type is InteractionType.COMPONENT and interaction.message is not None:
        metadata["interacted_message_id"] = str(interaction.message.id)
    if interaction.opened_by is not None:
        metadata["triggering_interaction_metadata"] = metadata_payload(world, interaction.opened_by)
    if interaction.target_message_id is not None:
        metadata["target_message_id"] = str(interaction.target_message_id)
    if interaction.target_user_id is not None:
        metadata["target_user"] = user_payload(world.directory.users[interaction.target_user_id])
    return metadata


def _made_by(world: World, message: Message, interaction: Interaction) -> JsonObject:
    application_id = str(world.application.id)
    metadata = metadata_payload(world, interaction)
    if interaction.original is not None and message is not interaction.original:
        metadata["original_response_message_id"] = str(interaction.original.id)
    made: JsonObject = {
        "application_id": application_id,
        "webhook_id": application_id,
        "interaction_metadata": metadata,
    }
    if interaction.command is not None and message is interaction.original:
        made["interaction"] = {
            "id": str(interaction.id),
            "type": int(interaction.type),
            "name": _full_name(interaction),
            "user": user_payload(world.directory.users[interaction.user_id]),
        }
    return made


def _full_name(interaction: Interaction) -> str:
    """The command with its subcommands.

    See https://docs.discord.com/developers/interactions/receiving-and-responding#message-interaction-object.
    """
    data = interaction.data("")
    names = [as_text(data.get("name"))]
    options = as_objects(data.get("options"))
    while len(options) == 1 and "options" in options[0]:
        names.append(as_text(options[0]["name"]))
        options = as_objects(options[0]["options"])
    return " ".join(names)


def _reference(world: World, reply_to: tuple[int, int], *, site: str) -> JsonObject:
    channel_id, message_id = reply_to
    referenced = world.directory.messages.get(channel_id, {}).get(message_id)
    told = message_payload(world, referenced, site=site) if referenced is not None else None
    if told is not None:
        told.pop("referenced_message", None)
    channel = world.directory.channels.get(channel_id)
    return {
        "message_reference": present(
            {
                "type": 0,
                "channel_id": str(channel_id),
                "message_id": str(message_id),
                "guild_id": optional_id(channel.guild_id if channel is not None else None),
            }
        ),
        "referenced_message": told,
    }


def _author_member(world: World, channel: Channel, message: Message) -> JsonObject:
    from_webhook = message.interaction is not None
    guild = world.guild_of(channel)
    member = guild.members.get(message.author_id) if guild is not None else None
    if member is None or from_webhook:
        return {}
    return {
        "member": {
            "roles": [str(role_id) for role_id in member.role_ids],
            "joined_at": iso(member.joined_at),
            "mute": False,
            "deaf": False,
            "flags": 0,
        }
    }


def _embedded(message: Message) -> set[int]:
    pictures = (as_object(value) for embed in message.embeds for value in embed.values())
    return {int(picture["attachment_id"]) for picture in pictures if picture and "attachment_id" in picture}


def _embed(kept: JsonObject, printer: MediaPrinter) -> JsonObject:
    told = dict(kept)
    for key, value in kept.items():
        picture = as_object(value)
        if picture is None or "attachment_id" not in picture:
            continue
        media = printer.media({"attachment_id": picture["attachment_id"]})
        url_key = "url" if key in {"image", "thumbnail"} else "icon_url"
        rest = {name: held for name, held in picture.items() if name != "attachment_id"}
        told[key] = {**rest, url_key: media["url"], f"proxy_{url_key}": media["proxy_url"]}
        if url_key == "url":
            told[key].update(width=media["width"], height=media["height"])
    if "fields" in kept:
        told["fields"] = [{"inline": False, **entry} for entry in as_objects(kept["fields"])]
    return told


def is_visible(message: Message, user_id: int) -> bool:
    """Does this person see the message, given that they see its channel?"""
    return not message.is_deleted and message.ephemeral_to in {None, user_id}


EDITABLE: Final = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2
"""The flags that an edit may set."""
