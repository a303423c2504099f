"""``/jobs``, ``/moderation jobs`` and the message menu *Cancel remix*."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from bot.domain.status import JobStatus
from tests.unit.discord_bench import MODERATING, PICTURE, DiscordBench, discord_bench, private_text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    import simcord

CLOSED = discord.PermissionOverwrite(view_channel=False)
OPEN = discord.PermissionOverwrite(view_channel=True)


@pytest.fixture
async def bench() -> AsyncGenerator[DiscordBench]:
    """A server with the bot in it."""
    async with discord_bench() as made:
        yield made


def listed(said: simcord.InteractionResult) -> str:
    """What stands on a private list, as one text."""
    assert said.response is not None
    assert said.ephemeral
    return "\n".join(texts(said.response.components))


def texts(components: list[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    for one in components:
        found += [str(one[key]) for key in ("content", "custom_id") if key in one]
        found += texts([*one.get("components", []), *([one["accessory"]] if "accessory" in one else [])])
    return found


# --- /jobs ------------------------------------------------------------------------------------------------------------


async def test_ones_own_jobs_are_listed_with_where_they_stand(bench: DiscordBench, tmp_path: Path) -> None:
    first = await bench.remix(prompt="a lighthouse")
    await bench.deliver(first, tmp_path)
    second = await bench.remix(prompt="a harbour")
    await bench.remix(bench.oda, prompt="not Mira's")
    said = listed(await bench.mira.slash(bench.art, "jobs list"))
    assert said.index("a harbour") < said.index("a lighthouse")
    assert f"https://discord.com/channels/{bench.guild.id}/{bench.art.id}/{second.origin.card_message_id}" in said
    assert "Waiting for its turn" in said
    assert "not Mira" not in said


async def test_who_has_no_jobs_is_told_how_to_make_one(bench: DiscordBench) -> None:
    assert "/remix" in listed(await bench.oda.slash(bench.art, "jobs list"))


async def test_jobs_of_a_direct_message_are_linked_there(bench: DiscordBench) -> None:
    user = bench.mira.user
    await user.slash("remix", prompt="a harbour", image1=PICTURE)
    said = listed(await user.slash("jobs list"))
    assert f"https://discord.com/channels/@me/{user.dm_channel.id}/" in said


# --- /moderation jobs -------------------------------------------------------------------------------------------------


async def test_a_moderator_sees_open_jobs_and_cancels_one_from_the_list(bench: DiscordBench) -> None:
    job = await bench.remix(prompt="a lighthouse")
    await bench.run(await bench.remix(bench.oda, prompt="a harbour"))
    said = await bench.mo.slash(bench.art, "moderation jobs")
    text = listed(said)
    assert f"<@{bench.mira.id}> in <#{bench.art.id}>" in text
    assert "Painting" in text
    assert text.count("v1:cancel:") == 1  # what runs cannot be cancelled
    assert said.response is not None
    clicked = await bench.mo.click(said.response, label="Cancel")
    assert [one.content for one in clicked.followups] == ["Cancelled before it was sent. Nothing was charged."]
    assert (await bench.row(job)).status is JobStatus.CANCELLED
    assert "a lighthouse" not in listed(said)
    assert "a harbour" in listed(said)


async def test_ten_jobs_stand_on_a_page(bench: DiscordBench) -> None:
    for number in range(21):
        await bench.remix(prompt=f"picture-{number:02}")
    said = await bench.mo.slash(bench.art, "moderation jobs")
    assert prompts(said) == list(range(10))
    assert said.response is not None
    await bench.mo.click(said.response, label="Next")
    await bench.mo.click(said.response, label="Next")
    assert prompts(said) == [20]
    assert "Page 3 of 3" in listed(said)
    await bench.mo.click(said.response, label="Cancel")
    assert prompts(said) == list(range(10, 20))
    await bench.mo.click(said.response, label="Back")
    assert prompts(said) == list(range(10))


def prompts(said: simcord.InteractionResult) -> list[int]:
    return [int(line.rpartition("-")[2]) for line in listed(said).splitlines() if "picture-" in line]


async def test_only_places_that_the_moderator_sees_and_moderates_are_listed(bench: DiscordBench) -> None:
    everyone = bench.guild.default_role
    hidden = bench.guild.create_text_channel("hidden", overwrites={everyone: CLOSED, bench.mira: OPEN})
    foreign = bench.guild.create_text_channel(
        "foreign", overwrites={bench.moderators: discord.PermissionOverwrite(manage_messages=False)}
    )
    allow_bot(bench, hidden)
    await bench.remix(prompt="seen")
    await bench.remix(channel=hidden, prompt="secret")
    await bench.remix(channel=foreign, prompt="not theirs")
    text = listed(await bench.mo.slash(bench.art, "moderation jobs"))
    assert "seen" in text
    assert "secret" not in text
    assert "not theirs" not in text


async def test_a_moderator_of_one_server_sees_nothing_of_another(bench: DiscordBench) -> None:
    await bench.remix(prompt="a lighthouse")
    other = bench.env.create_guild("Elsewhere")
    role = other.create_role("Moderators", permissions=MODERATING)
    moderator = other.add_member(bench.env.create_user("king"), roles=[role])
    den = other.create_text_channel("den")
    assert "No remix is under way" in listed(await moderator.slash(den, "moderation jobs"))


async def test_a_page_is_judged_anew_when_it_is_turned(bench: DiscordBench) -> None:
    for number in range(11):
        await bench.remix(prompt=f"picture-{number:02}")
    said = await bench.mo.slash(bench.art, "moderation jobs")
    bench.env.backend.remove_member_role(bench.guild.id, bench.mo.id, bench.moderators.id)
    assert said.response is not None
    await bench.mo.click(said.response, label="Next")
    assert "No remix is under way" in listed(said)


# --- Cancel remix -----------------------------------------------------------------------------------------------------


async def test_the_menu_cancels_the_job_of_a_card(bench: DiscordBench) -> None:
    job = await bench.remix()
    said = await bench.mo.context_menu(bench.art, "Cancel remix", bench.card(job))
    assert "Cancelled before it was sent" in private_text(said)
    assert (await bench.row(job)).status is JobStatus.CANCELLED


async def test_the_menu_finds_a_card_that_has_no_button_any_more(bench: DiscordBench) -> None:
    job = await bench.remix()
    await bench.run(job)
    await bench.redraw(job)
    said = await bench.mo.context_menu(bench.art, "Cancel remix", bench.card(job))
    assert "the picture will still come" in private_text(said)


async def test_the_menu_knows_a_result_by_its_buttons(bench: DiscordBench, tmp_path: Path) -> None:
    result = await bench.deliver(await bench.remix(), tmp_path)
    said = await bench.mo.context_menu(bench.art.threads[0], "Cancel remix", result)
    assert "has ended already" in private_text(said)


async def test_the_menu_does_not_believe_the_buttons_of_another_bot(bench: DiscordBench) -> None:
    job = await bench.remix()
    forged = bench.card(job)
    bench.env.backend.get_message(forged.channel.id, forged.id).author_id = bench.oda.id
    said = await bench.mo.context_menu(bench.art, "Cancel remix", forged)
    assert "This message is not one of my remixes" in private_text(said)
    assert (await bench.row(job)).status is JobStatus.PENDING


async def test_the_menu_on_any_other_message_says_so(bench: DiscordBench) -> None:
    chat = await bench.oda.send(bench.art, "hello")
    said = await bench.mo.context_menu(bench.art, "Cancel remix", chat)
    assert "This message is not one of my remixes" in private_text(said)


# --- the simulated Discord, by hand -----------------------------------------------------------------------------------


def allow_bot(bench: DiscordBench, channel: simcord.ChannelHandle) -> None:
    """Let the bot into a channel that is closed to everyone."""
    view = discord.Permissions(view_channel=True).value
    bench.env.backend.set_overwrite(channel.id, Overwrite(bench.bot_user.id, OverwriteType.MEMBER, view, 0))
