"""The rules of the simulated World that need no network: permissions, ids, waiting, limits, mentions."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.discord.call import NO_CONTENT, Answer, Call, Route
from sandbox.discord.garden import build_world
from sandbox.discord.mentions import find_mentions
from sandbox.discord.permissions import EVERYTHING, NOTHING, Permission, base_permissions
from sandbox.discord.ratelimit import Limits, Rate, RateLimiter
from sandbox.discord.snowflake import Snowflakes, created_at, first_id_at
from sandbox.discord.state import Overwrite
from sandbox.discord.world import World

SEND = Permission.SEND_MESSAGES


def world() -> World:
    """Two servers with people."""
    return build_world(token="t")


@given(st.lists(st.integers(min_value=-5000, max_value=5000), min_size=1, max_size=50))
def test_ids_rise_whatever_the_clock_does(steps: list[int]) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    offsets = iter(steps)
    snowflakes = Snowflakes(lambda: now + timedelta(milliseconds=next(offsets)))
    ids = [snowflakes.next() for _ in steps]
    assert ids == sorted(set(ids))


def test_an_id_tells_when_it_was_made() -> None:
    now = datetime(2026, 1, 1, 12, 30, 15, 678000, tzinfo=UTC)
    assert created_at(Snowflakes(lambda: now).next()) == now
    assert created_at(first_id_at(now)) == now
    # The sample of https://docs.discord.com/developers/reference#snowflakes
    assert created_at(175928847299117063) == datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC)


def test_the_owner_may_everything_and_a_stranger_nothing() -> None:
    here = world()
    mods = here.channel("mods")
    assert here.permissions(here.person("olga").id, mods) == EVERYTHING
    assert here.permissions(here.person("piet").id, mods) == NOTHING
    assert here.permissions(here.person("ada").id, mods) == NOTHING
    assert here.can(here.person("mira").id, mods, SEND)


def test_an_overwrite_of_the_member_beats_those_of_roles_and_allowing_beats_denying_among_roles() -> None:
    here = world()
    garden, art, mira = here.guild("Remix Garden"), here.channel("art"), here.person("mira")
    member, moderator = (garden.roles[role_id] for role_id in garden.members[mira.id].role_ids)
    art.overwrites[garden.id] = Overwrite(garden.id, is_member=False, deny=int(SEND))
    art.overwrites[member.id] = Overwrite(member.id, is_member=False, deny=int(SEND))
    assert not here.can(mira.id, art, SEND)
    art.overwrites[moderator.id] = Overwrite(moderator.id, is_member=False, allow=int(SEND))
    assert here.can(mira.id, art, SEND)
    art.overwrites[mira.id] = Overwrite(mira.id, is_member=True, deny=int(SEND))
    assert not here.can(mira.id, art, SEND)


def test_an_administrator_is_stopped_by_no_overwrite() -> None:
    here = world()
    garden, art, nico = here.guild("Remix Garden"), here.channel("art"), here.person("nico")
    garden.members[nico.id].role_ids.append(here.add_role(garden, "Admin", Permission.ADMINISTRATOR).id)
    art.overwrites[nico.id] = Overwrite(nico.id, is_member=True, deny=int(EVERYTHING))
    assert base_permissions(garden, garden.members[nico.id]) == EVERYTHING
    assert here.can(nico.id, art, SEND)


async def test_waiting_ends_with_the_change_and_not_with_time() -> None:
    here = world()
    waiting = asyncio.create_task(here.until(lambda: here.guild("Pixel Pond").premium_tier == 3, timeout_seconds=5))
    await asyncio.sleep(0)
    here.touch()
    await asyncio.sleep(0)
    assert not waiting.done()
    here.guild("Pixel Pond").premium_tier = 3
    here.touch()
    await waiting
    with pytest.raises(TimeoutError):
        await here.until(lambda: False, timeout_seconds=0.01)


async def _handler(_call: Call) -> Answer:
    return NO_CONTENT


def test_a_bucket_is_refilled_when_its_time_is_over_and_belongs_to_one_channel() -> None:
    seconds = 0.0
    limiter = RateLimiter(Limits(default=Rate(2, 5.0)), now=lambda: seconds)
    route = Route("POST", "/channels/{channel_id}/messages", _handler)
    verdicts = [limiter.take(route, {"channel_id": "1"}) for _ in range(3)]
    assert [verdict.retry_after_seconds for verdict in verdicts] == [None, None, 5.0]
    assert limiter.take(route, {"channel_id": "2"}).retry_after_seconds is None
    seconds = 5.0
    assert limiter.take(route, {"channel_id": "1"}).headers["X-RateLimit-Remaining"] == "1"


@pytest.mark.parametrize(
    ("allowed", "named"),
    [
        (None, ["ada", "ben", "olga"]),
        ({"parse": []}, []),
        ({"parse": ["users"]}, ["ada", "ben"]),
        ({"users": ["ada"]}, ["ada"]),
        ({"users": ["ada"], "replied_user": True}, ["ada", "olga"]),
    ],
)
def test_only_those_are_mentioned_whom_the_bot_allows(allowed: dict[str, object] | None, named: list[str]) -> None:
    here = world()
    ids = {name: here.person(name).id for name in ("ada", "ben", "olga")}
    if allowed is not None and "users" in allowed:
        allowed = {**allowed, "users": [str(ids["ada"])]}
    found = find_mentions(
        here,
        here.channel("art"),
        texts=[f"<@{ids['ada']}> and <@!{ids['ben']}> and <@1>"],
        allowed=allowed,
        author_id=here.bot.id,
        replied_to=ids["olga"],
    )
    assert found.user_ids == tuple(ids[name] for name in named)


def test_everyone_is_pinged_only_by_those_who_may_and_only_where_they_see_it() -> None:
    here = world()
    mods, garden = here.channel("mods"), here.guild("Remix Garden")

    def pinged(author: str) -> set[str]:
        found = find_mentions(
            here, mods, texts=["@everyone"], allowed=None, author_id=here.person(author).id, replied_to=None
        )
        return {here.directory.users[user_id].username for user_id in found.pinged_user_ids}

    assert pinged("mira") == set()
    assert pinged("olga") == {"mira"}
    assert here.bot.id in garden.members
