"""``/remix`` as members use it, and everything that it refuses."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord
import pytest
from simcord.backend.models.channel import Overwrite
from simcord.enums import OverwriteType
from typing_extensions import override

from bot.domain.policy import Outage, Pause, PauseReason
from bot.domain.status import JobStatus
from bot.errors import InputPostponed, InputRefused
from tests.fake_store import FakeJobStore
from tests.unit.discord_bench import PICTURE, DiscordBench, discord_bench, png, private_text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from bot.domain.job import Job
    from bot.domain.ledger import Entry


@pytest.fixture
async def bench() -> AsyncGenerator[DiscordBench]:
    """A server with the bot in it."""
    async with discord_bench() as made:
        yield made


async def test_a_remix_becomes_a_job_with_a_public_card_and_a_thread(bench: DiscordBench) -> None:
    said = await bench.mira.slash(bench.art, "remix", prompt="  as an oil painting ", image1=PICTURE, scale=0.7)
    assert said.response is not None
    assert (said.deferred, said.ephemeral) == (True, False)
    (job,) = bench.woken
    assert job.origin.card_message_id == said.response.id
    assert job.status is JobStatus.PENDING
    assert (job.request.prompt, job.request.options) == ("as an oil painting", {"scale": 0.7})
    job = await bench.open_card(job)
    assert [thread.name for thread in bench.art.threads] == ["as an oil painting"]
    assert bench.card(job).flags.components_v2


async def test_images_keep_their_order_over_gaps(bench: DiscordBench) -> None:
    job = await bench.remix(image1=("a.png", png()), image7=("c.png", png()), image3=("b.png", png()))
    assert [one.filename for one in job.request.inputs] == ["a.png", "b.png", "c.png"]
    assert job.request.inputs[0].url.startswith("https://")


async def test_a_size_is_chosen_by_words_and_sent_as_the_providers(bench: DiscordBench) -> None:
    job = await bench.remix(size="6198x2656(21:9)", single=True)
    assert job.request.options == {"size": "6198x2656(21:9)", "single": True}


class WatchfulStore(FakeJobStore):
    """Notes what Discord had been answered when a job was accepted."""

    bench: DiscordBench
    answered: Sequence[str] = ()

    @override
    async def accept(self, job: Job, entries: Sequence[Entry]) -> Job:
        self.answered = [entry.path for entry in self.bench.env.http_requests if entry.path.endswith("/callback")]
        return await super().accept(job, entries)


async def test_the_acknowledgement_comes_before_the_store_is_asked() -> None:
    store = WatchfulStore()
    async with discord_bench(store) as bench:
        store.bench = bench
        await bench.remix()
        assert len(store.answered) == 1


async def test_inside_a_thread_the_job_stays_there(bench: DiscordBench) -> None:
    parent = await bench.remix()
    thread = bench.art.threads[0]
    job = await bench.remix(channel=thread)
    assert (job.origin.channel_id, job.origin.parent_id) == (parent.origin.thread_id, bench.art.id)
    assert job.origin.target_id == thread.id


async def test_in_a_direct_message_the_job_is_answered_there(bench: DiscordBench) -> None:
    user = bench.mira.user
    await user.slash("remix", prompt="as an oil painting", image1=PICTURE)
    (job,) = bench.woken
    assert (job.origin.guild_id, job.origin.channel_id) == (None, user.dm_channel.id)
    assert (await bench.open_card(job)).origin.target_id == user.dm_channel.id


@pytest.mark.parametrize("kind", ["voice", "stage", "news"])
async def test_other_channels_with_a_chat_hold_a_job(bench: DiscordBench, kind: str) -> None:
    make = {
        "voice": bench.guild.create_voice_channel,
        "stage": bench.guild.create_stage_channel,
        "news": bench.guild.create_news_channel,
    }[kind]
    channel = make("talk")
    await bench.mira.slash(channel, "remix", prompt="x", image1=PICTURE)
    assert [job.origin.channel_id for job in bench.woken] == [channel.id]


# --- refusals: in private, before anything is paid --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"prompt": "   "}, ["The prompt is empty"]),
        ({"prompt": "x" * 801}, ["801 characters", "up to 800"]),
        ({"image1": ("void.png", b"")}, ["Image 1 (void.png)", "is empty"]),
    ],
)
async def test_bad_input_is_refused_in_words(bench: DiscordBench, options: dict[str, Any], words: list[str]) -> None:
    refusal = await bench.refusal(**options)
    for expected in words:
        assert expected in refusal


async def test_pictures_of_no_use_are_refused_in_private_after_the_public_acknowledgement(bench: DiscordBench) -> None:
    bench.inspector.refuse("notes.txt", InputRefused("not_a_picture"))
    bench.inspector.refuse("torn.png", InputRefused("damaged"))
    images = {"image1": PICTURE, "image3": ("torn.png", png()), "image7": ("notes.txt", b"hello")}
    said = await bench.mira.slash(bench.art, "remix", prompt="x", **images)
    assert said.response is None, "the public card is gone"
    first, second = private_text(said).splitlines()
    assert first.startswith("Image 2 (torn.png) is damaged")
    assert second.startswith("Image 3 (notes.txt) is no picture that I can read. Send it as JPEG")
    assert bench.woken == []
    assert bench.art.history() == []


async def test_the_acknowledgement_does_not_wait_for_the_look_at_the_pictures(bench: DiscordBench) -> None:
    bench.inspector.hold("probe")
    asking = asyncio.create_task(bench.mira.slash(bench.art, "remix", prompt="x", image1=PICTURE))
    await bench.inspector.until_called("probe", 1)
    answered = [entry.path for entry in bench.env.http_requests if entry.path.endswith("/callback")]
    bench.inspector.release()
    await asking
    assert len(answered) == 1
    assert len(bench.woken) == 1


async def test_pictures_that_cannot_be_looked_at_now_are_accepted_unseen(bench: DiscordBench) -> None:
    bench.inspector.fail("probe", InputPostponed("503"))
    job = await bench.remix()
    assert job.prepared_at is None
    assert "Preparing the pictures" in str(bench.card(job).components)


async def test_what_discords_client_would_hold_back_is_refused_too(bench: DiscordBench) -> None:
    said = await bench.send_raw_remix(size="1x1")
    assert "There is no size “1x1”" in private_text(said)
    said = await bench.send_raw_remix(scale=1.5)
    assert "*scale* goes from 0 to 1, and you gave 1.5" in private_text(said)
    assert bench.woken == []


ALL = [
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "create_public_threads",
    "attach_files",
    "read_message_history",
]
NAMES = {name: f"*{name.replace('_', ' ').title().replace(' In ', ' in ')}*" for name in ALL}


@pytest.mark.parametrize("name", ALL)
async def test_each_missing_permission_is_named(bench: DiscordBench, name: str) -> None:
    channel = bench.guild.create_text_channel("shut", overwrites={bench.bot_user: overwrite(name)})
    refusal = await bench.refusal(channel=channel)
    assert NAMES[name] in refusal
    assert f"<#{channel.id}>" in refusal
    if name not in ("view_channel", "send_messages"):  # Discord lets these take others with them
        assert [other for other in ALL if NAMES[other] in refusal] == [name]


async def test_all_that_is_missing_is_named_at_once(bench: DiscordBench) -> None:
    channel = bench.guild.create_text_channel(
        "shut", overwrites={bench.bot_user: overwrite("create_public_threads", "attach_files")}
    )
    assert f"*Create Public Threads* and *Attach Files* in <#{channel.id}>" in await bench.refusal(channel=channel)


async def test_inside_a_thread_only_what_counts_there_is_asked_for(bench: DiscordBench) -> None:
    channel = bench.guild.create_text_channel("quiet")
    thread = await thread_in(bench, channel)
    env = bench.env.backend
    for name, is_needed in (("send_messages", False), ("create_public_threads", False), ("attach_files", True)):
        env.set_overwrite(channel.id, Overwrite(bench.bot_user.id, OverwriteType.MEMBER, 0, flag(name)))
        said = await bench.mira.slash(thread, "remix", prompt="x", image1=PICTURE)
        assert said.ephemeral is is_needed, name
        if is_needed:
            assert f"in <#{channel.id}>" in private_text(said)


async def test_a_pause_is_told_and_no_more_than_that(bench: DiscordBench) -> None:
    now = bench.now()
    bench.gate.pause = Pause(PauseReason.OUT_OF_CREDIT, "balance 0.00", now, now)
    refusal = await bench.refusal()
    assert "paused by the operator" in refusal
    assert "balance" not in refusal


async def test_an_outage_is_told_with_its_time_and_when_to_try_again(bench: DiscordBench) -> None:
    now = bench.now()
    bench.gate.outage = Outage(now, asked_at=now, retry_at=now + timedelta(seconds=60))
    refusal = await bench.refusal()
    assert f"has not answered since <t:{int(now.timestamp())}:t>" in refusal
    assert f"I ask it again <t:{int(now.timestamp()) + 60}:R>" in refusal
    assert bench.woken == []


# --- what goes wrong at the wrong moment ------------------------------------------------------------------------------


class BrokenStore(FakeJobStore):
    """Takes no jobs."""

    @override
    async def accept(self, job: Job, entries: Sequence[Entry]) -> Job:
        raise OSError("disk full")


async def test_what_fails_after_the_public_acknowledgement_is_withdrawn_and_told_in_private() -> None:
    async with discord_bench(BrokenStore()) as bench:
        said = await bench.mira.slash(bench.art, "remix", prompt="x", image1=PICTURE)
        assert said.response is None
        assert "Something went wrong on my side" in private_text(said)
        assert bench.art.history() == []


async def test_a_command_whose_acknowledgement_comes_too_late_costs_nothing(bench: DiscordBench) -> None:
    bench.env.inject_error("POST", "/interactions/*/*/callback", status=404, code=10062, message="Unknown interaction")
    said = await bench.mira.slash(bench.art, "remix", prompt="x", image1=PICTURE)
    assert not said.acknowledged
    assert bench.woken == []


@pytest.mark.parametrize(("kind", "name"), [(1, "remix-old"), (3, "Remix this")])
async def test_a_command_that_is_no_more_says_so(bench: DiscordBench, kind: int, name: str) -> None:
    said = await bench.send_raw(bench.mira, bench.art, 2, {"id": "1", "name": name, "type": kind, "target_id": "2"})
    assert "This command has changed" in private_text(said)


# --- the simulated Discord, by hand -----------------------------------------------------------------------------------


def overwrite(*names: str) -> discord.PermissionOverwrite:
    return discord.PermissionOverwrite.from_pair(
        discord.Permissions.none(), discord.Permissions(**dict.fromkeys(names, True))
    )


def flag(name: str) -> int:
    return discord.Permissions(**{name: True}).value


async def thread_in(bench: DiscordBench, channel: Any) -> Any:
    place = bench.bot.get_channel(channel.id)
    assert isinstance(place, discord.TextChannel)
    await place.create_thread(name="talk", type=discord.ChannelType.public_thread)
    await bench.env.settle()
    return channel.threads[0]
