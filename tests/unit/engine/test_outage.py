"""An outage of the provider in fake time: what is asked, refused and sent, while it lasts and afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from bot.domain.person import Person
from bot.domain.status import JobStatus
from bot.errors import OutOfCredit, ProviderUnavailable, Refused
from tests.unit.engine.storm import FREE, MINUTE, PAID, Storm, most_within
from tests.unit.engine_bench import CHANNEL, GUILD, MEMBER, OUTPUT, EngineBench

# --- ten minutes, fifty jobs ------------------------------------------------------------------------------------------


async def test_ten_minutes_of_silence_with_fifty_jobs_as_the_promise_says(storm: Storm) -> None:
    bench, provider = storm.bench, storm.provider
    running = await storm.remixes(10)
    await bench.settle()
    provider.is_down, down_at = True, storm.clock.now()
    waiting = [*await storm.remixes(25), *await storm.remixes(14, channel_id=CHANNEL + 1)]
    waiting += await storm.remixes(1, channel_id=CHANNEL + 2)
    tried = len(provider.times(PAID))
    await bench.pass_time(timedelta(minutes=10))

    # Intake pauses, privately and with a time; submits pause.
    with pytest.raises(Refused, match="outage") as refused:
        bench.service.check_intake()
    outage = bench.gate.outage
    assert outage is not None
    assert refused.value.values == {"since": outage.since, "retry_at": outage.retry_at}
    assert outage.retry_at > storm.clock.now()
    assert abs(outage.since - down_at) <= timedelta(seconds=10)
    assert [at for at in provider.times(PAID)[tried:] if at > down_at] == []
    # One free question a minute.
    probes = [at for at in provider.times("model") if at > down_at]
    assert 9 <= len(probes) <= 11
    assert most_within(probes, MINUTE) == 1
    # The polls of what was in flight back off: the figures of the README.
    polls = [at for at in provider.times("status") if at > down_at]
    assert most_within(polls, MINUTE) <= 6 * len(running)
    late = [at for at in polls if at > down_at + timedelta(minutes=5)]
    assert len(late) <= 2 * len(running)
    # One notice per channel, and no edit while nothing changes.
    told = {one.channel_id: one.states for one in storm.notices.posted}
    assert told == {CHANNEL: [(False, 35)], CHANNEL + 1: [(False, 14)], CHANNEL + 2: [(False, 1)]}
    assert bench.courier.messages == []

    # It answers: intake opens, each notice is edited to its end, and what waited goes out at a bounded rate.
    provider.is_down, up_at = False, storm.clock.now()
    await storm.finish_all(minutes=8)
    bench.service.check_intake()
    assert [len(one.states) for one in storm.notices.posted] == [2, 2, 2]
    assert {one.states[-1] for one in storm.notices.posted} == {(True, 0)}
    sent = [at for at in provider.times(PAID) if at > up_at]
    assert len(sent) == len(waiting)
    assert sent[0] - up_at <= MINUTE
    assert most_within(sent, timedelta(seconds=1)) <= 5
    assert most_within(sent[:10], timedelta(seconds=5)) <= 8
    assert sent[-1] - sent[0] <= MINUTE
    # Nothing is lost, nothing is paid twice.
    jobs = [await bench.row(job) for job in (*running, *waiting)]
    assert Counter(job.status for job in jobs) == {JobStatus.SUCCEEDED: 50}
    assert len(provider.requests) == 50
    assert all(len(bench.courier.messages_of(job.id)) == 1 for job in jobs)


async def test_fifty_jobs_in_flight_do_not_hammer_a_silent_provider(storm: Storm) -> None:
    storm.bench.boot(max_in_flight=50)
    await storm.bench.loop.start()
    await storm.remixes(50)
    await storm.bench.settle()
    before = [at for at in storm.provider.times(*FREE) if at > storm.clock.now() - MINUTE]
    await storm.bench.pass_time(MINUTE)
    healthy = len(storm.provider.times(*FREE)) - len(before)
    storm.provider.is_down, down_at = True, storm.clock.now()
    await storm.bench.pass_time(timedelta(minutes=10))

    asked = [at - down_at for at in storm.provider.times(*FREE) if at > down_at]
    by_minute = Counter(int(at / MINUTE) for at in asked)
    assert by_minute[0] <= healthy / 1.2
    assert max(by_minute[minute] for minute in range(2, 10)) <= 60
    assert len(asked) <= 500
    assert [one.states for one in storm.notices.posted] == [[(False, 50)]]


# --- intake -----------------------------------------------------------------------------------------------------------


async def test_a_blip_closes_no_intake_and_tells_nobody(storm: Storm) -> None:
    storm.provider.is_down = True
    job = await storm.bench.remix()
    await storm.bench.pass_time(50)
    storm.bench.service.check_intake()
    storm.provider.is_down = False
    await storm.bench.pass_time(20)

    assert (await storm.bench.row(job)).status is JobStatus.IN_QUEUE
    assert storm.notices.posted == []


async def test_again_and_try_again_are_refused_too_before_anything_is_accepted(storm: Storm) -> None:
    done = await storm.bench.remix()
    await storm.bench.settle()
    storm.provider.finish("req-1", OUTPUT)
    await storm.bench.pass_time(10)
    broken = await storm.bench.remix()
    await storm.bench.settle()
    storm.provider.break_run("req-2")
    await storm.bench.pass_time(10)
    await storm.bench.remix()
    await storm.known()

    someone = Person(MEMBER, GUILD, lambda _: False)
    with pytest.raises(Refused, match="outage"):
        await storm.bench.service.check_again(done.id, by=someone)
    with pytest.raises(Refused, match="outage"):
        await storm.bench.service.check_try_again(broken.id, by=someone)


async def test_a_poll_that_is_answered_opens_the_intake_and_lets_the_free_question_be_asked_at_once(
    storm: Storm,
) -> None:
    await storm.bench.remix()
    await storm.bench.settle()
    late = await storm.bench.remix()
    storm.provider.is_down = True
    await storm.bench.pass_time(timedelta(minutes=3))
    storm.provider.is_down, storm.provider.only_probes_fail = False, True
    answered = len(storm.provider.times("status")) + 1
    await storm.until(lambda: len(storm.provider.times("status")) == answered)
    probes = len(storm.provider.times("model"))

    storm.bench.service.check_intake()
    storm.provider.only_probes_fail = False
    await storm.bench.pass_time(15)
    assert len(storm.provider.times("model")) == probes + 1
    assert (await storm.bench.row(late)).status is JobStatus.IN_QUEUE


async def test_what_was_in_flight_is_polled_soon_after_a_silence_however_long_it_was(storm: Storm) -> None:
    jobs = await storm.remixes(20)
    await storm.bench.settle()
    storm.provider.is_down = True
    await storm.bench.pass_time(timedelta(hours=1))
    for request_id in storm.provider.requests:
        storm.provider.finish(request_id, OUTPUT)
    storm.provider.is_down, up_at = False, storm.clock.now()
    await storm.bench.pass_time(75)

    assert {(await storm.bench.row(job)).status for job in jobs} == {JobStatus.SUCCEEDED}
    assert most_within([at for at in storm.provider.times("status") if at > up_at], timedelta(seconds=1)) <= 6


async def test_the_intake_is_not_closed_while_polls_are_answered_although_probes_are_not(storm: Storm) -> None:
    await storm.bench.remix()
    await storm.bench.settle()
    storm.provider.only_probes_fail = True
    storm.bench.gate.suspect()
    await storm.bench.remix()
    await storm.bench.pass_time(timedelta(minutes=10))

    storm.bench.service.check_intake()
    assert len(storm.provider.requests) == 1
    assert len(storm.provider.times("model")) <= 12


async def test_the_intake_opens_by_itself_even_if_nothing_waits_any_more(storm: Storm) -> None:
    storm.provider.is_down = True
    job = await storm.bench.remix()
    await storm.bench.pass_time(75)
    await storm.bench.service.cancel(job.id, by=storm.bench.person(MEMBER))
    await storm.bench.pass_time(MINUTE)
    with pytest.raises(Refused, match="outage"):
        storm.bench.service.check_intake()
    storm.provider.is_down = False
    await storm.bench.pass_time(70)

    storm.bench.service.check_intake()
    assert [one.states[-1] for one in storm.notices.posted] == [(True, 0)]


async def test_a_provider_that_refuses_our_token_is_a_pause_and_no_outage(storm: Storm) -> None:
    await storm.bench.remix()
    await storm.known()
    storm.provider.is_down = False
    storm.provider.fail("model", OutOfCredit("empty"))
    await storm.bench.pass_time(MINUTE)

    with pytest.raises(Refused, match="paused"):
        storm.bench.service.check_intake()
    assert storm.bench.gate.outage is None


async def test_a_silence_that_the_provider_announces_is_an_outage_at_once(storm: Storm) -> None:
    storm.bench.gate.suspect()
    storm.provider.fail("model", ProviderUnavailable("503", retry_after=timedelta(hours=1)))
    await storm.bench.remix()
    await storm.bench.settle()

    with pytest.raises(Refused, match="outage"):
        storm.bench.service.check_intake()
    assert storm.bench.gate.outage is not None
    assert storm.bench.gate.outage.retry_at - storm.clock.now() == timedelta(hours=1)


# --- deadlines --------------------------------------------------------------------------------------------------------


async def test_silence_does_not_count_towards_the_deadline_of_a_run(storm: Storm) -> None:
    job = await storm.bench.remix()
    await storm.bench.settle()
    storm.provider.start("req-1")
    for _ in range(9):
        await storm.bench.pass_time(timedelta(minutes=3))
        storm.provider.is_down = True
        await storm.bench.pass_time(timedelta(minutes=4))
        storm.provider.is_down = False

    assert (await storm.bench.row(job)).overdue_at is None


# --- the pace afterwards ----------------------------------------------------------------------------------------------


async def test_in_normal_times_a_burst_goes_at_once(storm: Storm) -> None:
    await storm.remixes(20)
    at = storm.clock.now()
    await storm.bench.settle()

    assert storm.provider.times(PAID)[-20:] == [at] * 20


async def test_a_restart_within_the_drain_keeps_the_pace(storm: Storm) -> None:
    await storm.remixes(19)
    await storm.known()
    storm.provider.is_down = False
    await storm.bench.pass_time(MINUTE + timedelta(seconds=5))
    sent = len(storm.provider.times(PAID))
    await storm.bench.restart()
    await storm.bench.pass_time(3)

    assert len(storm.provider.times(PAID)) - sent <= 8


# --- a disk that keeps nothing ----------------------------------------------------------------------------------------


async def test_while_nothing_can_be_kept_nothing_is_accepted_or_paid_and_then_it_goes_on(bench: EngineBench) -> None:
    job = await bench.remix()
    bench.storage_trouble = "data is gone"
    await bench.pass_time(60)

    with pytest.raises(Refused, match="paused"):
        bench.service.check_intake()
    assert bench.provider.requests == {}
    assert bench.board.of(job).is_paused

    bench.storage_trouble = None
    await bench.pass_time(30)
    bench.service.check_intake()
    assert (await bench.row(job)).status is JobStatus.IN_QUEUE
