"""The contract of the ``JobStore``: outputs, deliveries, lists, tokens and the pause, on every kind of store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.domain.job import Artifact, Delivery, Fitted
from bot.domain.ledger import EntryKind, settle
from bot.domain.policy import Pause, PauseReason
from bot.domain.status import TRANSITIONS, JobStatus
from bot.errors import StaleJob
from tests.contract.store_cases import GUILD, MEMBER, PRICE, SNOWFLAKE

if TYPE_CHECKING:
    from tests.contract.store_cases import StoreBench

URL = "https://files.runcomfy.net/out"


# --- outputs ----------------------------------------------------------------------------------------------------------


async def test_outputs_are_read_in_order_and_replaced_by_index(bench: StoreBench) -> None:
    job = await bench.accepted()
    other = await bench.accepted()
    first, second = Artifact(job.id, 0, f"{URL}/0"), Artifact(job.id, 1, f"{URL}/1")
    await bench.store.save_artifacts([second, first, Artifact(other.id, 0, URL)])
    fetched = replace(
        second, path="a/1.png", content_type="image/png", size=2**40, sha256="0" * 64, width=4096, height=4096
    )

    await bench.store.save_artifacts([fetched])

    assert await bench.store.artifacts(job.id) == [first, fetched]
    assert await bench.store.artifacts("0" * 16) == []


async def test_what_was_made_of_an_output_is_kept_with_it_and_can_be_forgotten(bench: StoreBench) -> None:
    job = await bench.accepted()
    fitted = Fitted("a/0.fit-10", "image/jpeg", 2**40, 1024, 768)
    output = Artifact(job.id, 0, URL, "a/0", "image/png", 2**41, "0" * 64, 4096, 3072, fitted)
    await bench.store.save_artifacts([output])
    assert await bench.store.artifacts(job.id) == [output]

    await bench.store.save_artifacts([replace(output, fitted=None)])
    assert await bench.store.artifacts(job.id) == [replace(output, fitted=None)]


async def test_outputs_of_a_job_that_is_not_there_are_refused_as_a_whole(bench: StoreBench) -> None:
    job = await bench.accepted()

    with pytest.raises(StaleJob):
        await bench.store.save_artifacts([Artifact(job.id, 0, URL), Artifact("0" * 16, 0, URL)])

    assert await bench.store.artifacts(job.id) == []


# --- deliveries -------------------------------------------------------------------------------------------------------


async def test_a_plan_is_frozen(bench: StoreBench) -> None:
    job = await bench.accepted()
    plan = [Delivery(job.id, 1, SNOWFLAKE, "b", (10, 11)), Delivery(job.id, 0, SNOWFLAKE, "a", (0, 1))]

    frozen = await bench.store.plan_deliveries(plan)
    again = await bench.store.plan_deliveries([Delivery(job.id, 0, 5, "z"), Delivery(job.id, 2, 5, "y")])

    assert frozen == again == plan[::-1]
    assert await bench.store.deliveries(job.id) == frozen
    assert await bench.store.deliveries("0" * 16) == []


async def test_of_two_plans_at_the_same_moment_one_holds(bench: StoreBench) -> None:
    job = await bench.accepted()
    plans = [[Delivery(job.id, part, 5, f"{number}.{part}") for part in range(number)] for number in range(1, 5)]

    answers = await asyncio.gather(*(bench.store.plan_deliveries(plan) for plan in plans))

    assert answers[0] in plans
    assert all(answer == answers[0] for answer in answers)
    assert await bench.store.deliveries(job.id) == answers[0]


async def test_what_became_of_a_part_is_kept(bench: StoreBench) -> None:
    job = await bench.accepted()
    part = Delivery(job.id, 0, SNOWFLAKE, "nonce", (0,))
    await bench.store.plan_deliveries([part, Delivery(job.id, 1, SNOWFLAKE, "other")])
    tried = replace(part, target_id=SNOWFLAKE + 1, first_attempt_at=bench.clock.now(), after_id=SNOWFLAKE)

    await bench.store.save_delivery(replace(tried, before_id=SNOWFLAKE + 3))
    assert (await bench.store.deliveries(job.id))[0] == replace(tried, before_id=SNOWFLAKE + 3)
    await bench.store.claim(job, part=tried)
    assert (await bench.store.deliveries(job.id))[0] == tried
    await bench.store.save_delivery(replace(tried, message_id=SNOWFLAKE + 2))

    [sent, other] = await bench.store.deliveries(job.id)
    assert sent == replace(tried, message_id=SNOWFLAKE + 2)
    assert other.message_id is None


async def test_a_part_that_was_never_planned_is_stale(bench: StoreBench) -> None:
    job = await bench.accepted()

    with pytest.raises(StaleJob):
        await bench.store.save_delivery(Delivery(job.id, 0, 5, "nonce"))
    with pytest.raises(StaleJob):
        await bench.store.plan_deliveries([Delivery("0" * 16, 0, 5, "nonce")])
    assert await bench.store.plan_deliveries([]) == []


# --- money ------------------------------------------------------------------------------------------------------------


async def test_entries_are_read_oldest_first_and_of_one_moment_in_their_order(bench: StoreBench) -> None:
    job = await bench.queued()
    held = await bench.store.entries(job.id)
    settled = settle(job, held, cost_micros=5, at=bench.clock.forward(1))

    await bench.store.advance(job, JobStatus.SUCCEEDED, entries=settled)

    entries = await bench.store.entries(job.id)
    assert [(one.kind, one.amount_micros) for one in entries] == [
        (EntryKind.RESERVE, PRICE),
        (EntryKind.REFUND, -PRICE),
        (EntryKind.SETTLE, 5),
    ]
    assert entries == [*held, *settled]


# --- looking ----------------------------------------------------------------------------------------------------------


async def test_a_persons_jobs_are_listed_newest_first(bench: StoreBench) -> None:
    jobs = [await bench.accepted() for _ in range(3)]
    bench.clock.forward(1)
    jobs.append(await bench.accepted(guild_id=None))
    await bench.accepted(user_id=MEMBER + 1)

    assert await bench.store.jobs_of_user(MEMBER, limit=3) == jobs[:0:-1]
    assert await bench.store.jobs_of_user(MEMBER, limit=9) == jobs[::-1]
    assert await bench.store.jobs_of_user(MEMBER + 2, limit=9) == []


async def test_a_persons_jobs_that_have_not_ended_come_before_all_that_have(bench: StoreBench) -> None:
    jobs = [await bench.accepted() for _ in range(4)]
    ended = [await bench.store.request_cancel(job.id, by=MEMBER, at=bench.clock.now()) for job in jobs[1:3]]

    assert await bench.store.jobs_of_user(MEMBER, limit=3) == [jobs[3], jobs[0], ended[1]]


async def test_a_servers_open_jobs_are_those_that_have_not_ended_oldest_first(bench: StoreBench) -> None:
    jobs = [await bench.accepted(status=status) for status in JobStatus]
    await bench.accepted(guild_id=GUILD + 1)
    await bench.accepted(guild_id=None)

    listed = await bench.store.open_jobs_of_guild(GUILD)

    assert listed == [job for job in jobs if TRANSITIONS[job.status]]


async def test_jobs_are_found_by_the_beginning_of_their_ids_newest_first(bench: StoreBench) -> None:
    ids = ("a1b2c3000000000f", "a1b2c3ffffffffff", "a1b2c40000000000", "a1b2c2ffffffffff")
    jobs = [await bench.accepted(id=job_id) for job_id in ids]

    assert await bench.store.jobs_by_beginning("a1b2c3", limit=9) == jobs[1::-1]
    assert await bench.store.jobs_by_beginning("a1b2c3", limit=1) == [jobs[1]]
    assert await bench.store.jobs_by_beginning(ids[0], limit=9) == [jobs[0]]
    assert await bench.store.jobs_by_beginning("ffffff", limit=9) == []


async def test_a_card_leads_to_its_job(bench: StoreBench) -> None:
    await bench.accepted()
    job = await bench.accepted(card_message_id=SNOWFLAKE)

    assert await bench.store.job_of_card(SNOWFLAKE) == job
    assert await bench.store.job_of_card(SNOWFLAKE + 1) is None


# --- tokens and the pause ---------------------------------------------------------------------------------------------


async def test_tokens_are_erased_when_they_expire(bench: StoreBench) -> None:
    soon, later = bench.clock.now() + timedelta(minutes=14), bench.clock.now() + timedelta(minutes=15)
    first = await bench.accepted(interaction_token="first", token_expires_at=soon)
    second = await bench.accepted(interaction_token="second", token_expires_at=later)
    await bench.accepted()

    assert await bench.store.erase_tokens(now=bench.clock.now()) == 0
    assert await bench.store.erase_tokens(now=bench.clock.forward(timedelta(minutes=14))) == 1

    erased = (await bench.row(first)).origin
    assert (erased.interaction_token, erased.token_expires_at) == (None, None)
    assert (await bench.row(second)).origin.interaction_token == "second"
    assert await bench.store.erase_tokens(now=bench.clock.now()) == 0


async def test_a_pause_begins_is_prolonged_and_ends(bench: StoreBench) -> None:
    now = bench.clock.now()
    pause = Pause(PauseReason.OUT_OF_CREDIT, "402", now, now + timedelta(minutes=10))
    longer = replace(pause, retry_at=now + timedelta(minutes=20))

    assert await bench.store.load_pause() is None
    await bench.store.save_pause(pause)
    assert await bench.store.load_pause() == pause
    await bench.store.save_pause(longer)
    assert await bench.store.load_pause() == longer
    await bench.store.save_pause(None)
    assert await bench.store.load_pause() is None
    await bench.store.save_pause(None)
