"""The buttons of cards and results, clicked by those who may and by those who may not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType
from typing_extensions import override

from bot.domain.policy import Pause, PauseReason
from bot.domain.status import JobStatus
from bot.ui.custom_id import Action, encode
from bot.ui.layout import PostedButton
from tests.fake_store import FakeJobStore
from tests.unit.discord_bench import DiscordBench, discord_bench, private_text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    import simcord

    from bot.domain.job import Job


@pytest.fixture
async def bench() -> AsyncGenerator[DiscordBench]:
    """A server with the bot in it."""
    async with discord_bench() as made:
        yield made


# --- Cancel -----------------------------------------------------------------------------------------------------------


async def test_the_requester_cancels_a_waiting_job_at_once(bench: DiscordBench) -> None:
    job = await bench.remix()
    assert (
        await bench.press(bench.mira, bench.card(job), "Cancel") == "Cancelled before it was sent. Nothing was charged."
    )
    assert (await bench.row(job)).status is JobStatus.CANCELLED
    await bench.redraw(job)
    assert "Cancel" not in labels(bench.card(job))


async def test_a_queued_job_is_asked_for_at_the_provider(bench: DiscordBench) -> None:
    job = await bench.queue(await bench.remix())
    assert "asked RunComfy" in await bench.press(bench.mira, bench.card(job), "Cancel")
    job = await bench.row(job)
    assert (job.status, job.cancel_requested_by) == (JobStatus.IN_QUEUE, bench.mira.id)
    assert bench.woken[-1] == job


async def test_a_stranger_is_refused_in_private(bench: DiscordBench) -> None:
    job = await bench.remix()
    assert "Only the person who asked" in await bench.press(bench.oda, bench.card(job), "Cancel")
    assert (await bench.row(job)).status is JobStatus.PENDING


async def test_a_moderator_cancels_anyones_job(bench: DiscordBench) -> None:
    job = await bench.remix()
    await bench.mo.click(bench.card(job), label="Cancel")
    job = await bench.row(job)
    assert (job.status, job.cancel_requested_by) == (JobStatus.CANCELLED, bench.mo.id)


async def test_who_lost_manage_messages_is_refused_at_the_click(bench: DiscordBench) -> None:
    job = await bench.remix()
    bench.env.backend.remove_member_role(bench.guild.id, bench.mo.id, bench.moderators.id)
    assert "Only the person who asked" in await bench.press(bench.mo, bench.card(job), "Cancel")
    assert (await bench.row(job)).status is JobStatus.PENDING


async def test_a_running_job_can_no_longer_be_cancelled(bench: DiscordBench) -> None:
    job = await bench.remix()
    await bench.run(job)
    assert "the picture will still come" in await bench.press(bench.mira, bench.card(job), "Cancel")


async def test_a_button_with_a_job_of_another_server_finds_nothing(bench: DiscordBench) -> None:
    job = await bench.remix()
    elsewhere = bench.env.create_guild("Elsewhere")
    channel = elsewhere.create_text_channel("den")
    king = elsewhere.add_member(
        bench.env.create_user("king"),
        roles=[elsewhere.create_role("King", permissions=discord.Permissions(administrator=True))],
    )
    for action in (Action.CANCEL, Action.DETAILS, Action.DELETE, Action.AGAIN):
        forged = await post(bench, channel, encode(action, job.id))
        assert "I cannot find this remix" in await bench.press(king, forged, "Press"), action
    assert await bench.row(job) == job
    assert len(bench.woken) == 1


async def test_buttons_work_after_a_restart(bench: DiscordBench) -> None:
    job = await bench.remix()
    await bench.restart()
    await bench.mira.click(bench.card(job), label="Cancel")
    assert (await bench.row(job)).status is JobStatus.CANCELLED


# --- Again and Try again ----------------------------------------------------------------------------------------------


async def test_again_makes_a_new_job_beside_the_result_for_whoever_pressed(bench: DiscordBench, tmp_path: Path) -> None:
    first = await bench.remix(scale=0.3)
    result = await bench.deliver(first, tmp_path)
    said = await bench.oda.click(result, label="Again")
    assert said.response is not None
    assert not said.ephemeral
    job = bench.woken[-1]
    assert (job.parent_id, job.retry_of, job.request) == (first.id, None, first.request)
    assert (job.origin.user_id, job.origin.channel_id) == (bench.oda.id, first.origin.thread_id)
    assert (job.origin.parent_id, job.origin.card_message_id) == (bench.art.id, said.response.id)
    assert labels(bench.card(await bench.open_card(job))) == ["Cancel"]


async def test_a_double_click_on_again_pays_once(bench: DiscordBench, tmp_path: Path) -> None:
    result = await bench.deliver(await bench.remix(), tmp_path)
    await bench.mira.click(result, label="Again")
    before = bench.art.threads[0].history()
    assert "You pressed *Again* a moment ago" in await bench.press(bench.mira, result, "Again")
    assert bench.art.threads[0].history() == before
    assert len(bench.woken) == 2
    await bench.env.advance_time(6)
    await bench.mira.click(result, label="Again")
    assert len(bench.woken) == 3


async def test_again_is_refused_while_paused(bench: DiscordBench, tmp_path: Path) -> None:
    result = await bench.deliver(await bench.remix(), tmp_path)
    bench.gate.pause = Pause(PauseReason.UNAUTHORIZED, "401", bench.now(), bench.now())
    assert "paused by the operator" in await bench.press(bench.mira, result, "Again")


async def test_again_asks_for_the_same_permissions_as_the_command(bench: DiscordBench, tmp_path: Path) -> None:
    result = await bench.deliver(await bench.remix(), tmp_path)
    deny(bench, "attach_files")
    said = await bench.press(bench.mira, result, "Again")
    assert f"*Attach Files* in <#{bench.art.id}>" in said
    assert len(bench.woken) == 1


async def test_try_again_runs_a_failed_job_once_more_and_only_once(bench: DiscordBench) -> None:
    failed = await bench.remix()
    told = await bench.fail(failed)
    await bench.mira.click(told, label="Try again")
    job = bench.woken[-1]
    assert (job.retry_of, job.parent_id, job.request) == (failed.id, failed.id, failed.request)
    assert "was tried again already" in await bench.press(bench.oda, told, "Try again")
    assert len(bench.woken) == 2 + 1  # the loop is woken for the job that is there
    assert bench.woken[-1] == job


class ColdStore(FakeJobStore):
    """Gives jobs out as they are long after: Discord no longer serves their pictures."""

    @override
    async def get(self, job_id: str) -> Job | None:
        job = await super().get(job_id)
        if job is None:
            return None
        gone = tuple(replace(one, url="https://cdn.discordapp.com/cat.png?ex=1") for one in job.request.inputs)
        return replace(job, request=replace(job.request, inputs=gone))


@pytest.mark.parametrize("action", [Action.AGAIN, Action.RETRY])
async def test_pictures_that_discord_no_longer_serves_are_asked_for_anew(action: Action) -> None:
    async with discord_bench(ColdStore()) as bench:
        job = await bench.remix()
        await bench.fail(job)
        button = await post(bench, bench.art, encode(action, job.id))
        assert "Attach them again with /remix" in await bench.press(bench.mira, button, "Press")
        assert len(bench.woken) == 1


async def test_try_again_needs_a_failure(bench: DiscordBench) -> None:
    job = await bench.remix()
    button = await post(bench, bench.art, encode(Action.RETRY, job.id))
    assert "did not fail" in await bench.press(bench.mira, button, "Press")


# --- Details and Delete -----------------------------------------------------------------------------------------------


async def test_details_are_shown_to_whoever_asked(bench: DiscordBench, tmp_path: Path) -> None:
    result = await bench.deliver(await bench.remix(prompt="a *lighthouse*"), tmp_path)
    said = await bench.oda.click(result, label="Details")
    assert said.ephemeral
    assert said.response is not None
    assert "Dreamina 4.0" in str(said.response.components)
    assert "lighthouse" in str(said.response.components)


@pytest.mark.parametrize("name", ["mira", "mo"])
async def test_requester_and_moderator_delete_a_result(bench: DiscordBench, tmp_path: Path, name: str) -> None:
    result = await bench.deliver(await bench.remix(), tmp_path)
    person: simcord.MemberActor = getattr(bench, name)
    await person.click(result, label="Delete")
    assert result.id not in [message.id for message in bench.art.threads[0].history()]


async def test_a_second_press_on_delete_says_nothing(bench: DiscordBench, tmp_path: Path) -> None:
    result = await bench.deliver(await bench.remix(), tmp_path)
    bench.env.inject_error("DELETE", f"/channels/*/messages/{result.id}", status=404, code=10008)
    said = await bench.mira.click(result, label="Delete")
    assert said.followups == []


async def test_a_result_that_the_bot_may_no_longer_delete_names_what_is_missing(
    bench: DiscordBench, tmp_path: Path
) -> None:
    result = await bench.deliver(await bench.remix(), tmp_path)
    bench.env.inject_error("DELETE", f"/channels/*/messages/{result.id}", status=403, code=50001)
    assert "*View Channel*" in await bench.press(bench.mira, result, "Delete")


async def test_a_stranger_deletes_nothing(bench: DiscordBench, tmp_path: Path) -> None:
    result = await bench.deliver(await bench.remix(), tmp_path)
    assert "Only the person who asked" in await bench.press(bench.oda, result, "Delete")
    assert result.id in [message.id for message in bench.art.threads[0].history()]


# --- what no button stands for ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "custom_id", ["v0:cancel:a1b2c3d4e5f60718", "v1:frame:a1b2c3d4e5f60718", "v1:cancel:short", "something else"]
)
async def test_an_unknown_button_is_answered_and_nothing_else(bench: DiscordBench, custom_id: str) -> None:
    assert "This card is too old" in await bench.press(bench.mira, await post(bench, bench.art, custom_id), "Press")


async def test_an_unknown_form_is_answered(bench: DiscordBench) -> None:
    said = await bench.send_raw(bench.mira, bench.art, 5, {"custom_id": "v1:mend:a1b2c3d4e5f60718", "components": []})
    assert "This card is too old" in private_text(said)


class BrokenStore(FakeJobStore):
    """Has lost its disk."""

    @override
    async def get(self, job_id: str) -> Job | None:
        raise OSError(f"disk gone while reading {job_id}")


@pytest.mark.parametrize("action", [Action.CANCEL, Action.AGAIN, Action.RETRY, Action.DETAILS, Action.DELETE])
async def test_a_fault_of_ours_is_owned_with_a_reference_and_no_more(action: Action) -> None:
    async with discord_bench(BrokenStore()) as bench:
        button = await post(bench, bench.art, encode(action, "a1b2c3d4e5f60718"))
        text = await bench.press(bench.mira, button, "Press")
        assert "Something went wrong on my side" in text
        assert "disk" not in text


async def test_a_click_that_discord_no_longer_waits_for_does_nothing(bench: DiscordBench) -> None:
    job = await bench.remix()
    bench.env.inject_error("POST", "/interactions/*/*/callback", status=404, code=10062, message="Unknown interaction")
    said = await bench.mira.click(bench.card(job), label="Cancel")
    assert not said.acknowledged
    assert (await bench.row(job)).status is JobStatus.PENDING


# --- the simulated Discord, by hand -----------------------------------------------------------------------------------


async def post(bench: DiscordBench, channel: simcord.ChannelHandle, custom_id: str) -> discord.Message:
    """Let the bot post a button with this id."""
    place = bench.bot.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)
    button = PostedButton(label="Press", custom_id=custom_id)
    message = await place.send(view=discord.ui.LayoutView().add_item(discord.ui.ActionRow(button)))
    await bench.env.settle()
    return message


def deny(bench: DiscordBench, name: str) -> None:
    """Take a permission from the bot in ``art``."""
    denied = discord.Permissions(**{name: True}).value
    bench.env.backend.set_overwrite(bench.art.id, Overwrite(bench.bot_user.id, OverwriteType.MEMBER, 0, denied))


def labels(message: discord.Message) -> list[str]:
    """The labels of a message's buttons, however deep they stand."""
    return [str(one.label) for one in walk(message.components) if isinstance(one, discord.Button)]


def walk(components: list[Any]) -> list[Any]:
    """Components and those inside them."""
    return [found for one in components for found in (one, *walk(getattr(one, "children", [])))]
