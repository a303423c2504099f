"""The notices of an outage in fake time: one a channel, kept true, through restarts and the refusals of Discord."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.engine.outage import SAME_NOTICE_FOR
from bot.errors import DeliveryPostponed, Refused, Undeliverable
from tests.unit.engine.storm import MINUTE, Pair, Storm
from tests.unit.engine_bench import CHANNEL

if TYPE_CHECKING:
    from pathlib import Path

# --- notices ----------------------------------------------------------------------------------------------------------


async def test_a_notice_follows_the_number_of_those_who_wait_at_most_once_a_minute(storm: Storm) -> None:
    jobs = await storm.remixes(5)
    await storm.bench.settle()
    storm.provider.is_down = True
    jobs = await storm.remixes(5, channel_id=CHANNEL + 1)
    await storm.bench.pass_time(90)
    for job in jobs:
        await storm.bench.service.cancel(job.id, by=storm.bench.person(job.origin.user_id))
        await storm.bench.pass_time(12)
    await storm.bench.pass_time(2 * MINUTE)

    [states] = [one.states for one in storm.notices.posted if one.channel_id == CHANNEL + 1]
    assert (states[0], states[-1]) == ((False, 5), (False, 0))
    assert len(states) <= 4


async def test_a_restart_in_mid_outage_edits_the_notice_and_repeats_nothing(storm: Storm) -> None:
    await storm.remixes(3)
    await storm.known()
    since = storm.bench.gate.outage.since if storm.bench.gate.outage else None
    for _ in range(3):
        await storm.bench.restart()
        await storm.bench.pass_time(5)
        # The silence is remembered: one unanswered question of the new process is enough.
        assert storm.bench.gate.outage is not None
        assert storm.bench.gate.outage.since == since
    storm.provider.is_down = False
    await storm.bench.restart()
    await storm.bench.pass_time(15)

    assert [one.states[-1] for one in storm.notices.posted] == [(True, 0)]
    storm.bench.service.check_intake()


async def test_a_notice_whose_answer_was_lost_is_found_and_not_posted_again(storm: Storm) -> None:
    storm.notices.loses_answers = True
    storm.notices.fail("post", DeliveryPostponed("reset"))
    await storm.remixes(3)
    await storm.known()
    await storm.bench.restart()
    await storm.bench.pass_time(2 * MINUTE)

    assert len(storm.notices.posted) == 1
    assert storm.notices.asked_for == [7001]
    storm.provider.is_down = False
    await storm.bench.pass_time(2 * MINUTE)
    assert storm.notices.posted[0].states[-1] == (True, 0)


async def test_a_notice_whose_answer_was_lost_is_found_at_the_end_too(storm: Storm) -> None:
    storm.notices.loses_answers = True
    storm.notices.fail("post", DeliveryPostponed("reset", retry_after=timedelta(minutes=20)))
    await storm.remixes(3)
    await storm.known()
    storm.provider.is_down = False
    await storm.bench.pass_time(timedelta(minutes=25))

    assert [one.states[-1] for one in storm.notices.posted] == [(True, 0)]


async def test_a_discord_that_fails_is_tried_again(storm: Storm) -> None:
    storm.notices.fail("post", DeliveryPostponed("500"), DeliveryPostponed("500"))
    await storm.remixes(3)
    await storm.known()
    await storm.bench.pass_time(2 * MINUTE)

    assert [one.states for one in storm.notices.posted] == [[(False, 3)]]


async def test_a_discord_that_refuses_is_left_alone_until_the_next_outage(storm: Storm) -> None:
    storm.notices.fail("post", Undeliverable("no permission"))
    await storm.remixes(3)
    await storm.known()
    await storm.bench.pass_time(timedelta(minutes=5))
    assert storm.notices.posted == []

    storm.provider.is_down = False
    await storm.bench.pass_time(2 * MINUTE)
    storm.provider.is_down = True
    await storm.bench.pass_time(timedelta(minutes=5))
    assert len(storm.notices.posted) == 1


async def test_a_notice_that_was_deleted_is_not_posted_anew(storm: Storm) -> None:
    await storm.remixes(3)
    await storm.known()
    storm.notices.fail("edit", *[Undeliverable("10008")] * 20)
    await storm.bench.restart()
    await storm.bench.pass_time(timedelta(minutes=5))
    storm.provider.is_down = False
    await storm.bench.pass_time(5 * MINUTE)

    assert [one.states for one in storm.notices.posted] == [[(False, 3)]]
    assert all(one.over_at is not None for one in await storm.bench.notices.notices())


async def test_a_discord_that_never_takes_the_end_is_not_asked_for_ever(storm: Storm) -> None:
    await storm.remixes(3)
    await storm.known()
    storm.notices.fail("edit", *[DeliveryPostponed("500")] * 1000)
    storm.provider.is_down = False
    await storm.bench.pass_time(timedelta(hours=2))

    assert all(one.over_at is not None for one in await storm.bench.notices.notices())


async def test_a_second_outage_soon_after_is_told_by_the_same_message_and_a_later_one_by_a_new_one(
    storm: Storm,
) -> None:
    await storm.remixes(2)
    await storm.known()
    for wait in (timedelta(minutes=20), SAME_NOTICE_FOR + 2 * MINUTE):
        storm.provider.is_down = False
        await storm.bench.pass_time(wait)
        await storm.remixes(2)
        storm.provider.is_down = True
        await storm.bench.pass_time(timedelta(minutes=12))

    assert len(storm.notices.posted) == 2
    assert [is_over for is_over, _ in storm.notices.posted[0].states] == [False, True, False, True]
    assert [is_over for is_over, _ in storm.notices.posted[1].states] == [False]


async def test_places_that_only_an_interaction_reaches_get_no_notice(storm: Storm) -> None:
    await storm.bench.remix(by_interaction=True)
    await storm.bench.remix(channel_id=CHANNEL + 1, is_private=True)
    await storm.known()
    await storm.bench.pass_time(2 * MINUTE)

    assert storm.notices.posted == []


async def test_notices_that_are_over_are_forgotten_by_the_next_outage(storm: Storm) -> None:
    await storm.remixes(1, channel_id=CHANNEL + 1)
    await storm.known()
    storm.provider.is_down = False
    await storm.finish_all(minutes=80)
    await storm.remixes(1)
    await storm.known()
    storm.provider.is_down = False
    await storm.finish_all(minutes=3)

    assert [one.channel_id for one in await storm.bench.notices.notices()] == [CHANNEL]


# --- two processes on one database ------------------------------------------------------------------------------------


async def test_two_processes_tell_a_channel_by_one_message_and_count_the_jobs_of_both(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    for provider in pair.providers:
        provider.is_down = True
    await pair.start()
    for bench in (pair.first, pair.second, pair.second):
        await bench.remix()
    await pair.pass_time(timedelta(minutes=5))
    [posted] = pair.first.notice_courier.posted
    assert posted.states in ([(False, 3)], [(False, 3)] * 2)  # the other process makes sure once of what stands there

    for provider in pair.providers:
        provider.is_down = False
    await pair.pass_time(timedelta(minutes=2))
    assert posted.states[-1] == (True, 0)
    assert pair.first.notice_courier.posted == [posted]


async def test_a_process_that_alone_is_cut_off_speaks_for_itself_alone(tmp_path: Path) -> None:
    pair = Pair(tmp_path)
    pair.providers[1].is_down = True
    await pair.start()
    await pair.second.remix()
    await pair.pass_time(timedelta(minutes=6))
    pair.first.service.check_intake()
    with pytest.raises(Refused, match="outage"):
        pair.second.service.check_intake()
    [posted] = pair.first.notice_courier.posted
    assert posted.states == [(False, 1)]

    pair.providers[1].is_down = False
    await pair.pass_time(timedelta(minutes=2))
    assert posted.states[-1] == (True, 0)
