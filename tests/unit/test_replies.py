"""First replies where the order of events matters, or where Discord answers strangely."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import discord
import pytest

from bot.engine.doubt import AcceptanceInDoubt
from bot.errors import Refused
from bot.ops.acknowledgements import Acknowledgements, AnsweredElsewhere
from bot.ui.buttons import remix_anew
from bot.ui.replies import answer_error, public_card
from tests.unit.job_builder import a_job

if TYPE_CHECKING:
    import aiohttp

    from bot.domain.job import Job
    from bot.domain.origin import Origin


class HandmadeInteraction:
    """A click in a direct message, which notes what it is answered.

    Args:
        refusal: What Discord says to the acknowledgement instead of taking it.
    """

    def __init__(self, *, refusal: discord.HTTPException | None = None) -> None:
        self.said: list[str] = []
        self.acknowledged = asyncio.Event()
        self.id, self.token = 77, "token"
        self.type = discord.InteractionType.component
        self.extras: dict[str, object] = {}
        self.user = SimpleNamespace(id=11)
        self.guild_id: int | None = None
        self.channel_id = 600
        self.filesize_limit = 10 * 1024 * 1024
        self.channel = SimpleNamespace(id=600, type=discord.ChannelType.private)
        self.context = discord.app_commands.AppCommandContext(dm_channel=True)
        self.app_permissions = discord.Permissions.none()
        self.locale = discord.Locale.american_english
        self.created_at = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
        self.filesize_limit = 10 * 1024 * 1024
        self.response = self.followup = self
        self.client = SimpleNamespace(acknowledgements=Acknowledgements())
        self._refusal = refusal

    async def defer(self, *, thinking: bool, ephemeral: bool = False) -> SimpleNamespace:
        """Take the acknowledgement, or refuse it."""
        self.acknowledged.set()
        self.said.append(f"defer thinking={thinking}" + " ephemeral" * ephemeral)
        if self._refusal is not None:
            raise self._refusal
        return SimpleNamespace(message_id=9001, is_ephemeral=lambda: False)

    async def original_response(self) -> SimpleNamespace:
        """Tell which message the first reply is."""
        self.said.append("read")
        return SimpleNamespace(id=9002, flags=discord.MessageFlags())

    async def edit_original_response(
        self, *, content: str | None = None, view: discord.ui.LayoutView | None = None
    ) -> None:
        """Note an edit, in words or as a layout of one text."""
        words = content or (view and str(view.to_components()[0]["content"]))
        self.said.append(f"edit {words}")

    async def send(self, content: str, *, ephemeral: bool) -> None:
        """Note a follow-up."""
        self.said.append(f"follow up ephemeral={ephemeral} {content}")

    async def delete_original_response(self) -> None:
        """Note the deletion."""
        self.said.append("delete")


def as_interaction(made: HandmadeInteraction) -> discord.Interaction[Any]:
    return cast("discord.Interaction[Any]", made)


def discord_says(status: int, code: int) -> discord.HTTPException:
    response = cast("aiohttp.ClientResponse", SimpleNamespace(status=status, reason="no"))
    kind = discord.NotFound if status == 404 else discord.HTTPException
    return kind(response, {"code": code, "message": "no"})


async def no_job(job: Job, *, origin: Origin, interaction_id: int) -> Job:
    raise AssertionError(f"{job.id} was accepted at {origin.channel_id} for {interaction_id}")


async def test_a_slow_check_does_not_hold_the_acknowledgement_and_its_refusal_is_private() -> None:
    made = HandmadeInteraction()

    async def check() -> Job:
        await made.acknowledged.wait()
        raise Refused("paused")

    await remix_anew(as_interaction(made), check=check(), accept=no_job, quick_seconds=0)
    assert made.said[0] == "defer thinking=True"
    assert made.said[1] == "edit -# No remix came of this."
    assert made.said[2].startswith("follow up ephemeral=True New remixes are paused")
    assert made.said[3:] == ["delete"]


async def test_a_quick_refusal_comes_before_any_acknowledgement() -> None:
    made = HandmadeInteraction()

    async def check() -> Job:
        raise Refused("paused")

    with pytest.raises(Refused):
        await remix_anew(as_interaction(made), check=check(), accept=no_job)
    assert made.said == []


async def test_an_acknowledgement_whose_answer_was_lost_stands() -> None:
    made = HandmadeInteraction(refusal=discord_says(400, 40060))
    async with public_card(as_interaction(made)) as origin:
        assert origin.card_message_id == 9002
    assert made.said == ["defer thinking=True", "read"]


async def test_an_interaction_that_another_process_has_acknowledged_makes_no_job_and_no_noise() -> None:
    made = HandmadeInteraction(refusal=discord_says(400, 40060))
    made.client.acknowledgements.note_sent(made.id)

    with pytest.raises(AnsweredElsewhere) as elsewhere:
        async with public_card(as_interaction(made)):
            raise AssertionError("there is no job here")
    await answer_error(as_interaction(made), elsewhere.value)
    assert made.said == ["defer thinking=True"]
    assert "another process" in str(made.client.acknowledgements.trouble)


async def test_a_remix_of_which_nobody_knows_whether_it_was_accepted_is_not_withdrawn() -> None:
    made = HandmadeInteraction()

    async def settle() -> None:
        made.said.append("settled")

    async with public_card(as_interaction(made)):
        raise AcceptanceInDoubt("no answer", settle=settle)
    assert made.said[1].startswith("edit ### I’m not sure yet")  # noqa: RUF001 - as people read it
    assert made.said[2:] == ["settled"]


async def test_a_late_acknowledgement_makes_no_job_and_leaves_no_check_behind() -> None:
    made = HandmadeInteraction(refusal=discord_says(404, 10062))
    checked: list[str] = []

    async def check() -> Job:
        try:
            await asyncio.Event().wait()
        finally:
            checked.append("ended")
        return a_job()

    with pytest.raises(discord.NotFound):
        await remix_anew(as_interaction(made), check=check(), accept=no_job, quick_seconds=0)
    await asyncio.sleep(0)
    assert checked == ["ended"]
