"""What the simulated Discord is made of: people, guilds, channels, messages, commands, interactions.

Values that never change are frozen; the rest is the World's memory and is changed only by the modules of this package.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sandbox.discord.cdn import StoredFile
from sandbox.discord.kinds import CallbackType, ChannelType, CommandType, InteractionType, MessageFlag, MessageType
from sandbox.discord.wire import JsonObject

MEBIBYTE: Final = 1024 * 1024
UPLOAD_LIMIT_BY_TIER: Final = {0: 10 * MEBIBYTE, 1: 10 * MEBIBYTE, 2: 50 * MEBIBYTE, 3: 100 * MEBIBYTE}


NO_FLAGS: Final = MessageFlag(0)


@dataclass(frozen=True)
class User:
    """A person or a bot."""

    id: int
    username: str
    global_name: str | None = None
    bot: bool = False
    upload_limit_bytes: int = 10 * MEBIBYTE

    @property
    def shown_name(self) -> str:
        """The name that others read."""
        return self.global_name or self.username


@dataclass
class Role:
    """A role of a guild; the one whose id is the guild's is @everyone."""

    id: int
    name: str
    permissions: int
    position: int = 0
    managed: bool = False


@dataclass(frozen=True)
class Overwrite:
    """What a channel allows or denies to a role or a member."""

    target_id: int
    is_member: bool
    allow: int = 0
    deny: int = 0


@dataclass
class Member:
    """A user's membership in a guild."""

    user_id: int
    joined_at: datetime
    role_ids: list[int] = field(default_factory=list[int])
    nick: str | None = None


@dataclass
class Guild:
    """A server."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    premium_tier: int = 0
    locale: str = "en-US"
    thread_cap: int = 1000
    nsfw_level: int = 0
    """0 for none yet, 1 explicit, 2 safe, 3 age-restricted."""
    takes_at_most_bytes: int | None = None
    """What it takes in truth, where that is less than it says."""

    @property
    def upload_limit_bytes(self) -> int:
        """The largest file that anyone may upload here."""
        return UPLOAD_LIMIT_BY_TIER[self.premium_tier]


@dataclass
class Thread:
    """What a thread has beyond a channel."""

    owner_id: int
    created_at: datetime
    archive_changed_at: datetime
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    auto_archive_minutes: int = 4320
    member_ids: dict[int, datetime] = field(default_factory=dict[int, datetime])
    message_count: int = 0
    total_message_sent: int = 0


@dataclass
class Channel:
    """A channel of a guild, a thread, or a direct message."""

    id: int
    type: ChannelType
    name: str
    guild_id: int | None = None
    parent_id: int | None = None
    position: int = 0
    topic: str | None = None
    nsfw: bool = False
    slowmode_seconds: int = 0
    overwrites: dict[int, Overwrite] = field(default_factory=dict[int, Overwrite])
    recipient_ids: tuple[int, ...] = ()
    thread: Thread | None = None
    last_message_id: int | None = None


@dataclass(frozen=True)
class Upload:
    """A file on its way in."""

    filename: str
    data: bytes
    content_type: str | None = None


@dataclass(frozen=True)
class Attachment:
    """A stored file as a message or an interaction carries it."""

    file: StoredFile
    description: str | None = None
    title: str | None = None
    ephemeral: bool = False
    spoiler: bool = False

    @property
    def id(self) -> int:
        """The attachment's id."""
        return self.file.attachment_id

    @property
    def filename(self) -> str:
        """The name by which it was uploaded."""
        return self.file.filename


@dataclass
class Message:
    """A message, public or ephemeral. Its components keep references to attachments; rendering makes URLs of them."""

    id: int
    channel_id: int
    author_id: int
    sent_at: datetime
    type: MessageType = MessageType.DEFAULT
    content: str = ""
    embeds: list[JsonObject] = field(default_factory=list[JsonObject])
    components: list[JsonObject] = field(default_factory=list[JsonObject])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    flags: MessageFlag = NO_FLAGS
    edited_at: datetime | None = None
    mentioned_user_ids: tuple[int, ...] = ()
    mentioned_role_ids: tuple[int, ...] = ()
    mentions_everyone: bool = False
    pinged_user_ids: tuple[int, ...] = ()
    nonce: str | int | None = None
    tts: bool = False
    reply_to: tuple[int, int] | None = None
    interaction: "Interaction | None" = None
    ephemeral_to: int | None = None
    has_thread: bool = False
    is_deleted: bool = False
    revision: int = 0

    @property
    def is_loading(self) -> bool:
        """Is it a deferred answer that still says "thinking"?"""
        return MessageFlag.LOADING in self.flags

    @property
    def is_v2(self) -> bool:
        """Is it made of Components V2?"""
        return MessageFlag.COMPONENTS_V2 in self.flags


@dataclass(frozen=True)
class Command:
    """An application command as the bot registered it."""

    id: int
    version: int
    guild_id: int | None
    fields: JsonObject

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.fields["name"])

    @property
    def type(self) -> CommandType:
        """Slash, user menu or message menu."""
        return CommandType(self.fields["type"])


@dataclass
class Interaction:
    """Something a person did that the bot must answer within three seconds."""

    id: int
    token: str
    type: InteractionType
    user_id: int
    channel_id: int
    guild_id: int | None
    locale: str
    created_at: datetime
    data: Callable[[str], JsonObject]
    owners: dict[str, str]
    command: Command | None = None
    message: Message | None = None
    target_message_id: int | None = None
    target_user_id: int | None = None
    opened_by: "Interaction | None" = None
    answer: CallbackType | None = None
    answered_at: datetime | None = None
    original: Message | None = None
    awaits_first_followup: bool = False
    followups: list[Message] = field(default_factory=list[Message])
    is_expired: bool = False
    modal: JsonObject | None = None
    choices: list[JsonObject] | None = None
