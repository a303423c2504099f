"""Who a message mentions, and whom of them it may ping.

See https://docs.discord.com/developers/resources/message#allowed-mentions-object.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sandbox.discord.form_rules import FormError, flag, listed, one_of, record, snowflake
from sandbox.discord.permissions import Permission
from sandbox.discord.state import Channel
from sandbox.discord.wire import JsonObject, as_id, as_list, as_object
from sandbox.discord.world import World

_USER: Final = re.compile(r"<@!?(\d+)>")
_ROLE: Final = re.compile(r"<@&(\d+)>")
_EVERYONE: Final = re.compile(r"@(?:everyone|here)\b")
_MOST: Final = 100

_FORM: Final = record(
    {},
    {
        "parse": listed(one_of("users", "roles", "everyone"), 0, 3),
        "users": listed(snowflake, 0, _MOST),
        "roles": listed(snowflake, 0, _MOST),
        "replied_user": flag,
    },
)


@dataclass(frozen=True)
class Mentions:
    """Whom a message names with effect, and who of them is really pinged."""

    user_ids: tuple[int, ...] = ()
    role_ids: tuple[int, ...] = ()
    everyone: bool = False
    pinged_user_ids: tuple[int, ...] = ()


def check_allowed_mentions(value: object) -> list[FormError]:
    """What is wrong with a message's ``allowed_mentions``."""
    path = ("allowed_mentions",)
    found = list(_FORM(value, path))
    fields = as_object(value) or {}
    found.extend(
        FormError(
            (*path, key), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", f'parse:["{key}"] and {key}: [ids] are exclusive.'
        )
        for key in ("users", "roles")
        if fields.get(key) and key in as_list(fields.get("parse"))
    )
    return found


def find_mentions(
    world: World,
    channel: Channel,
    *,
    texts: list[str],
    allowed: JsonObject | None,
    author_id: int,
    replied_to: int | None,
) -> Mentions:
    """Read a message's mentions.

    Args:
        world: Knows users, roles and permissions.
        channel: Where the message is.
        texts: Its content, or what its TextDisplays say.
        allowed: Its ``allowed_mentions``; None allows all.
        author_id: Who wrote it.
        replied_to: The author of the message that it answers, if any.
    """
    text = "\n".join(texts)
    guild = world.guild_of(channel)
    may_user, may_role = _filter("users", allowed), _filter("roles", allowed)
    users = [user_id for user_id in _ids(_USER, text) if user_id in world.directory.users and may_user(user_id)]
    if replied_to is not None and (allowed is None or allowed.get("replied_user", False)):
        users.append(replied_to)
    roles = [
        role_id for role_id in _ids(_ROLE, text) if guild is not None and role_id in guild.roles and may_role(role_id)
    ]
    may_everyone = allowed is None or "everyone" in as_list(allowed.get("parse"))
    is_permitted = guild is not None and world.can(author_id, channel, Permission.MENTION_EVERYONE)
    everyone = bool(_EVERYONE.search(text)) and may_everyone and is_permitted
    pinged = set(users)
    for member in guild.members.values() if guild is not None else ():
        if everyone or (is_permitted and set(roles) & set(member.role_ids)):
            pinged.add(member.user_id)
    reached = (user_id for user_id in sorted(pinged) if Permission.VIEW_CHANNEL in world.permissions(user_id, channel))
    return Mentions(
        user_ids=tuple(dict.fromkeys(users)),
        role_ids=tuple(roles),
        everyone=everyone,
        pinged_user_ids=tuple(user_id for user_id in reached if user_id != author_id),
    )


def _ids(pattern: re.Pattern[str], text: str) -> list[int]:
    return list(dict.fromkeys(int(found) for found in pattern.findall(text)))


def _filter(kind: str, allowed: JsonObject | None) -> Callable[[int], bool]:
    if allowed is None or kind in as_list(allowed.get("parse")):
        return lambda _snowflake: True
    named = {as_id(value) for value in as_list(allowed.get(kind))}
    return lambda snowflake: snowflake in named
