"""Users, guilds, members, channels and the application as JSON, with every field that Discord publishes as required."""

from typing import Final

from sandbox.discord.kinds import ChannelType
from sandbox.discord.permissions import BOT
from sandbox.discord.state import Channel, Guild, Member, Overwrite, Role, Thread, User
from sandbox.discord.wire import JsonObject, iso, optional_id
from sandbox.discord.world import Application, World

_AGE_RESTRICTED: Final = {1, 3}
_POSTS_ONLY: Final = {ChannelType.FORUM, ChannelType.MEDIA}
_WITH_SLOWMODE: Final = {ChannelType.TEXT, ChannelType.ANNOUNCEMENT} | _POSTS_ONLY


def user_payload(user: User) -> JsonObject:
    """A user as others see it."""
    payload: JsonObject = {
        "id": str(user.id),
        "username": user.username,
        "discriminator": "0000" if user.bot else "0",
        "global_name": user.global_name,
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "accent_color": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
    }
    return {**payload, "bot": True} if user.bot else payload


def own_user_payload(user: User) -> JsonObject:
    """The bot's own user, as ``/users/@me`` and READY tell it."""
    return {**user_payload(user), "mfa_enabled": True, "locale": "en-US", "verified": True, "email": None}


def application_payload(application: Application, *, guild_count: int) -> JsonObject:
    """The bot's own application."""
    return {
        "id": str(application.id),
        "name": application.name,
        "icon": None,
        "description": "Remixes images.",
        "type": None,
        "bot": user_payload(application.bot),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": application.verify_key,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_payload(application.owner),
        "team": None,
        "approximate_guild_count": guild_count,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "install_params": {"scopes": ["bot", "applications.commands"], "permissions": str(int(BOT))},
        "integration_types_config": {"0": {}, "1": {}},
    }


def role_payload(role: Role) -> JsonObject:
    """A role."""
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(int(role.permissions)),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.managed,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def member_payload(world: World, member: Member) -> JsonObject:
    """A member, with the user inside."""
    return {**bare_member_payload(member), "user": user_payload(world.directory.users[member.user_id])}


def bare_member_payload(member: Member) -> JsonObject:
    """A member as events carry it beside its user."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": iso(member.joined_at),
        "nick": member.nick,
        "pending": False,
        "premium_since": None,
        "roles": [str(role_id) for role_id in member.role_ids],
        "mute": False,
        "deaf": False,
    }


def guild_payload(guild: Guild) -> JsonObject:
    """A server as the REST API tells it."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(guild.owner_id),
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 1,
        "roles": [role_payload(role) for role in guild.roles.values()],
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 2,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": guild.premium_tier,
        "premium_subscription_count": 0,
        "preferred_locale": guild.locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": guild.nsfw_level in _AGE_RESTRICTED,
        "nsfw_level": guild.nsfw_level,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def guild_create_payload(world: World, guild: Guild) -> JsonObject:
    """A server as GUILD_CREATE tells it: with channels, the threads that the bot sees, and the bot as member."""
    bot = guild.members[world.bot.id]
    return {
        **guild_payload(guild),
        "joined_at": iso(bot.joined_at),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [member_payload(world, bot)],
        "channels": [channel_payload(world, channel) for channel in world.channels_of(guild)],
        "threads": [
            thread_payload(channel, thread)
            for channel in world.threads_of(guild)
            if (thread := channel.thread) is not None
            and not thread.archived
            and world.permissions(world.bot.id, channel)
        ],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def overwrite_payload(overwrite: Overwrite) -> JsonObject:
    """What a channel allows or denies someone."""
    return {
        "id": str(overwrite.target_id),
        "type": int(overwrite.is_member),
        "allow": str(int(overwrite.allow)),
        "deny": str(int(overwrite.deny)),
    }


def channel_payload(world: World, channel: Channel) -> JsonObject:
    """A channel, a thread or direct messages."""
    if channel.thread is not None:
        return thread_payload(channel, channel.thread)
    shared = {
        "id": str(channel.id),
        "type": int(channel.type),
        "flags": 0,
        "last_message_id": optional_id(channel.last_message_id),
    }
    if channel.guild_id is None:
        recipients = [user_payload(world.directory.users[user_id]) for user_id in channel.recipient_ids]
        if channel.type is ChannelType.GROUP_DM:
            owner_id = optional_id(next(iter(channel.recipient_ids), None))
            return {**shared, "recipients": recipients, "name": channel.name, "icon": None, "owner_id": owner_id}
        return {**shared, "recipients": recipients}
    payload: JsonObject = {
        **shared,
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "parent_id": optional_id(channel.parent_id),
        "position": channel.position,
        "permission_overwrites": [overwrite_payload(overwrite) for overwrite in channel.overwrites.values()],
        "nsfw": channel.nsfw,
        "topic": channel.topic,
    }
    if channel.type in _WITH_SLOWMODE:
        payload["rate_limit_per_user"] = channel.slowmode_seconds
    if channel.type in {ChannelType.VOICE, ChannelType.STAGE}:
        payload.update(bitrate=64000, user_limit=0, rtc_region=None, rate_limit_per_user=channel.slowmode_seconds)
    if channel.type in _POSTS_ONLY:
        payload.update(available_tags=[], default_reaction_emoji=None, default_sort_order=None, default_forum_layout=0)
    return payload


def thread_payload(channel: Channel, thread: Thread) -> JsonObject:
    """A thread."""
    metadata: JsonObject = {
        "archived": thread.archived,
        "archive_timestamp": iso(thread.archive_changed_at),
        "auto_archive_duration": thread.auto_archive_minutes,
        "locked": thread.locked,
        "create_timestamp": iso(thread.created_at),
    }
    if channel.type is ChannelType.PRIVATE_THREAD:
        metadata["invitable"] = thread.invitable
    return {
        "id": str(channel.id),
        "type": int(channel.type),
        "flags": 0,
        "last_message_id": optional_id(channel.last_message_id),
        "guild_id": optional_id(channel.guild_id),
        "name": channel.name,
        "parent_id": optional_id(channel.parent_id),
        "owner_id": str(thread.owner_id),
        "rate_limit_per_user": channel.slowmode_seconds,
        "thread_metadata": metadata,
        "message_count": thread.message_count,
        "member_count": len(thread.member_ids),
        "total_message_sent": thread.total_message_sent,
    }


def thread_member_payload(channel: Channel, user_id: int) -> JsonObject:
    """Somebody's membership in a thread."""
    joined_at = channel.thread.member_ids[user_id] if channel.thread is not None else None
    return {"id": str(channel.id), "user_id": str(user_id), "join_timestamp": iso(joined_at), "flags": 0}
