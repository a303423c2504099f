"""Places that go while remixes wait, end to end: over the gateway of the simulated Discord, and without its word."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from sandbox.discord.garden import GARDEN
from sandbox.discord.permissions import BOT
from tests.e2e.town import Town

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from sandbox.discord.state import Channel, Message

    Removal = Callable[[Town], None]

GONE = [("in_queue", None), ("failed", "place_gone"), ("failed", "place_gone")]


@asynccontextmanager
async def crowded(folder: Path) -> AsyncGenerator[Town]:
    """A town with one place at the provider, where nothing starts by itself."""
    async with Town(folder, settings={"MAX_IN_FLIGHT": "1"}) as town:
        await town.start_bot()
        town.runcomfy.timeline.hold()
        yield town
        assert town.servers.violations == []


async def three_remixes(town: Town, place: Channel) -> list[Message]:
    """Let Ada ask for three remixes, of which one is submitted."""
    cards = [await town.card(await town.remix("ada", "as a kite", channel_id=place.id))]
    await town.until_written("status", lambda found: found == ["in_queue"])
    cards += [await town.card(await town.remix("ada", f"as a bell {n}", channel_id=place.id)) for n in range(2)]
    await town.until_card_says(cards[1], "Next in line")
    await town.until_card_says(cards[2], "1 remix before")
    await town.until_written("kept_at", lambda found: None not in found)
    return cards


def ends(town: Town) -> list[tuple[str, str | None]]:
    """How each job stands."""
    return [(row["status"], row["failure"]) for row in town.rows("status", "failure")]


def all_messages(town: Town) -> list[tuple[int, int, bool]]:
    """Everything in the garden, as far as it can change."""
    garden = town.world.guild(GARDEN)
    places = [*town.world.channels_of(garden), *town.world.threads_of(garden)]
    found = [one for place in places for one in town.world.messages_in(place.id)]
    return [(one.id, one.revision, one.is_deleted) for one in found]


def kick(town: Town) -> None:
    """Remove the bot from the garden."""
    town.discord.administration.kick_bot(town.world.guild(GARDEN))


def delete_channel(town: Town) -> None:
    """Delete the channel of the commands."""
    town.discord.administration.delete_channel(town.channel("art"))


@pytest.mark.parametrize("remove", [kick, delete_channel])
async def test_what_waits_ends_at_once_for_free_and_is_tried_again_elsewhere(tmp_path: Path, remove: Removal) -> None:
    async with crowded(tmp_path) as town:
        await three_remixes(town, town.channel("art"))
        remove(town)
        await town.until_written("failure", lambda found: found == [None, "place_gone", "place_gone"])
        stood, before = ends(town), all_messages(town)
        pond, ada = town.channel("pond"), town.person("ada")
        town.runcomfy.timeline.release()
        await town.until_written("undeliverable_at", lambda found: None not in found)
        after = all_messages(town)
        listed = await (await ada.slash(pond.id, "jobs list")).response()
        text = town.text(listed)
        again = await town.card(await ada.click(listed, label="Try again"))
        await town.until_card_says(again, "Done")

        assert stood == GONE
        assert after == before
        assert text.count("Not sent") == 2
        assert "Painted, but not posted" in text
        assert again.channel_id == pond.id
        assert len(town.runcomfy.ledger) == 2
        assert town.row("cost_micros")[1:3] == [None, None]


async def test_a_deleted_thread_ends_what_was_asked_for_in_it_and_not_what_would_post_there(tmp_path: Path) -> None:
    async with crowded(tmp_path) as town:
        [first, *_] = await three_remixes(town, town.channel("art"))
        await town.until_written("thread_id", lambda found: None not in found)
        thread = town.world.find_channel(first.id)
        await town.card(await town.remix("ada", "as a shell", channel_id=thread.id))
        town.discord.administration.delete_channel(thread)
        await town.until_written("failure", lambda found: found == [None, None, None, "place_gone"])
        town.runcomfy.timeline.release()
        await town.until_written("delivered_at", lambda found: None not in found[:3])
        posted = await town.results_in(first.channel_id)

        assert len(posted) == 1
        assert len(town.runcomfy.ledger) == 3


async def test_an_outage_of_the_server_ends_nothing(tmp_path: Path) -> None:
    async with crowded(tmp_path) as town:
        cards = await three_remixes(town, town.channel("art"))
        garden = town.world.guild(GARDEN)
        town.discord.administration.begin_outage(garden)
        town.runcomfy.timeline.release()
        for card in cards:
            await town.until_card_says(card, "Done")
        town.discord.administration.end_outage(garden)

        assert len(town.runcomfy.ledger) == 3


async def test_a_removal_of_which_no_session_told_is_found_when_the_next_one_begins(tmp_path: Path) -> None:
    async with crowded(tmp_path) as town:
        await three_remixes(town, town.channel("art"))
        town.discord.gateway.forget_sessions()
        kick(town)
        before = all_messages(town)
        identified = town.discord.gateway.identify_count
        await town.discord.gateway.drop_all()
        await town.until(lambda: town.discord.gateway.identify_count > identified, "a new session")
        await town.until_written("failure", lambda found: found == [None, "place_gone", "place_gone"])
        town.runcomfy.timeline.release()
        await town.until_written("undeliverable_at", lambda found: None not in found)

        assert ends(town)[0] == ("succeeded", None)
        assert all_messages(town) == before
        assert len(town.runcomfy.ledger) == 1


@pytest.mark.parametrize("remove", [kick, delete_channel])
async def test_a_removal_while_the_bot_is_not_running_is_found_before_the_post(tmp_path: Path, remove: Removal) -> None:
    async with crowded(tmp_path) as town:
        await three_remixes(town, town.channel("art"))
        await town.bot.kill()
        remove(town)
        before = all_messages(town)
        await town.restart_bot()
        town.runcomfy.timeline.release()
        await town.until_written("failure", lambda found: found == [None, "place_gone", "place_gone"])
        await town.until_written("undeliverable_at", lambda found: None not in found)

        assert all_messages(town) == before
        assert len(town.runcomfy.ledger) == 1


async def test_a_bot_that_is_invited_again_works_again(tmp_path: Path) -> None:
    async with crowded(tmp_path) as town:
        await three_remixes(town, town.channel("art"))
        kick(town)
        await town.until_written("failure", lambda found: found == [None, "place_gone", "place_gone"])
        town.discord.administration.invite_bot(town.world.guild(GARDEN), BOT)
        town.runcomfy.timeline.release()
        card = await town.card(await town.remix("ada", "as a leaf"))
        await town.until_card_says(card, "Done")

        assert len(town.runcomfy.ledger) == 2
