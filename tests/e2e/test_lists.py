"""Lists, end to end: their links lead to messages that are there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.faults import Fault

if TYPE_CHECKING:
    from sandbox.discord.state import Message
    from tests.e2e.town import Town

MESSAGE = "/api/v10/channels/{id}/messages/{message}"


async def linked(town: Town) -> list[tuple[int, int]]:
    """Channel and message of each link in Ada's list, the newest remix first."""
    listed = await (await town.person("ada").slash(town.channel("art").id, "jobs list")).response()
    await town.until(lambda: "Your remixes" in town.text(listed), "the list")
    return [(int(a), int(b)) for a, b in re.findall(r"channels/\d+/(\d+)/(\d+)", str(listed.components))]


def place(message: Message) -> tuple[int, int]:
    """Where a link to a message leads."""
    return message.channel_id, message.id


def delete(town: Town, message: Message) -> None:
    """Let a moderator delete a message."""
    town.discord.services.messages.delete(message)


async def test_a_list_links_to_the_card_else_to_the_result_else_to_nothing(town: Town) -> None:
    cards: list[Message] = []
    results: list[Message] = []
    for prompt in ("as a kite", "as a bell", "as a leaf"):
        card = await town.card(await town.remix("ada", prompt))
        await town.until_card_says(card, "Done")
        cards.append(card)
        results += await town.results_in(card.id)
    await town.until_written("delivered_at", lambda found: None not in found)
    delete(town, cards[1])
    delete(town, cards[2])
    delete(town, results[2])

    assert await linked(town) == [place(results[1]), place(cards[0])]


async def test_where_discord_does_not_answer_the_list_comes_with_all_its_links(town: Town) -> None:
    card = await town.card(await town.remix("ada", "as a kite"))
    await town.until_card_says(card, "Done")
    delete(town, card)
    town.faults.add(Fault.hang(60, method="GET", route=MESSAGE))

    assert await linked(town) == [place(card)]
