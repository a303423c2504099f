"""Jobs of a guest, stepped by hand: told while the token lives, kept afterwards, and then owed no more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.origin import Origin
from bot.errors import DeliveryPostponed, ProviderUnavailable, Undeliverable
from tests.unit.engine_bench import CHANNEL, GUILD, MEMBER, OUTPUT, EngineBench

if TYPE_CHECKING:
    from bot.domain.job import Job

LIFE = timedelta(minutes=14)
DEAD = Undeliverable("the token is dead")


async def asked(bench: EngineBench) -> Job:
    """A job whose answer nothing but the token can bring."""
    number = next(bench.numbers)
    origin = Origin(
        user_id=MEMBER,
        channel_id=CHANNEL,
        guild_id=GUILD,
        card_message_id=7000 + number,
        interaction_token=f"token-{number}",
        token_expires_at=bench.clock.now() + LIFE,
        by_interaction=True,
    )
    return await bench.service.remix(bench.request(), origin=origin, interaction_id=number)


@pytest.fixture
def guest(bench: EngineBench) -> EngineBench:
    """A Discord in which no thread comes of a card."""
    bench.courier.has_threads = False
    return bench


async def test_a_result_within_the_tokens_life_takes_the_cards_place_and_is_not_drawn_over(guest: EngineBench) -> None:
    job = await asked(guest)
    await guest.settle()
    guest.provider.finish("req-1", OUTPUT)
    await guest.pass_time(60)

    assert [one.message_id for one in guest.courier.answers] == [job.origin.card_message_id]
    assert guest.courier.messages == []
    assert (await guest.row(job)).delivered_at is not None
    assert not (await guest.row(job)).is_open
    shown_after = [one for one, _ in guest.courier.cards[job.id] if one.delivered_at is not None]
    assert shown_after == []


async def test_what_comes_after_the_tokens_death_is_kept_and_owed_no_more(guest: EngineBench) -> None:
    job = await asked(guest)
    await guest.pass_time(LIFE)
    guest.courier.fail("show_card", *[DEAD] * 20)
    guest.provider.finish("req-1", OUTPUT)
    await guest.pass_time(60)
    row = await guest.row(job)
    asked_for = len(guest.courier.cards[job.id])
    await guest.pass_time(timedelta(days=8))

    assert row.undeliverable_at is not None
    assert row.delivered_at is None
    assert not row.is_open
    assert guest.courier.answers == guest.courier.messages == []
    assert len(guest.courier.cards[job.id]) == asked_for
    assert (await guest.row(job)).undeliverable_at == row.undeliverable_at
    assert (guest.data_dir / "outputs" / job.id).is_dir()


async def test_after_a_restart_a_kept_job_of_a_guest_is_not_taken_up_again(guest: EngineBench) -> None:
    job = await asked(guest)
    await guest.pass_time(LIFE)
    guest.courier.fail("show_card", *[DEAD] * 20)
    guest.provider.finish("req-1", OUTPUT)
    await guest.pass_time(60)
    await guest.restart()

    assert await guest.store.adopt("somebody", now=guest.clock.now()) == []
    assert (await guest.row(job)).undeliverable_at is not None


async def test_a_card_that_is_postponed_until_its_token_died_is_given_up(guest: EngineBench) -> None:
    guest.provider.fail("submit", *[ProviderUnavailable("busy", retry_after=timedelta(hours=1))])
    job = await asked(guest)
    guest.courier.fail("open", DeliveryPostponed("down", retry_after=LIFE), DEAD)
    guest.courier.fail("show_card", *[DEAD] * 20)
    await guest.pass_time(LIFE * 2)

    assert (await guest.row(job)).opened_at is not None
    assert (await guest.row(job)).shown_revision == (await guest.row(job)).card_revision
