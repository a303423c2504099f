"""The lively default World: two servers with the bot, and one without it to which somebody brings it along."""

from sandbox.discord.kinds import ChannelType
from sandbox.discord.permissions import BOT, MEMBER, MODERATOR, NEWCOMER, Permission
from sandbox.discord.snowflake import Clock, real_time
from sandbox.discord.state import Guild, Overwrite, User
from sandbox.discord.world import World

GARDEN = "Remix Garden"
POND = "Pixel Pond"
COVE = "Quiet Cove"


def build_world(*, token: str, clock: Clock = real_time) -> World:
    """Two servers with people.

    *Remix Garden* has ``ada`` and ``ben`` (members), ``mira`` (moderator), ``olga`` (owner) and ``nico`` (a newcomer,
    who may only look), and the channels ``art``, ``lobby``, ``news`` (announcements), ``lounge`` (voice), ``showcase``
    (forum) and ``mods``, which only moderators see; the bot does not. *Pixel Pond* has the channel ``pond``, ``piet``
    (owner), ``mira`` and ``ada`` as members. *Quiet Cove* has no bot, but ``cora`` (owner) and ``uma``, who
    installed it for herself; in the channel ``cove`` apps may answer in public, in ``whispers`` they may not. The two
    are also in the group *Weekend*.

    Args:
        token: The bot token that is accepted.
        clock: Tells the time.
    """
    world = World(token=token, clock=clock)
    _plant_garden(world)
    _dig_pond(world)
    _find_cove(world)
    return world


def _plant_garden(world: World) -> None:
    garden = world.add_guild(GARDEN, owner=world.person("olga"), everyone=NEWCOMER)
    member = world.add_role(garden, "Member", MEMBER)
    moderator = world.add_role(garden, "Moderator", MODERATOR)
    for name in ("ada", "ben"):
        world.add_member(garden, _person(world, name), member)
    world.add_member(garden, _person(world, "mira"), member, moderator)
    world.add_member(garden, _person(world, "nico"))
    world.add_channel(garden, "art", topic="Remix pictures here")
    world.add_channel(garden, "lobby")
    world.add_channel(garden, "news", kind=ChannelType.ANNOUNCEMENT)
    world.add_channel(garden, "lounge", kind=ChannelType.VOICE)
    world.add_channel(garden, "showcase", kind=ChannelType.FORUM)
    mods = world.add_channel(garden, "mods")
    mods.overwrites[garden.id] = Overwrite(garden.id, is_member=False, deny=int(Permission.VIEW_CHANNEL))
    mods.overwrites[moderator.id] = Overwrite(moderator.id, is_member=False, allow=int(Permission.VIEW_CHANNEL))
    _invite_bot(world, garden)


def _dig_pond(world: World) -> None:
    pond = world.add_guild(POND, owner=_person(world, "piet"), everyone=MEMBER)
    for name in ("mira", "ada"):
        world.add_member(pond, world.person(name))
    world.add_channel(pond, "pond")
    _invite_bot(world, pond)


def _find_cove(world: World) -> None:
    cora, uma = _person(world, "cora"), _person(world, "uma")
    cove = world.add_guild(COVE, owner=cora, everyone=MEMBER)
    world.add_member(cove, uma)
    world.add_channel(cove, "cove")
    whispers = world.add_channel(cove, "whispers")
    whispers.overwrites[cove.id] = Overwrite(cove.id, is_member=False, deny=int(Permission.USE_EXTERNAL_APPS))
    world.add_group("Weekend", cora, uma)
    world.install_for(uma)


def _person(world: World, username: str) -> User:
    return world.add_user(username, global_name=username.capitalize())


def _invite_bot(world: World, guild: Guild) -> None:
    role = world.add_role(guild, world.bot.shown_name, BOT, managed=True)
    world.add_member(guild, world.bot, role)
