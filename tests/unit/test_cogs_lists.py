"""Lists under change: pages at their bounds, jobs and rights that vanish before the click, the message menu."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord
import pytest
from simcord.backend import serializers

from bot.domain.job import Delivery
from bot.domain.status import JobStatus
from tests.unit.discord_bench import MODERATING, DiscordBench, discord_bench, private_text

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


def texts(said: simcord.InteractionResult) -> str:
    """What stands on a private list, with the labels of its buttons."""
    assert said.response is not None
    assert said.ephemeral
    return "\n".join(_texts(said.response.components))


def _texts(components: list[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    for one in components:
        found += [str(one[key]) for key in ("content", "label") if key in one]
        found += _texts([*one.get("components", []), *([one["accessory"]] if "accessory" in one else [])])
    return found


def prompts(said: simcord.InteractionResult) -> list[int]:
    return [int(line.rpartition("-")[2]) for line in texts(said).splitlines() if "picture-" in line]


async def jobs(bench: DiscordBench, count: int) -> list[Job]:
    return [await bench.remix(prompt=f"picture-{number:02}") for number in range(count)]


async def press(person: simcord.MemberActor, said: simcord.InteractionResult, label: str) -> list[str]:
    """Press the button of that label or id on a list, and read what is answered in private."""
    assert said.response is not None
    by = {"custom_id" if ":" in label else "label": label}
    return [one.content for one in (await person.click(said.response, **by)).followups]


# --- pages ------------------------------------------------------------------------------------------------------------


async def test_ten_jobs_need_no_second_page_and_eleven_do(bench: DiscordBench) -> None:
    await jobs(bench, 10)
    ten = await bench.mo.slash(bench.art, "moderation jobs")
    assert prompts(ten) == list(range(10))
    assert "Next" not in texts(ten)
    await bench.remix(prompt="picture-10")
    eleven = await bench.mo.slash(bench.art, "moderation jobs")
    assert prompts(eleven) == list(range(10))
    assert "Page 1 of 2 · 11 remixes" in texts(eleven)
    assert await press(bench.mo, eleven, "Next") == []
    assert prompts(eleven) == [10]


async def test_jobs_that_end_between_two_pages_leave_no_page_behind(bench: DiscordBench) -> None:
    made = await jobs(bench, 11)
    said = await bench.mo.slash(bench.art, "moderation jobs")
    for job in made[:2]:
        await bench.store.request_cancel(job.id, by=bench.mira.id, at=bench.now())
    await press(bench.mo, said, "Next")
    assert prompts(said) == list(range(2, 11))
    assert "Page" not in texts(said)
    for job in made[2:]:
        await bench.store.request_cancel(job.id, by=bench.mira.id, at=bench.now())
    assert await press(bench.mo, said, f"v1:cancel:{made[2].id}:0") == [
        "This remix has ended already, so there is nothing to cancel. Its card shows how it went."
    ]
    assert "No remix is under way" in texts(said)


async def test_of_two_moderators_with_the_same_list_each_is_answered_and_sees_it_anew(bench: DiscordBench) -> None:
    (job,) = await jobs(bench, 1)
    meg = bench.guild.add_member(bench.env.create_user("meg"), roles=[bench.moderators])
    lists = [await one.slash(bench.art, "moderation jobs") for one in (bench.mo, meg)]
    assert await press(bench.mo, lists[0], "Cancel") == ["Cancelled before it was sent. Nothing was charged."]
    assert "has ended already" in (await press(meg, lists[1], "Cancel"))[0]
    assert ["No remix is under way" in texts(one) for one in lists] == [True, True]
    assert (await bench.row(job)).cancel_requested_by == bench.mo.id


async def test_a_moderator_who_lost_manage_messages_cancels_nothing_from_an_old_list(bench: DiscordBench) -> None:
    (job,) = await jobs(bench, 1)
    said = await bench.mo.slash(bench.art, "moderation jobs")
    bench.env.backend.remove_member_role(bench.guild.id, bench.mo.id, bench.moderators.id)
    assert "Only the person who asked" in (await press(bench.mo, said, "Cancel"))[0]
    assert "No remix is under way" in texts(said)
    assert (await bench.row(job)).status is JobStatus.PENDING


# --- one's own --------------------------------------------------------------------------------------------------------


async def test_what_is_still_open_is_listed_however_much_has_ended_since(bench: DiscordBench) -> None:
    made = await jobs(bench, 18)
    for job in made[1:]:
        await bench.store.request_cancel(job.id, by=bench.mira.id, at=bench.now())
    said = await bench.mira.slash(bench.art, "jobs list")
    assert prompts(said) == [0, *range(17, 3, -1)]
    assert texts(said).count("[open](https://discord.com/channels/") == 15
    assert texts(said).count("Cancelled") == 14


# --- the message menu -------------------------------------------------------------------------------------------------


async def test_the_menu_takes_a_list_for_no_card(bench: DiscordBench) -> None:
    made = await jobs(bench, 11)
    listed = await bench.mo.slash(bench.art, "moderation jobs")
    assert listed.response is not None
    said = await menu_on(bench, bench.mo, bench.art, listed.response.id)
    assert "not one of my remixes" in said
    assert [(await bench.row(job)).status for job in made] == [JobStatus.PENDING] * 11


async def test_the_menu_on_a_card_of_another_server_finds_nothing(bench: DiscordBench) -> None:
    (job,) = await jobs(bench, 1)
    other = bench.env.create_guild("Elsewhere")
    king = other.add_member(
        bench.env.create_user("king"), roles=[other.create_role("Moderators", permissions=MODERATING)]
    )
    den = other.create_text_channel("den")
    assert "I cannot find this remix" in await menu_on(bench, king, den, job.origin.card_message_id or 0)
    assert (await bench.row(job)).status is JobStatus.PENDING


async def menu_on(
    bench: DiscordBench, person: simcord.MemberActor, channel: simcord.ChannelHandle, message_id: int
) -> str:
    """Use the menu on any message at all, as no client of Discord's would, and read the private answer."""
    backend = bench.env.backend
    command = backend.find_command("Cancel remix", person.guild.id, type=discord.AppCommandType.message.value)
    assert command is not None
    stored = next(found[message_id] for found in backend.messages.values() if message_id in found)
    message = dict(serializers.message_payload(backend, stored))
    data = {
        "id": command["id"],
        "name": "Cancel remix",
        "type": 3,
        "target_id": str(message_id),
        "resolved": {"messages": {str(message_id): message}},
    }
    return private_text(await bench.send_raw(person, channel, 2, data))


# --- links ------------------------------------------------------------------------------------------------------------


def linked(said: simcord.InteractionResult) -> list[str]:
    """Where the links of a list lead, channel and message, in order."""
    return re.findall(r"\(https://discord\.com/channels/\d+/(\d+/\d+)\)", texts(said))


def card_of(job: Job) -> str:
    """Where the link to a card leads."""
    return f"{job.origin.channel_id}/{job.origin.card_message_id}"


def looks(bench: DiscordBench) -> int:
    """How many messages the bot has read so far, one by one."""
    pattern = re.compile(r"/channels/\d+/messages/\d+")
    return sum(one.method == "GET" and bool(pattern.fullmatch(one.path)) for one in bench.env.http_requests)


async def test_a_card_that_was_deleted_has_no_link_in_either_list(bench: DiscordBench) -> None:
    first, second = await jobs(bench, 2)
    await bench.card(first).delete()
    own = await bench.mira.slash(bench.art, "jobs list")
    moderators = await bench.mo.slash(bench.art, "moderation jobs")
    assert linked(own) == linked(moderators) == [card_of(second)]


async def test_where_the_card_was_deleted_the_link_leads_to_the_result(bench: DiscordBench, tmp_path: Path) -> None:
    job = await bench.remix()
    result = await bench.deliver(job, tmp_path)
    sent = Delivery(job.id, 1, result.channel.id, f"{job.id}.1", (0,), bench.now(), result.id)
    await bench.store.plan_deliveries([sent])
    await bench.card(job).delete()
    assert linked(await bench.mira.slash(bench.art, "jobs list")) == [f"{result.channel.id}/{result.id}"]


async def test_where_both_were_deleted_there_is_no_link_and_the_list_says_the_rest(
    bench: DiscordBench, tmp_path: Path
) -> None:
    job = await bench.remix(prompt="picture-07")
    result = await bench.deliver(job, tmp_path)
    await bench.store.plan_deliveries(
        [Delivery(job.id, 1, result.channel.id, f"{job.id}.1", (0,), bench.now(), result.id)]
    )
    await bench.card(job).delete()
    await result.delete()
    said = await bench.mira.slash(bench.art, "jobs list")
    assert linked(said) == []
    assert prompts(said) == [7]


async def test_a_card_of_which_discord_says_nothing_keeps_its_link(bench: DiscordBench) -> None:
    (job,) = await jobs(bench, 1)
    bench.env.inject_error("GET", "/channels/*/messages/*", status=403, code=50001, message="Missing Access")
    assert linked(await bench.mira.slash(bench.art, "jobs list")) == [card_of(job)]


async def test_a_list_that_is_asked_for_again_asks_discord_no_more(bench: DiscordBench) -> None:
    made = await jobs(bench, 3)
    await bench.card(made[0]).delete()
    lists = [linked(await bench.mira.slash(bench.art, "jobs list"))]
    asked = looks(bench)
    lists.append(linked(await bench.mira.slash(bench.art, "jobs list")))
    assert lists == [[card_of(job) for job in made[:0:-1]]] * 2
    assert (asked, looks(bench)) == (3, 3)
