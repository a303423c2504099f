"""``/moderation log``: what is written down, who may read it, and page after page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest

from bot.domain.moderation import ModerationAction, ModerationEntry
from tests.unit.discord_bench import MODERATING, DiscordBench, discord_bench, private_text
from tests.unit.test_cogs_moderation import listed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    import simcord


@pytest.fixture
async def bench() -> AsyncGenerator[DiscordBench]:
    """A server with the bot in it."""
    async with discord_bench() as made:
        yield made


async def log(bench: DiscordBench, person: simcord.MemberActor | None = None) -> str:
    return listed(await (person or bench.mo).slash(bench.art, "moderation log"))


async def entries(bench: DiscordBench) -> list[tuple[Any, ...]]:
    known = await bench.store.audit.entries_of_guild(bench.guild.id, limit=100)
    return [(one.actor_id, one.action.value, one.job_id, one.user_id) for one in known]


async def test_what_a_moderator_cancels_and_deletes_is_written_down_and_shown(
    bench: DiscordBench, tmp_path: Path
) -> None:
    queued = await bench.queue(await bench.remix(prompt="a lighthouse"))
    await bench.redraw(queued)
    await bench.press(bench.mo, bench.card(queued), "Cancel")
    done = await bench.remix(bench.oda, prompt="a harbour")
    result = await bench.deliver(done, tmp_path)
    await bench.mo.click(result, label="Delete")
    said = await log(bench)

    assert await entries(bench) == [
        (bench.mo.id, "delete", done.id, bench.oda.id),
        (bench.mo.id, "cancel", queued.id, bench.mira.id),
    ]
    assert said.index("deleted a message") < said.index("asked to cancel")
    for word in (f"<@{bench.mo.id}>", f"<@{bench.mira.id}>", f"<@{bench.oda.id}>", done.id, queued.id):
        assert word in said
    assert "a lighthouse" not in said


async def test_what_people_do_to_their_own_is_nobodys_business(bench: DiscordBench, tmp_path: Path) -> None:
    job = await bench.remix()
    await bench.press(bench.mira, bench.card(job), "Cancel")
    result = await bench.deliver(await bench.remix(bench.mo), tmp_path)
    await bench.mo.click(result, label="Delete")

    assert await entries(bench) == []
    assert "No moderator has" in await log(bench)


async def test_a_refused_click_is_not_written_down(bench: DiscordBench, tmp_path: Path) -> None:
    job = await bench.remix()
    result = await bench.deliver(await bench.remix(), tmp_path)
    await bench.oda.click(bench.card(job), label="Cancel")
    await bench.oda.click(result, label="Delete")

    assert await entries(bench) == []


async def test_only_who_moderates_the_whole_server_now_may_read_it(bench: DiscordBench) -> None:
    here = discord.PermissionOverwrite(manage_messages=True)
    corner = bench.guild.create_text_channel("corner", overwrites={bench.oda: here})
    refused = private_text(await bench.oda.slash(corner, "moderation log"))
    role = bench.guild.create_role("Admins", permissions=discord.Permissions(administrator=True))
    admin = bench.guild.add_member(bench.env.create_user("ada"), roles=[role])

    assert "Manage Messages" in refused
    assert "No moderator has" in await log(bench, admin)


async def test_one_servers_log_is_not_shown_in_another(bench: DiscordBench) -> None:
    await bench.press(bench.mo, bench.card(await bench.remix()), "Cancel")
    other = bench.env.create_guild("Elsewhere")
    role = other.create_role("Moderators", permissions=MODERATING)
    moderator = other.add_member(bench.env.create_user("king"), roles=[role])
    den = other.create_text_channel("den")

    assert "No moderator has" in listed(await moderator.slash(den, "moderation log"))


async def test_ten_entries_stand_on_a_page_which_is_judged_anew_when_it_is_turned(bench: DiscordBench) -> None:
    action = ModerationAction.CANCEL
    for number in range(21):
        entry = ModerationEntry(bench.now(), bench.guild.id, bench.mo.id, action, f"{number:016x}", bench.mira.id)
        await bench.store.audit.add(entry)
    said = await bench.mo.slash(bench.art, "moderation log")
    assert numbers(said) == list(range(20, 10, -1))
    assert said.response is not None
    await bench.mo.click(said.response, label="Next")
    await bench.mo.click(said.response, label="Next")
    assert numbers(said) == [0]
    assert "Page 3 of 3" in listed(said)
    await bench.mo.click(said.response, label="Back")
    assert numbers(said) == list(range(10, 0, -1))
    bench.env.backend.remove_member_role(bench.guild.id, bench.mo.id, bench.moderators.id)
    late = await bench.mo.click(said.response, label="Back")
    assert ["Manage Messages" in one.content for one in late.followups] == [True]


def numbers(said: simcord.InteractionResult) -> list[int]:
    """Which jobs a page names, by the numbers that are their ids."""
    words = [word.strip("*") for line in listed(said).splitlines() for word in line.split()]
    return [int(word, 16) for word in words if len(word) == 16 and word.isalnum()]
