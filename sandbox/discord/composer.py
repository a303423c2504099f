"""Composing: what a bot sent, judged and turned into the contents of a message."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.discord.components import check_message
from sandbox.discord.errors import invalid_field, invalid_form, refusal
from sandbox.discord.form_rules import FormError
from sandbox.discord.kinds import MessageFlag
from sandbox.discord.layout import ATTACHMENT_SCHEME, Normaliser, referenced_attachment_ids, texts_of
from sandbox.discord.mentions import check_allowed_mentions
from sandbox.discord.state import Attachment, Channel, Message, Upload
from sandbox.discord.wire import JsonObject, as_id, as_int, as_object, as_objects, as_text
from sandbox.discord.world import World

MOST_FILES: Final = 10
_EMBED_PICTURES: Final = (("image", "url"), ("thumbnail", "url"), ("footer", "icon_url"), ("author", "icon_url"))


@dataclass(frozen=True)
class Draft:
    """A message as it was sent: its JSON, and its files by number."""

    payload: JsonObject
    uploads: Mapping[int, Upload] = field(default_factory=dict[int, Upload])


@dataclass(frozen=True)
class Contents:
    """What a message says after a create or an edit."""

    content: str
    embeds: list[JsonObject]
    components: list[JsonObject]
    attachments: list[Attachment]
    flags: MessageFlag
    allowed_mentions: JsonObject | None

    @property
    def texts(self) -> list[str]:
        """Everything in which a mention counts."""
        return [self.content, *texts_of(self.components)]

    @property
    def is_empty(self) -> bool:
        """Is there nothing to show?"""
        return not (self.content or self.embeds or self.components or self.attachments)


class Composer:
    """Judges drafts by Discord's rules and stores their files.

    Args:
        world: Gives ids and keeps the files.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def compose(
        self,
        draft: Draft,
        *,
        channel: Channel,
        limit_bytes: int,
        settable: MessageFlag,
        old: Message | None = None,
        is_ephemeral: bool = False,
    ) -> Contents:
        """Judge a draft and make contents of it.

        Args:
            draft: What was sent.
            channel: Where the message is or will be.
            limit_bytes: The largest file that is allowed.
            settable: The flags that the bot may set here.
            old: The message that is edited; what the draft does not name stays as it is.
            is_ephemeral: Will only one person see a new message? Then its files lie elsewhere.

        Raises:
            DiscordError: 50035, malformed; 30015, too many files; 40005, a file is too large; 50006, empty.
        """
        payload = draft.payload
        is_ephemeral = is_ephemeral or (old is not None and old.ephemeral_to is not None)
        flags = self._flags(payload, settable=settable, old=old)
        kept = self._kept_attachments(draft, old)
        described = self._described_uploads(draft)
        if len(kept) + len(draft.uploads) > MOST_FILES:
            raise refusal(30015)
        if any(len(upload.data) > limit_bytes for upload in draft.uploads.values()):
            raise refusal(40005)
        self._judge(draft, flags=flags, kept=kept, old=old)
        fresh = [
            self._store(upload, channel=channel, said=described.get(number, {}), is_ephemeral=is_ephemeral)
            for number, upload in sorted(draft.uploads.items())
        ]
        return self._contents(payload, flags=flags, attachments=[*kept, *fresh], old=old)

    def _flags(self, payload: JsonObject, *, settable: MessageFlag, old: Message | None) -> MessageFlag:
        sent = MessageFlag(as_int(payload.get("flags")))
        before = old.flags & ~(MessageFlag.SUPPRESS_EMBEDS | MessageFlag.LOADING) if old is not None else MessageFlag(0)
        if old is not None and payload.get("flags") is None:
            before |= old.flags & MessageFlag.SUPPRESS_EMBEDS
        return before | (sent & settable)

    def _judge(self, draft: Draft, *, flags: MessageFlag, kept: list[Attachment], old: Message | None) -> None:
        names = [*(attachment.filename for attachment in kept), *(upload.filename for upload in draft.uploads.values())]
        errors: list[FormError] = check_message(draft.payload, flags=int(flags), attachment_names=names)
        if draft.payload.get("allowed_mentions") is not None:
            errors += check_allowed_mentions(draft.payload["allowed_mentions"])
        if old is not None and MessageFlag.COMPONENTS_V2 in flags:
            errors += _left_standing(draft.payload, old)
        if errors:
            raise invalid_form(errors)

    def _kept_attachments(self, draft: Draft, old: Message | None) -> list[Attachment]:
        before = {attachment.id: attachment for attachment in old.attachments} if old is not None else {}
        if draft.payload.get("attachments") is None:
            return list(before.values())
        kept: list[Attachment] = []
        for index, said in enumerate(as_objects(draft.payload["attachments"])):
            number = as_id(said.get("id"))
            if number in before:
                kept.append(before[number])
            elif number not in draft.uploads:
                raise invalid_field(
                    "attachments", index, "id", code="ATTACHMENT_NOT_FOUND", message="Attachment data cannot be found"
                )
        return kept

    def _described_uploads(self, draft: Draft) -> dict[int, JsonObject]:
        said = as_objects(draft.payload.get("attachments"))
        return {number: entry for entry in said if (number := as_id(entry.get("id"))) is not None}

    def _store(self, upload: Upload, *, channel: Channel, said: JsonObject, is_ephemeral: bool) -> Attachment:
        folder = f"attachments/{channel.id}"
        if is_ephemeral:
            folder = f"ephemeral-attachments/{self._world.application.id}"
        stored = self._world.cdn.put(
            upload.data,
            filename=upload.filename,
            content_type=None,
            folder=folder,
            attachment_id=self._world.snowflakes.next(),
        )
        return Attachment(
            file=stored,
            description=said.get("description"),
            title=said.get("title"),
            ephemeral=is_ephemeral,
            spoiler=bool(said.get("is_spoiler")) or upload.filename.startswith("SPOILER_"),
        )

    def _contents(
        self, payload: JsonObject, *, flags: MessageFlag, attachments: list[Attachment], old: Message | None
    ) -> Contents:
        by_name = {attachment.filename: attachment for attachment in attachments}
        components = old.components if old is not None else []
        if "components" in payload:
            components = Normaliser(self._world, by_name).normalise(as_objects(payload["components"]))
        embeds = old.embeds if old is not None else []
        if "embeds" in payload:
            embeds = [_kept_embed(embed, by_name) for embed in as_objects(payload["embeds"])]
        missing = referenced_attachment_ids(components) - {attachment.id for attachment in attachments}
        if missing:
            raise invalid_field(
                "attachments", code="SANDBOX_ATTACHMENT_IN_USE", message="A component still shows a removed attachment."
            )
        before = old.content if old is not None else ""
        contents = Contents(
            content=as_text(payload["content"]) if "content" in payload else before,
            embeds=embeds,
            components=components,
            attachments=attachments,
            flags=flags,
            allowed_mentions=as_object(payload.get("allowed_mentions")),
        )
        if contents.is_empty:
            raise refusal(50006)
        return contents


def _left_standing(payload: JsonObject, old: Message) -> list[FormError]:
    """What of the old message may not stay when Components V2 come in."""
    standing = {"content": old.content, "embeds": old.embeds}
    return [
        FormError(
            (key,),
            "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
            f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
        )
        for key, value in standing.items()
        if value and key not in payload
    ]


def _kept_embed(sent: JsonObject, by_name: Mapping[str, Attachment]) -> JsonObject:
    kept: JsonObject = {key: value for key, value in sent.items() if value is not None}
    kept["type"] = "rich"
    for key, url_key in _EMBED_PICTURES:
        picture: dict[str, Any] = dict(as_object(kept.get(key)) or {})
        url = as_text(picture.get(url_key))
        if url.startswith(ATTACHMENT_SCHEME):
            picture["attachment_id"] = str(by_name[url.removeprefix(ATTACHMENT_SCHEME)].id)
            kept[key] = picture
    return kept
