"""Who may do what, and where, as an interaction tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from bot.domain.origin import Origin
from bot.errors import Refused
from bot.ui.access import check_place, is_guest, may_answer_with_files, missing_permissions, person_of
from bot.ui.origin import origin_of
from tests.unit.discord_bench import MODERATING, PICTURE, DiscordBench, discord_bench

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import simcord


JUST_ENOUGH = str(
    discord.Permissions(
        view_channel=True, send_messages_in_threads=True, attach_files=True, read_message_history=True
    ).value
)


@pytest.fixture
async def bench() -> AsyncGenerator[DiscordBench]:
    """A server with the bot in it."""
    async with discord_bench() as made:
        yield made


async def seen(
    bench: DiscordBench,
    person: simcord.MemberActor,
    channel: simcord.ChannelHandle,
    *,
    extra: dict[str, Any] | None = None,
    **more: Any,
) -> discord.Interaction[Any]:
    """A click of somebody in a place, as the bot received it, with more in it or something else than usual."""
    received: list[discord.Interaction[Any]] = []

    async def keep(interaction: discord.Interaction[Any]) -> None:
        received.append(interaction)

    bench.bot.add_listener(keep, "on_interaction")
    sent = {**(extra or {}), **more}
    await bench.send_raw(person, channel, 3, {"custom_id": "nothing", "component_type": 2}, extra=sent)
    bench.bot.remove_listener(keep, "on_interaction")
    (interaction,) = received
    return interaction


def at(bench: DiscordBench, channel: simcord.ChannelHandle, *, parent_id: int | None = None) -> Origin:
    return Origin(bench.mira.id, channel.id, bench.guild.id, parent_id=parent_id)


async def thread_in(bench: DiscordBench, channel: simcord.ChannelHandle, *, is_private: bool) -> simcord.ChannelHandle:
    kind = discord.ChannelType.private_thread if is_private else discord.ChannelType.public_thread
    place = bench.bot.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)
    made = await place.create_thread(name="talk", type=kind)
    await bench.env.settle()
    return next(thread for thread in channel.threads if thread.id == made.id)


# --- who moderates ----------------------------------------------------------------------------------------------------


async def test_a_moderator_moderates_every_channel_that_they_see(bench: DiscordBench) -> None:
    other = bench.guild.create_text_channel("other")
    closed = discord.PermissionOverwrite(view_channel=False)
    hidden = bench.guild.create_text_channel("hidden", overwrites={bench.guild.default_role: closed})
    person = person_of(await seen(bench, bench.mo, bench.art))
    assert (person.user_id, person.guild_id) == (bench.mo.id, bench.guild.id)
    assert person.moderates(at(bench, bench.art))
    assert person.moderates(at(bench, other))
    assert not person.moderates(at(bench, hidden))


async def test_a_member_moderates_nothing(bench: DiscordBench) -> None:
    other = bench.guild.create_text_channel("other")
    person = person_of(await seen(bench, bench.mira, bench.art))
    assert not person.moderates(at(bench, bench.art))
    assert not person.moderates(at(bench, other))


async def test_a_moderator_of_one_channel_moderates_that_one(bench: DiscordBench) -> None:
    allowed = discord.PermissionOverwrite(manage_messages=True)
    theirs = bench.guild.create_text_channel("theirs", overwrites={bench.oda: allowed})
    from_elsewhere = person_of(await seen(bench, bench.oda, bench.art))
    assert from_elsewhere.moderates(at(bench, theirs))
    assert not from_elsewhere.moderates(at(bench, bench.art))
    from_there = person_of(await seen(bench, bench.oda, theirs))
    assert from_there.moderates(at(bench, theirs))
    assert not from_there.moderates(at(bench, bench.art))


async def test_administrators_moderate_everything(bench: DiscordBench) -> None:
    closed = discord.PermissionOverwrite(view_channel=False)
    hidden = bench.guild.create_text_channel("hidden", overwrites={bench.guild.default_role: closed})
    role = bench.guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    admin = bench.guild.add_member(bench.env.create_user("ava"), roles=[role])
    assert person_of(await seen(bench, admin, bench.art)).moderates(at(bench, hidden))


async def test_a_thread_is_ruled_by_its_parent(bench: DiscordBench) -> None:
    thread = await thread_in(bench, bench.art, is_private=False)
    lobby = bench.guild.create_text_channel("lobby")
    assert person_of(await seen(bench, bench.mo, lobby)).moderates(at(bench, thread, parent_id=bench.art.id))
    assert person_of(await seen(bench, bench.mo, thread)).moderates(at(bench, thread, parent_id=bench.art.id))
    assert not person_of(await seen(bench, bench.oda, lobby)).moderates(at(bench, thread, parent_id=bench.art.id))


async def test_results_are_moderated_in_the_thread_that_they_stand_in(bench: DiscordBench) -> None:
    thread = await thread_in(bench, bench.art, is_private=False)
    person = person_of(await seen(bench, bench.mo, thread))
    assert person.moderates(Origin(bench.mira.id, bench.art.id, bench.guild.id, thread_id=thread.id))


async def test_a_private_thread_needs_manage_threads(bench: DiscordBench) -> None:
    thread = await thread_in(bench, bench.art, is_private=True)
    lobby = bench.guild.create_text_channel("lobby")
    assert not person_of(await seen(bench, bench.mo, lobby)).moderates(at(bench, thread, parent_id=bench.art.id))
    role = bench.guild.create_role("Wardens", permissions=MODERATING | discord.Permissions(manage_threads=True))
    warden = bench.guild.add_member(bench.env.create_user("wim"), roles=[role])
    assert person_of(await seen(bench, warden, lobby)).moderates(at(bench, thread, parent_id=bench.art.id))


async def test_an_unknown_thread_is_ruled_by_its_parent_as_if_it_were_private(bench: DiscordBench) -> None:
    unknown = Origin(bench.mira.id, 12345, bench.guild.id, parent_id=bench.art.id)
    assert not person_of(await seen(bench, bench.mo, bench.art)).moderates(unknown)
    role = bench.guild.create_role("Wardens", permissions=MODERATING | discord.Permissions(manage_threads=True))
    warden = bench.guild.add_member(bench.env.create_user("wim"), roles=[role])
    assert person_of(await seen(bench, warden, bench.art)).moderates(unknown)


async def test_a_place_that_is_gone_is_moderated_by_nobody(bench: DiscordBench) -> None:
    gone = bench.guild.create_text_channel("gone")
    bench.env.backend.delete_channel(gone.id)
    await bench.env.settle()
    person = person_of(await seen(bench, bench.mo, bench.art))
    assert not person.moderates(at(bench, gone))
    assert not person.moderates(Origin(bench.mira.id, 12345, bench.guild.id, parent_id=gone.id))


# --- who sees a result ------------------------------------------------------------------------------------------------


async def test_a_member_sees_the_channels_that_are_open_to_them_with_their_history(bench: DiscordBench) -> None:
    closed = discord.PermissionOverwrite(view_channel=False)
    forgetful = discord.PermissionOverwrite(read_message_history=False)
    hidden = bench.guild.create_text_channel("hidden", overwrites={bench.guild.default_role: closed})
    passing = bench.guild.create_text_channel("passing", overwrites={bench.guild.default_role: forgetful})
    thread = await thread_in(bench, bench.art, is_private=False)
    lobby = bench.guild.create_text_channel("lobby")
    person = person_of(await seen(bench, bench.oda, lobby))
    assert person.sees(at(bench, bench.art))
    assert person.sees(at(bench, thread, parent_id=bench.art.id))
    assert not person.sees(at(bench, hidden))
    assert not person.sees(at(bench, passing))
    assert not person_of(await seen(bench, bench.oda, passing)).sees(at(bench, passing))
    assert person_of(await seen(bench, bench.oda, bench.art)).sees(at(bench, bench.art))


async def test_of_a_private_thread_one_sees_what_one_is_in_or_moderates(bench: DiscordBench) -> None:
    thread = await thread_in(bench, bench.art, is_private=True)
    private = at(bench, thread, parent_id=bench.art.id)
    unknown = Origin(bench.mira.id, 12345, bench.guild.id, parent_id=bench.art.id)
    role = bench.guild.create_role("Wardens", permissions=MODERATING | discord.Permissions(manage_threads=True))
    warden = bench.guild.add_member(bench.env.create_user("wim"), roles=[role])
    assert person_of(await seen(bench, bench.oda, thread)).sees(private)
    for place in (private, unknown):
        assert not person_of(await seen(bench, bench.oda, bench.art)).sees(place)
        assert not person_of(await seen(bench, bench.mo, bench.art)).sees(place)
        assert person_of(await seen(bench, warden, bench.art)).sees(place)


@pytest.mark.parametrize("kind", ["voice", "stage"])
async def test_the_chat_of_a_voice_channel_is_closed_to_who_may_not_connect(bench: DiscordBench, kind: str) -> None:
    make = bench.guild.create_voice_channel if kind == "voice" else bench.guild.create_stage_channel
    opened, closed, apart = make("open"), make("closed"), discord.Permissions(connect=True).value
    bench.env.backend.set_overwrite(closed.id, Overwrite(bench.guild.id, OverwriteType.ROLE, 0, apart))
    await bench.env.settle()
    role = bench.guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    admin = bench.guild.add_member(bench.env.create_user("ava"), roles=[role])
    for asked_in in (bench.art, closed):
        moderator = person_of(await seen(bench, bench.mo, asked_in))
        assert moderator.sees(at(bench, opened))
        assert moderator.moderates(at(bench, opened))
        assert not moderator.sees(at(bench, closed))
        assert not moderator.moderates(at(bench, closed))
        assert person_of(await seen(bench, admin, asked_in)).sees(at(bench, closed))
    assert person_of(await seen(bench, bench.oda, bench.art)).sees(at(bench, opened))
    assert not person_of(await seen(bench, bench.oda, bench.art)).sees(at(bench, closed))


async def test_an_answer_carries_files_where_the_bot_may_attach_them(bench: DiscordBench) -> None:
    assert may_answer_with_files(await seen(bench, bench.mira, bench.art))
    assert not may_answer_with_files(await seen(bench, bench.mira, bench.art, app_permissions="0"))


# --- whether a place is age-restricted  -------------------------------------------------------------------------------


async def test_a_channel_and_its_threads_are_age_restricted_as_the_channel_is_now(bench: DiscordBench) -> None:
    lobby = bench.guild.create_text_channel("lobby")
    thread = await thread_in(bench, bench.art, is_private=False)
    inside = at(bench, thread, parent_id=bench.art.id)
    for is_on in (False, True, False):
        await bench.restrict_age(bench.art, is_on=is_on)
        there = person_of(await seen(bench, bench.mira, bench.art))
        elsewhere = person_of(await seen(bench, bench.mira, lobby))
        assert person_of(await seen(bench, bench.mira, thread)).is_age_restricted_here is is_on
        assert there.is_age_restricted_here is is_on
        assert not elsewhere.is_age_restricted_here
        assert elsewhere.age_restriction(at(bench, bench.art)) is is_on
        assert elsewhere.age_restriction(inside) is is_on
        assert elsewhere.age_restriction(at(bench, lobby)) is False


@pytest.mark.parametrize(("level", "is_restricted"), [(0, False), (1, True), (2, False), (3, True)])
async def test_in_an_age_restricted_server_every_place_is(
    bench: DiscordBench, level: int, *, is_restricted: bool
) -> None:
    bench.env.backend.emit("GUILD_UPDATE", {"id": str(bench.guild.id), "name": "Town", "nsfw_level": level})
    await bench.env.settle()
    person = person_of(await seen(bench, bench.mira, bench.art))
    assert person.is_age_restricted_here is is_restricted
    assert person.age_restriction(Origin(bench.mira.id, 12345, bench.guild.id)) is (True if is_restricted else None)


async def test_where_the_bot_is_no_member_the_interaction_says_whether_its_channel_is_age_restricted(
    bench: DiscordBench,
) -> None:
    bench.env.backend.emit("GUILD_DELETE", {"id": str(bench.guild.id)})
    await bench.env.settle()
    channel: dict[str, Any] = {"id": str(bench.art.id), "type": 0, "name": "art", "position": 0}
    told = [
        origin_of(await seen(bench, bench.mira, bench.art, extra={"channel": channel | more}), card_message_id=1)
        for more in ({"nsfw": True}, {"nsfw": False})
    ]
    metadata = {"archived": False, "auto_archive_duration": 60, "archive_timestamp": "2026-11-23T12:00:00+00:00"}
    thread = {**channel, "type": 11, "parent_id": "12345", "owner_id": "1", "thread_metadata": metadata}
    thread |= {"message_count": 0, "member_count": 1}
    inside = origin_of(await seen(bench, bench.mira, bench.art, extra={"channel": thread}), card_message_id=1)
    assert [origin.is_age_restricted for origin in told] == [True, False]
    assert inside.is_age_restricted is None
    asked = person_of(await seen(bench, bench.mira, bench.art, extra={"channel": thread}))
    assert not asked.is_age_restricted_here
    assert asked.age_restriction(told[0]) is None


async def test_a_direct_message_is_not_age_restricted(bench: DiscordBench) -> None:
    await bench.mira.user.slash("remix", prompt="as an oil painting", image1=PICTURE)
    (job,) = bench.woken
    assert job.origin.is_age_restricted is False
    person = person_of(await seen(bench, bench.mira, bench.art))
    assert person.age_restriction(job.origin) is False


# --- where a job can be held ------------------------------------------------------------------------------------------


async def test_a_channel_without_messages_holds_no_job(bench: DiscordBench) -> None:
    forum = bench.guild.create_forum_channel("forum")
    with pytest.raises(Refused, match="wrong_channel"):
        check_place(await seen(bench, bench.mira, forum))


async def test_in_a_server_where_only_the_member_has_the_app_it_is_a_guest(bench: DiscordBench) -> None:
    owners = {"1": str(bench.mira.id)}
    interaction = await seen(bench, bench.mira, bench.art, authorizing_integration_owners=owners)
    check_place(interaction)
    assert is_guest(interaction)


async def test_a_server_that_has_the_commands_without_the_bot_has_it_as_a_guest(bench: DiscordBench) -> None:
    interaction = await seen(bench, bench.mira, bench.art)
    check_place(interaction)
    assert not is_guest(interaction)
    bench.env.backend.emit("GUILD_DELETE", {"id": str(bench.guild.id)})
    await bench.env.settle()
    check_place(interaction)
    assert is_guest(interaction)


async def test_a_guest_needs_no_channel_but_leave_to_attach_files(bench: DiscordBench) -> None:
    owners = {"1": str(bench.mira.id)}
    files = str(discord.Permissions(attach_files=True).value)
    check_place(await seen(bench, bench.mira, bench.art, authorizing_integration_owners=owners, app_permissions=files))
    with pytest.raises(Refused, match="not_allowed_as_guest"):
        check_place(
            await seen(bench, bench.mira, bench.art, authorizing_integration_owners=owners, app_permissions="0")
        )


async def test_an_administrator_lacks_nothing(bench: DiscordBench) -> None:
    admin = str(discord.Permissions(administrator=True).value)
    assert missing_permissions(await seen(bench, bench.mira, bench.art, app_permissions=admin)) == []


async def test_in_a_thread_the_parent_is_named_as_the_place_to_grant(bench: DiscordBench) -> None:
    thread = await thread_in(bench, bench.art, is_private=False)
    denied = discord.Permissions(send_messages_in_threads=True).value
    bench.env.backend.set_overwrite(bench.art.id, Overwrite(bench.bot_user.id, OverwriteType.MEMBER, 0, denied))
    with pytest.raises(Refused) as refused:
        check_place(await seen(bench, bench.mira, thread))
    assert refused.value.values == {"names": ["send_messages_in_threads"], "channel_id": bench.art.id}


async def test_in_a_group_of_friends_the_bot_is_a_guest(bench: DiscordBench) -> None:
    kind = discord.ChannelType.group.value
    group: dict[str, object] = {"id": "5", "type": kind, "name": "Friends", "icon": None, "recipients": []}
    there: dict[str, Any] = {"channel": group | {"owner_id": str(bench.mira.id)}, "guild_id": None, "context": 2}
    interaction = await seen(bench, bench.mira, bench.art, extra=there)
    check_place(interaction)
    assert is_guest(interaction)


async def test_a_private_thread_holds_a_job_once_the_bot_is_in_it_or_manages_threads(bench: DiscordBench) -> None:
    thread = await thread_in(bench, bench.art, is_private=True)
    check_place(await seen(bench, bench.mira, thread, app_permissions=JUST_ENOUGH))
    bench.env.backend.emit(
        "THREAD_DELETE",
        {"id": str(thread.id), "guild_id": str(bench.guild.id), "parent_id": str(bench.art.id), "type": 12},
    )
    await bench.env.settle()
    with pytest.raises(Refused, match="not_in_thread"):
        check_place(await seen(bench, bench.mira, thread, app_permissions=JUST_ENOUGH))
    manager = str(discord.Permissions.all_channel().value)
    check_place(await seen(bench, bench.mira, thread, app_permissions=manager))


async def test_a_locked_thread_holds_a_job_only_where_the_bot_manages_threads(bench: DiscordBench) -> None:
    thread = await thread_in(bench, bench.art, is_private=False)
    interaction = await seen(bench, bench.mira, thread, app_permissions=JUST_ENOUGH)
    assert isinstance(interaction.channel, discord.Thread)
    check_place(interaction)
    interaction.channel.locked = True
    with pytest.raises(Refused, match="locked_thread"):
        check_place(interaction)


@pytest.mark.parametrize("kind", ["voice", "stage"])
async def test_a_chat_beside_voice_needs_no_threads(bench: DiscordBench, kind: str) -> None:
    make = bench.guild.create_voice_channel if kind == "voice" else bench.guild.create_stage_channel
    interaction = await seen(bench, bench.mira, make("talk"), app_permissions="0")
    needed = ["view_channel", "connect", "send_messages", "attach_files", "read_message_history"]
    assert missing_permissions(interaction) == needed
