"""Names of threads in the simulated Discord: what a mention becomes, and what is told to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord.garden import GARDEN

if TYPE_CHECKING:
    from tests.contract.post_office import PostOffice


async def name_after(office: PostOffice, prompt: str) -> str:
    """The name of the thread that a prompt led to."""
    job = await office.opened(prompt=prompt)
    return office.world.find_channel(job.origin.thread_id).name


async def test_roles_and_public_channels_are_named_and_people_are_left_out(office: PostOffice) -> None:
    garden, ada = office.world.guild(GARDEN), office.sandbox.actor("ada").user
    moderator = next(role for role in garden.roles.values() if role.name == "Moderator")
    prompt = f"<@{ada.id}> and <@&{moderator.id}> in <#{office.world.channel('lobby').id}>"
    assert await name_after(office, prompt) == "and @Moderator in #lobby"


async def test_a_channel_that_not_everybody_sees_is_not_named_to_who_mentions_it(office: PostOffice) -> None:
    secret = office.world.channel("mods")
    assert await name_after(office, f"a party in <#{secret.id}>") == "a party in"


async def test_a_thread_is_named_where_its_channel_is_public(office: PostOffice) -> None:
    first = await office.opened(prompt="as ink")
    assert await name_after(office, f"like <#{first.origin.thread_id}>") == "like #as ink"


@pytest.mark.parametrize("prompt", ["\u0301" * 200, "<@123456789012345678>", "\u2800\u3164", "\u202e\u200b"])
async def test_a_prompt_that_shows_nothing_makes_a_thread_with_our_name(office: PostOffice, prompt: str) -> None:
    assert await name_after(office, prompt) == "Remix"
