"""An outage of RunComfy, end to end: refused privately, told once per channel through a kill, and drained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.town import Town

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sandbox.discord.state import Message

SILENT, BACK = "RunComfy is not answering", "RunComfy answers again"


@pytest.fixture
async def quiet_town(tmp_path: Path) -> AsyncIterator[Town]:
    """A town whose RunComfy is down, with a bot that asks it every two seconds."""
    async with Town(tmp_path, module="tests.e2e.brisk_bot") as town:
        await town.runcomfy.go_down()
        await town.start_bot()
        yield town
        assert town.servers.violations == []


def notices(town: Town, channel: str) -> list[Message]:
    """What was said of the outage in a channel."""
    mine = [one for one in town.world.messages_in(town.channel(channel).id) if one.author_id == town.world.bot.id]
    return [one for one in mine if SILENT in town.text(one) or BACK in town.text(one)]


async def until_told(town: Town, channel: str, *words: str) -> Message:
    """Wait until the one notice of a channel says these words."""

    def is_told() -> bool:
        told = notices(town, channel)
        return len(told) == 1 and all(word in town.text(told[0]) for word in words)

    await town.until(is_told, f"the notice {words} in {channel}")
    return notices(town, channel)[0]


async def test_an_outage_is_told_once_per_channel_through_a_kill_and_loses_nothing(quiet_town: Town) -> None:
    town = quiet_town
    cards = [await town.card(await town.remix("ada", f"as tide {number}")) for number in range(3)]
    elsewhere = town.channel("lobby").id
    cards.append(await town.card(await town.remix("ben", "as fog", channel_id=elsewhere)))
    first = await until_told(town, "art", SILENT, "3 remixes wait here", "Nothing is lost")
    second = await until_told(town, "lobby", SILENT, "One remix waits here")

    # New ones are refused before anything is accepted, each privately.
    refusal = town.text(await (await town.remix("ben", "as a wish")).private_answer())
    assert "has not answered since" in refusal
    assert "Nothing was sent or charged" in refusal
    assert "I ask it again" in refusal
    assert len(town.row("id")) == 4

    # The process dies; the next one goes on with the same messages.
    await town.bot.kill()
    edited = first.edited_at
    await town.restart_bot()
    await town.until(lambda: first.edited_at != edited, "the edit by the next process")
    assert [one.id for one in (*notices(town, "art"), *notices(town, "lobby"))] == [first.id, second.id]
    assert SILENT in town.text(first)

    # RunComfy is back: said in the same messages, and everything arrives, once.
    await town.runcomfy.come_back()
    await until_told(town, "art", BACK)
    await until_told(town, "lobby", BACK)
    for card in cards:
        await town.results_in(card.id)
    await town.until(lambda: None not in town.row("delivered_at"), "the last confirmation")
    assert len(town.runcomfy.ledger) == 4
    assert [len(town.posted_in(card.id)) for card in cards] == [1] * 4
    assert [one.id for one in (*notices(town, "art"), *notices(town, "lobby"))] == [first.id, second.id]
    sent = sorted(one.accepted_at for one in town.runcomfy.ledger)
    assert (sent[-1] - sent[0]).total_seconds() > 1

    await town.results_in((await town.card(await town.remix("ben", "as a wish"))).id)


async def test_again_is_refused_privately_in_an_outage_and_taken_after_it(quiet_town: Town) -> None:
    town = quiet_town
    await town.runcomfy.come_back()
    card = await town.card(await town.remix("ada", "as dew"))
    [result] = await town.results_in(card.id)
    await town.bot.stop()
    await town.runcomfy.go_down()
    await town.restart_bot()
    await town.card(await town.remix("ben", "as rime"))
    await until_told(town, "art", SILENT)

    click = await town.person("ben").click(result, label="Again")
    assert "has not answered since" in town.text(await click.private_answer())
    assert len(town.row("id")) == 2
    await town.runcomfy.come_back()
    await until_told(town, "art", BACK)
    await town.card(await town.person("ben").click(result, label="Again"))
    await town.until(lambda: len(town.runcomfy.ledger) == 3, "the third picture")
