"""From Discord's values to ours."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.ui.origin import TOKEN_LIFE, inputs_of, origin_of
from tests.unit.discord_bench import PICTURE, DiscordBench, discord_bench

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import discord


@pytest.fixture
async def bench() -> AsyncGenerator[DiscordBench]:
    """A server with the bot in it."""
    async with discord_bench() as made:
        yield made


async def received(bench: DiscordBench, **extra: Any) -> discord.Interaction[Any]:
    """An interaction as the bot received it."""
    seen: list[discord.Interaction[Any]] = []

    async def keep(interaction: discord.Interaction[Any]) -> None:
        seen.append(interaction)

    bench.bot.add_listener(keep, "on_interaction")
    await bench.send_raw(bench.mira, bench.art, 3, {"custom_id": "nothing", "component_type": 2}, extra=extra)
    return seen[0]


async def test_the_token_is_given_up_before_it_dies_and_is_never_shown(bench: DiscordBench) -> None:
    interaction = await received(bench, locale="ko", attachment_size_limit=52_428_800)
    origin = origin_of(interaction, card_message_id=9001)
    assert origin.token_expires_at is not None
    left = origin.token_expires_at - interaction.created_at
    assert TOKEN_LIFE - timedelta(minutes=1) <= left < TOKEN_LIFE
    assert origin.interaction_token == interaction.token
    assert interaction.token not in repr(origin)
    assert origin.upload_limit == 52_428_800
    assert (origin.locale, origin.card_message_id, origin.parent_id) == ("ko", 9001, None)


async def test_an_interaction_without_a_channel_has_no_origin(bench: DiscordBench) -> None:
    interaction = await received(bench)
    interaction.channel = None
    with pytest.raises(ValueError, match="names no channel"):
        origin_of(interaction, card_message_id=9001)


async def test_an_input_is_what_discord_declares(bench: DiscordBench) -> None:
    job = await bench.remix(image1=PICTURE)
    (image,) = job.request.inputs
    assert (image.filename, image.content_type, image.width, image.height) == ("cat.png", "image/png", 640, 480)
    assert image.size == len(PICTURE[1])
    assert not image.is_spoiler
    assert inputs_of([None, None]) == []


async def test_an_input_that_its_member_covered_is_known_as_covered(bench: DiscordBench) -> None:
    job = await bench.remix(image1=("SPOILER_cat.png", PICTURE[1]))
    (image,) = job.request.inputs
    assert (image.is_marked_spoiler, image.is_spoiler, job.request.has_spoiler) == (True, True, True)
