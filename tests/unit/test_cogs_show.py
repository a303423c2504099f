"""``/jobs show``, *Show here* and the suggestions, through the real library."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType

from bot.domain.job import SHOWN_PART, Artifact
from bot.domain.status import FailureReason, JobStatus
from bot.ui.commands import job_choices
from bot.ui.custom_id import Action, encode
from tests.unit.discord_bench import DiscordBench, discord_bench, png, private_text
from tests.unit.job_builder import NOON, a_job, request
from tests.unit.test_cogs_buttons import post

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import simcord

    from bot.domain.job import Job

NO_FILES = discord.Permissions(attach_files=True).value


@pytest.fixture
async def bench() -> AsyncGenerator[DiscordBench]:
    """A server with the bot in it."""
    async with discord_bench() as made:
        yield made


async def painted(bench: DiscordBench, *, prompt: str = "a lighthouse", **facts: Any) -> Job:
    """A job of Mira's in ``art`` with its picture on disk, delivered unless the facts say otherwise."""
    job = await bench.store.advance(await bench.run(await bench.remix(prompt=prompt)), JobStatus.SUCCEEDED)
    (bench.shows_folder / job.id).write_bytes(png())
    await bench.store.save_artifacts([Artifact(job.id, 0, "https://x", job.id, "image/png", 1000, "00", 640, 480)])
    changes: dict[str, Any] = facts or {"delivered_at": bench.now()}
    return await bench.store.note(job.id, **changes)


def actions_on(message: simcord.ResponseMessage) -> list[str]:
    """The actions of a message's buttons, in order."""
    return re.findall(r"v1:([a-z]+):", str(message.components))


async def test_the_requester_shows_a_result_to_all_and_others_see_it_alone(bench: DiscordBench) -> None:
    job = await painted(bench)
    lobby = bench.guild.create_text_channel("lobby")
    own = await bench.mira.slash(lobby, "jobs show", id=job.id)
    others = await bench.oda.slash(lobby, "jobs show", id=f"#{job.id[:6]}")
    assert own.response is not None
    assert others.response is not None
    assert (own.ephemeral, others.ephemeral) == (False, True)
    assert f"v1:delete:{job.id}:2000" in str(own.response.components)
    assert [len(one.response.attachments) for one in (own, others) if one.response is not None] == [1, 1]


async def test_where_answers_may_carry_no_files_the_requester_sees_it_alone(bench: DiscordBench) -> None:
    job = await painted(bench)
    bench.env.backend.set_overwrite(bench.art.id, Overwrite(bench.bot_user.id, OverwriteType.MEMBER, 0, NO_FILES))
    assert (await bench.mira.slash(bench.art, "jobs show", id=job.id)).ephemeral


async def test_the_button_of_the_list_shows_a_kept_result_once_and_then_it_is_gone(bench: DiscordBench) -> None:
    job = await painted(bench, undeliverable_at=bench.now())
    listed = await bench.mira.slash(bench.art, "jobs list")
    assert listed.response is not None
    first = await bench.mira.click(listed.response, label="Show here")
    second = await bench.mira.click(listed.response, label="Show here")
    assert [one.content for one in (second.response, *second.followups) if one is not None and "already" in one.content]
    assert [len(one.attachments) for one in (first.response, *first.followups) if one is not None][-1] == 1
    row = await bench.row(job)
    assert row.delivered_at is not None
    assert row.undeliverable_at is None
    assert bench.woken[-1] == row


async def test_a_shown_result_is_deleted_alone_and_by_its_requester(bench: DiscordBench) -> None:
    job = await painted(bench)
    lobby = bench.guild.create_text_channel("lobby")
    shown: Any = (await bench.mira.slash(lobby, "jobs show", id=job.id)).response
    assert shown is not None
    assert "Only the person who asked" in await bench.press(bench.oda, shown, "Delete")
    await bench.mira.click(shown, label="Delete")
    assert shown.id not in [one.id for one in lobby.history()]
    assert bench.card(job).id == job.origin.card_message_id


async def test_a_copy_has_buttons_that_repeat_and_tell_only_where_all_its_readers_may_use_them(
    bench: DiscordBench,
) -> None:
    job = await painted(bench)
    lobby = bench.guild.create_text_channel("lobby")
    there = await bench.mira.slash(bench.art, "jobs show", id=job.id)
    elsewhere = await bench.mira.slash(lobby, "jobs show", id=job.id)
    others = await bench.oda.slash(lobby, "jobs show", id=job.id)
    bench.env.backend.set_overwrite(lobby.id, Overwrite(bench.bot_user.id, OverwriteType.MEMBER, 0, NO_FILES))
    await bench.env.advance_time(6)
    alone = await bench.mira.slash(lobby, "jobs show", id=job.id)

    assert [alone.ephemeral, others.ephemeral, elsewhere.ephemeral] == [True, True, False]
    for said in (there, alone):
        assert said.response is not None
        assert actions_on(said.response) == ["again", "details", "delete"]
    for said in (elsewhere, others):
        assert said.response is not None
        assert actions_on(said.response) == ["delete"]


@pytest.mark.parametrize("action", [Action.AGAIN, Action.DETAILS, Action.RETRY])
async def test_an_older_copy_tells_and_repeats_nothing_for_who_cannot_see_the_first_place(
    bench: DiscordBench, action: Action
) -> None:
    closed = {bench.guild.default_role: discord.PermissionOverwrite(view_channel=False)}
    opened = {bench.mira: discord.PermissionOverwrite(view_channel=True)}
    me = {bench.bot_user: discord.PermissionOverwrite(view_channel=True)}
    hidden = bench.guild.create_text_channel("hidden", overwrites={**closed, **opened, **me})
    job = await bench.remix(channel=hidden)
    button = await post(bench, bench.art, encode(action, job.id, SHOWN_PART))

    assert "in a place that you cannot see" in await bench.press(bench.oda, button, "Press")
    assert len(bench.woken) == 1


@pytest.mark.parametrize("action", [Action.AGAIN, Action.RETRY])
async def test_others_repeat_nothing_in_another_place_though_they_see_the_first_place(
    bench: DiscordBench, action: Action
) -> None:
    job = await bench.remix()
    await bench.fail(job)
    lobby = bench.guild.create_text_channel("lobby")
    button = await post(bench, lobby, encode(action, job.id, SHOWN_PART))

    assert "Only the person who made this remix" in await bench.press(bench.oda, button, "Press")
    assert len(bench.woken) == 1
    await bench.mira.click(button, label="Press")
    assert bench.woken[-1].parent_id == job.id


async def test_what_was_made_in_an_age_restricted_channel_is_shown_only_in_such_channels(bench: DiscordBench) -> None:
    await bench.restrict_age(bench.art)
    job = await painted(bench)
    lobby = bench.guild.create_text_channel("lobby")
    for person in (bench.mira, bench.oda):
        assert "made in an age-restricted channel" in private_text(await person.slash(lobby, "jobs show", id=job.id))
    in_private = await bench.mira.user.slash("jobs show", id=job.id)
    assert "made in an age-restricted channel" in private_text(in_private)
    await bench.restrict_age(lobby)
    shown = await bench.mira.slash(lobby, "jobs show", id=job.id)
    assert shown.response is not None
    assert (shown.ephemeral, len(shown.response.attachments)) == (False, 1)
    await bench.restrict_age(bench.art, is_on=False)
    assert "made in an age-restricted channel" in private_text(
        await bench.mira.slash(bench.art, "jobs show", id=job.id)
    )


@pytest.mark.parametrize("action", [Action.AGAIN, Action.DETAILS, Action.RETRY, Action.SHOW])
async def test_no_button_tells_or_repeats_in_another_place_what_was_made_in_an_age_restricted_channel(
    bench: DiscordBench, action: Action
) -> None:
    job = await bench.remix()
    await bench.fail(job)
    lobby = bench.guild.create_text_channel("lobby")
    button = await post(bench, lobby, encode(action, job.id, 0))
    await bench.restrict_age(bench.art)
    for person in (bench.mira, bench.oda):
        assert "made in an age-restricted channel" in await bench.press(person, button, "Press")
    assert len(bench.woken) == 1


async def test_of_an_older_job_whose_channel_is_gone_nobody_knows_whether_it_was_age_restricted(
    bench: DiscordBench,
) -> None:
    gone = bench.guild.create_text_channel("gone")
    newer = await bench.remix(channel=gone)
    older = replace(newer, id="0" * 16, interaction_id=7, origin=replace(newer.origin, is_age_restricted=None))
    job = await bench.store.accept(older, ())
    (bench.shows_folder / job.id).write_bytes(png())
    job = await bench.store.advance(await bench.run(job), JobStatus.SUCCEEDED, delivered_at=bench.now())
    await bench.store.save_artifacts([Artifact(job.id, 0, "https://x", job.id, "image/png", 1000, "00", 640, 480)])
    bench.env.backend.delete_channel(gone.id)
    await bench.env.settle()
    assert "cannot tell" in private_text(await bench.mira.slash(bench.art, "jobs show", id=job.id))
    await bench.restrict_age(bench.art)
    shown = await bench.mira.slash(bench.art, "jobs show", id=job.id)
    assert shown.response is not None
    assert len(shown.response.attachments) == 1


async def test_lists_and_suggestions_hide_prompts_of_age_restricted_channels_elsewhere(bench: DiscordBench) -> None:
    await bench.restrict_age(bench.art)
    kept = await painted(bench, prompt="a secret lighthouse", undeliverable_at=bench.now())
    await bench.remix(prompt="a secret harbour")
    lobby = bench.guild.create_text_channel("lobby")
    elsewhere = [await bench.mira.slash(lobby, "jobs list"), await bench.mo.slash(lobby, "moderation jobs")]
    there = [await bench.mira.slash(bench.art, "jobs list"), await bench.mo.slash(bench.art, "moderation jobs")]
    for said in elsewhere:
        assert said.response is not None
        assert "secret" not in str(said.response.components)
        assert "only in age-restricted channels" in str(said.response.components)
    for said in there:
        assert said.response is not None
        assert "secret harbour" in str(said.response.components)
    assert [actions_on(said.response) for said in (*elsewhere, *there) if said.response is not None] == [
        [], ["cancel"], ["show"], ["cancel"],
    ]  # fmt: skip
    assert await bench.mira.autocomplete(lobby, "jobs show", "id", "secret") == []
    [first, _] = await bench.mira.autocomplete(lobby, "jobs show", "id", "")
    assert (first["value"], "secret" in first["name"]) == (kept.id, False)
    assert len(await bench.mira.autocomplete(bench.art, "jobs show", "id", "secret")) == 2


async def test_one_who_was_shown_it_alone_may_put_it_away(bench: DiscordBench) -> None:
    job = await painted(bench)
    shown: Any = (await bench.oda.slash(bench.art, "jobs show", id=job.id)).response
    assert shown is not None
    assert (await bench.oda.click(shown, label="Delete")).followups == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"fetched_at": NOON}, "on its way here"),
        ({"undeliverable_at": NOON, "failure": FailureReason.CONTENT_REFUSED}, "does not take this result"),
        ({"delivered_at": NOON, "failure": FailureReason.OUTPUT_LOST}, "could not be fetched"),
    ],
)
async def test_what_has_no_result_is_told_in_private_with_why(
    bench: DiscordBench, facts: dict[str, Any], words: str
) -> None:
    job = await painted(bench, **facts)
    assert words in private_text(await bench.mira.slash(bench.art, "jobs show", id=job.id))


async def test_what_is_unknown_or_pruned_is_told_in_private_and_nothing_stays_in_public(bench: DiscordBench) -> None:
    job = await painted(bench)
    (bench.shows_folder / job.id).unlink()
    before = [one.id for one in bench.art.history()]
    gone = await bench.mira.slash(bench.art, "jobs show", id=job.id)
    unknown = await bench.mira.slash(bench.art, "jobs show", id="nonsense")
    assert "no longer keep" in " ".join(one.content for one in gone.followups)
    assert "cannot find" in private_text(unknown)
    assert [one.id for one in bench.art.history()] == before


async def test_ones_own_jobs_are_suggested_kept_ones_first(bench: DiscordBench) -> None:
    kept = await painted(bench, prompt="a kept one", undeliverable_at=bench.now())
    waiting = await bench.remix(prompt="a waiting one")
    await bench.remix(bench.oda, prompt="not Mira's")
    choices = await bench.mira.autocomplete(bench.art, "jobs show", "id", "")
    assert [one["value"] for one in choices] == [kept.id, waiting.id]
    assert [one["name"] for one in choices] == [
        "Painted, but not posted · a kept one · 0 min ago",
        "Waiting for its turn · a waiting one · 0 min ago",
    ]


@pytest.mark.parametrize("typed", ["LIGHT", "#a1b2c3", "a1b2c3d4e5f60718", "waiting for", ""])
def test_suggestions_follow_what_is_typed(typed: str) -> None:
    one = a_job(request=request("a lighthouse"))
    assert [choice.value for choice in job_choices([one], typed=typed, now=NOON, locale="en-US")] == [one.id]
    assert job_choices([one], typed="harbour", now=NOON, locale="en-US") == []


def test_suggestions_fit_what_discord_takes() -> None:
    long = request("\N{FAMILY}\N{ZERO WIDTH JOINER}**@everyone** " * 30)
    jobs = [a_job(id=f"{number:016x}", request=long) for number in range(40)]
    choices = job_choices(jobs, typed="", now=NOON + timedelta(days=400), locale="en-US")
    assert len(choices) == 25
    assert all(len(choice.name.encode("utf-16-le")) // 2 <= 100 for choice in choices)
    assert all(choice.name.endswith("… · 400 days ago") for choice in choices)
    ages = [timedelta(seconds=59), timedelta(minutes=61), timedelta(hours=47), -timedelta(hours=1)]
    now = [job_choices([replace(jobs[0], request=request())], typed="", now=NOON + age, locale="en") for age in ages]
    assert [one[0].name.rpartition(" · ")[2] for one in now] == ["0 min ago", "1 h ago", "1 day ago", "0 min ago"]
