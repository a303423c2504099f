"""A real discord.py bot lives in the simulated Discord, and every exchange agrees with Discord's own description."""

from collections.abc import AsyncIterator

import pytest

from sandbox.discord.kinds import CallbackType, MessageFlag
from sandbox.discord.oracle import Oracle
from sandbox.discord.server import DiscordSandbox
from tests.contract.discord_bench import picture, running, upload
from tests.contract.published import PUBLISHED_DESCRIPTION


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    """Discord's description, read once."""
    return Oracle(PUBLISHED_DESCRIPTION)


@pytest.fixture
async def sandbox(oracle: Oracle) -> AsyncIterator[DiscordSandbox]:
    """A started sandbox that must end without findings."""
    async with DiscordSandbox(oracle=oracle) as started:
        yield started
        assert started.violations == []


async def test_a_remix_goes_from_a_slash_command_to_a_picture_in_a_thread(sandbox: DiscordSandbox) -> None:
    ada, art = sandbox.actor("ada"), sandbox.world.channel("art")
    async with running(sandbox):
        exchange = await ada.slash(art.id, "remix", {"prompt": "neon", "image1": upload(), "size": "l"})
        assert (await exchange.acknowledged()).type is CallbackType.DEFERRED_MESSAGE
        card = await exchange.response()
        await sandbox.world.until(lambda: len(sandbox.world.messages_in(card.id)) == 2)
        result = sandbox.world.messages_in(card.id)[1]
    assert card.has_thread
    assert MessageFlag.COMPONENTS_V2 in card.flags
    assert sandbox.world.directory.channels[card.id].name == "neon"
    assert sandbox.world.cdn.read(result.attachments[0].id) == picture()
    assert result.pinged_user_ids == (ada.user.id,)
