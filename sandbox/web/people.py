"""The people that a visitor of the page can be, and what each is in a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.permissions import Permission, base_permissions

if TYPE_CHECKING:
    from sandbox.discord.state import Guild, User
    from sandbox.discord.wire import JsonObject
    from sandbox.discord.world import World


def people(world: World) -> list[JsonObject]:
    """Everyone who is somewhere and no bot, with what they are in the first server they are in."""
    return [
        {"username": user.username, "name": user.shown_name, "is": _standing(home, user), "in": home.name}
        for user in world.directory.users.values()
        if not user.bot and (home := _home(world, user)) is not None
    ]


def _home(world: World, user: User) -> Guild | None:
    return next((guild for guild in world.directory.guilds.values() if user.id in guild.members), None)


def _standing(guild: Guild, user: User) -> str:
    if user.id == guild.owner_id:
        return "admin"
    may = base_permissions(guild, guild.members[user.id])
    if Permission.MANAGE_MESSAGES in may:
        return "moderator"
    return "member" if Permission.SEND_MESSAGES in may else "newcomer"
