"""REST: servers, channels, users, the application and the way to the gateway."""

from typing import Final

from sandbox.discord.call import NO_CONTENT, Answer, Call, Routes
from sandbox.discord.errors import invalid_form, refusal
from sandbox.discord.form_rules import Rule, anything, flag, record, snowflake, text, whole
from sandbox.discord.kinds import ChannelType
from sandbox.discord.payloads import (
    application_payload,
    channel_payload,
    guild_payload,
    member_payload,
    own_user_payload,
    role_payload,
    user_payload,
)
from sandbox.discord.permissions import Permission, base_permissions
from sandbox.discord.services import GATEWAY_PATH
from sandbox.discord.wire import as_id, as_int

routes: Final = Routes()

_CHANNEL_FORM: Final[dict[str, Rule]] = {
    "name": text(1, 100),
    "topic": text(0, 4096),
    "nsfw": flag,
    "rate_limit_per_user": whole(0, 21600),
    "position": whole(0, 500),
}
_CHANGE_CHANNEL: Final = record({}, _CHANNEL_FORM)
_OPEN_DM: Final = record({"recipient_id": snowflake}, {"access_tokens": anything, "nicks": anything})


@routes.get("/users/@me")
async def own_user(call: Call) -> Answer:
    """Tell who the bot is."""
    return Answer(own_user_payload(call.world.bot))


@routes.get("/users/{user_id}")
async def user(call: Call) -> Answer:
    """Tell who somebody is."""
    found = call.world.directory.users.get(call.id("user_id"))
    if found is None:
        raise refusal(10013)
    return Answer(user_payload(found))


@routes.post("/users/@me/channels")
async def open_dm(call: Call) -> Answer:
    """Open the direct messages with a person."""
    errors = list(_OPEN_DM(call.form, ()))
    if errors:
        raise invalid_form(errors)
    person = call.world.directory.users.get(as_id(call.form["recipient_id"]) or 0)
    if person is None:
        raise refusal(10013)
    if person.bot:
        raise refusal(50007)
    return Answer(channel_payload(call.world, call.world.direct_channel(person)))


async def _application(call: Call) -> Answer:
    guilds = [guild for guild in call.world.directory.guilds.values() if call.world.bot.id in guild.members]
    return Answer(application_payload(call.world.application, guild_count=len(guilds)))


routes.get("/oauth2/applications/@me")(_application)
routes.get("/applications/@me")(_application)


@routes.add("GET", "/gateway", needs_token=False)
async def gateway(call: Call) -> Answer:
    """Tell where the gateway is."""
    return Answer({"url": gateway_url(call)})


@routes.get("/gateway/bot")
async def gateway_bot(call: Call) -> Answer:
    """Tell where the gateway is and how many sessions may be started."""
    limits = {"total": 1000, "remaining": 1000, "reset_after": 86_400_000, "max_concurrency": 1}
    return Answer({"url": gateway_url(call), "shards": call.services.shard_count, "session_start_limit": limits})


def gateway_url(call: Call) -> str:
    """The gateway's address under the host by which the client reached us."""
    return f"{'wss' if call.request.scheme == 'https' else 'ws'}://{call.request.host}{GATEWAY_PATH}"


@routes.get("/channels/{channel_id}")
async def channel(call: Call) -> Answer:
    """Tell a channel or a thread."""
    found = call.world.find_channel(call.id("channel_id"))
    call.world.require(call.world.bot.id, found, Permission.VIEW_CHANNEL)
    return Answer(channel_payload(call.world, found))


@routes.patch("/channels/{channel_id}")
async def change_channel(call: Call) -> Answer:
    """Change a channel or a thread."""
    found = call.world.find_channel(call.id("channel_id"))
    if found.thread is not None:
        call.services.threads.change(call.world.bot.id, found, call.form)
        return Answer(channel_payload(call.world, found))
    if found.type is ChannelType.DM:
        raise refusal(50003)
    call.world.require(call.world.bot.id, found, Permission.MANAGE_CHANNELS)
    errors = list(_CHANGE_CHANNEL(call.form, ()))
    if errors:
        raise invalid_form(errors)
    found.name = call.form.get("name") or found.name
    found.topic = call.form.get("topic", found.topic)
    found.nsfw = bool(call.form.get("nsfw", found.nsfw))
    found.position = as_int(call.form.get("position"), default=found.position)
    found.slowmode_seconds = as_int(call.form.get("rate_limit_per_user"), default=found.slowmode_seconds)
    call.services.administration.tell_channel("CHANNEL_UPDATE", found)
    return Answer(channel_payload(call.world, found))


@routes.delete("/channels/{channel_id}")
async def delete_channel(call: Call) -> Answer:
    """Delete a channel or a thread."""
    found = call.world.find_channel(call.id("channel_id"))
    if found.type is ChannelType.DM:
        raise refusal(50003)
    needed = Permission.MANAGE_CHANNELS if found.thread is None else Permission.MANAGE_THREADS
    call.world.require(call.world.bot.id, found, needed)
    call.services.administration.delete_channel(found)
    return Answer(channel_payload(call.world, found))


@routes.get("/guilds/{guild_id}")
async def guild(call: Call) -> Answer:
    """Tell a server."""
    found = call.world.member_guild(call.id("guild_id"))
    body = guild_payload(found)
    if call.asks("with_counts"):
        body.update(approximate_member_count=len(found.members), approximate_presence_count=0)
    return Answer(body)


@routes.get("/guilds/{guild_id}/channels")
async def channels(call: Call) -> Answer:
    """Tell the channels of a server."""
    found = call.world.member_guild(call.id("guild_id"))
    return Answer([channel_payload(call.world, one) for one in call.world.channels_of(found)])


@routes.get("/guilds/{guild_id}/roles")
async def roles(call: Call) -> Answer:
    """Tell the roles of a server."""
    found = call.world.member_guild(call.id("guild_id"))
    return Answer([role_payload(role) for role in found.roles.values()])


@routes.get("/guilds/{guild_id}/members/{user_id}")
async def member(call: Call) -> Answer:
    """Tell a member of a server."""
    found = call.world.member_guild(call.id("guild_id"))
    someone = found.members.get(call.id("user_id"))
    if someone is None:
        raise refusal(10007)
    return Answer(member_payload(call.world, someone))


@routes.get("/users/@me/guilds")
async def own_guilds(call: Call) -> Answer:
    """Tell the servers that the bot is in."""
    bot_id = call.world.bot.id
    return Answer(
        [
            {
                "id": str(one.id),
                "name": one.name,
                "icon": None,
                "banner": None,
                "owner": one.owner_id == bot_id,
                "permissions": str(int(base_permissions(one, one.members[bot_id]))),
                "features": [],
            }
            for one in call.world.directory.guilds.values()
            if bot_id in one.members
        ]
    )


@routes.delete("/users/@me/guilds/{guild_id}")
async def leave_guild(call: Call) -> Answer:
    """Let the bot leave a server."""
    call.services.administration.kick_bot(call.world.member_guild(call.id("guild_id")))
    return NO_CONTENT
