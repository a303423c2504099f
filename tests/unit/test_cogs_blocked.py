"""People whom the operator has shut out: they may look at their own remixes, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest

from bot.domain.status import JobStatus
from tests.unit.discord_bench import PICTURE, DiscordBench, discord_bench, private_text
from tests.unit.test_cogs_moderation import listed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

WORDS = "The operator of this bot has blocked you, so nothing was done or charged."


@pytest.fixture
async def bench() -> AsyncGenerator[DiscordBench]:
    """A server with the bot in it."""
    async with discord_bench() as made:
        yield made


async def test_a_command_of_a_blocked_person_is_refused_and_their_own_list_is_not(bench: DiscordBench) -> None:
    role = bench.guild.create_role("All", permissions=discord.Permissions(administrator=True))
    mira = bench.guild.add_member(bench.env.create_user("mia"), roles=[role])
    await bench.remix(mira, prompt="a lighthouse")
    bench.woken.clear()
    bench.blocked.add(mira.id)

    commands = ("moderation jobs", "moderation log", "settings gallery")
    said = [private_text(await mira.slash(bench.art, command)) for command in commands]
    said.append(await bench.refusal(mira))

    assert [text.startswith(WORDS) for text in said] == [True] * 4
    assert "a lighthouse" in listed(await mira.slash(bench.art, "jobs list"))
    assert private_text(await mira.slash(bench.art, "jobs show", id="anything")).startswith(WORDS)


@pytest.mark.parametrize("label", ["Again", "Delete"])
async def test_a_blocked_persons_press_of_a_button_on_a_result_is_refused(
    bench: DiscordBench, tmp_path: Path, label: str
) -> None:
    result = await bench.deliver(await bench.remix(), tmp_path)
    bench.woken.clear()
    bench.blocked.add(bench.mira.id)

    assert (await bench.press(bench.mira, result, label)).startswith(WORDS)
    assert bench.woken == []
    assert bench.message(result.channel.id, result.id).id == result.id


async def test_a_blocked_persons_try_again_and_cancel_are_refused(bench: DiscordBench) -> None:
    failed, waiting = await bench.remix(), await bench.remix()
    told = await bench.fail(failed)
    bench.woken.clear()
    bench.blocked.add(bench.mira.id)

    assert (await bench.press(bench.mira, told, "Try again")).startswith(WORDS)
    assert (await bench.press(bench.mira, bench.card(waiting), "Cancel")).startswith(WORDS)
    assert bench.woken == []
    assert (await bench.row(waiting)).status is JobStatus.PENDING


async def test_a_blocked_person_sees_details_of_their_own_and_of_nobody_else(
    bench: DiscordBench, tmp_path: Path
) -> None:
    own = await bench.deliver(await bench.remix(), tmp_path)
    other = await bench.deliver(await bench.remix(bench.oda), tmp_path)
    bench.blocked.add(bench.mira.id)

    theirs = await bench.mira.click(own, label="Details")
    refused = await bench.mira.click(other, label="Details")

    assert "as an oil painting" in listed(theirs)
    assert "as an oil painting" not in private_text(refused)


async def test_a_blocked_moderator_cancels_nothing_by_the_message_menu(bench: DiscordBench) -> None:
    job = await bench.remix()
    bench.blocked.add(bench.mo.id)

    said = await bench.mo.context_menu(bench.art, "Cancel remix", bench.card(job))

    assert private_text(said).startswith(WORDS)
    assert (await bench.row(job)).status is JobStatus.PENDING


async def test_in_a_direct_message_a_blocked_person_is_refused_too(bench: DiscordBench) -> None:
    bench.blocked.add(bench.mira.id)

    said = await bench.mira.user.slash("remix", prompt="a harbour", image1=PICTURE)

    assert private_text(said).startswith(WORDS)
    assert bench.woken == []
