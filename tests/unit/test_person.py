"""Who may know of a job, and who may manage it."""

from __future__ import annotations

import pytest

from bot.domain.person import Person
from tests.unit.job_builder import CHANNEL, GUILD, MIRA, ODA, a_job, origin

NOWHERE, THREAD = 1, 2


@pytest.mark.parametrize(
    ("place", "guild_id", "channel_id", "knows"),
    [
        (origin(), GUILD, NOWHERE, True),
        (origin(), None, CHANNEL, False),
        (origin(by_interaction=True), GUILD, NOWHERE, True),
        (origin(by_interaction=True, is_private=True), GUILD, CHANNEL, False),
        (origin(guild_id=None, by_interaction=True), None, CHANNEL, True),
        (origin(guild_id=None, by_interaction=True), None, NOWHERE, False),
        (origin(guild_id=None), None, CHANNEL, False),
    ],
)
def test_others_know_of_a_job_where_they_can_see_it(
    place: object, guild_id: int | None, channel_id: int, *, knows: bool
) -> None:
    job = a_job(origin=place)
    other = Person(ODA, guild_id, lambda _: False, channel_id)
    requester = Person(MIRA, None, lambda _: False, NOWHERE)

    assert other.may_know_of(job) is knows
    assert not other.may_manage(job)
    assert requester.may_know_of(job)
    assert requester.may_manage(job)


@pytest.mark.parametrize(
    ("place", "guild_id", "channel_id", "sees_place", "sees"),
    [
        (origin(), GUILD, NOWHERE, True, True),
        (origin(), GUILD, CHANNEL, False, False),
        (origin(), GUILD + 1, CHANNEL, True, False),
        (origin(), None, CHANNEL, True, False),
        (origin(by_interaction=True, is_private=True), GUILD, CHANNEL, True, False),
        (origin(guild_id=None, by_interaction=True), None, CHANNEL, False, True),
        (origin(guild_id=None, by_interaction=True), None, NOWHERE, True, False),
        (origin(guild_id=None), None, CHANNEL, True, False),
    ],
)
def test_others_see_a_result_where_they_see_its_place_now_and_never_across_servers(
    place: object, guild_id: int | None, channel_id: int, *, sees_place: bool, sees: bool
) -> None:
    job = a_job(origin=place)
    other = Person(ODA, guild_id, lambda _: True, channel_id, lambda _: sees_place)
    requester = Person(MIRA, None, lambda _: False, NOWHERE)

    assert other.may_see(job) is sees
    assert requester.may_see(job)


@pytest.mark.parametrize(
    ("channel_id", "sees_place", "repeats"),
    [(CHANNEL, True, True), (THREAD, True, True), (CHANNEL, False, False), (NOWHERE, True, False)],
)
def test_others_repeat_a_job_only_where_it_was_made(channel_id: int, *, sees_place: bool, repeats: bool) -> None:
    job = a_job(origin=origin(thread_id=THREAD))
    other = Person(ODA, GUILD, lambda _: True, channel_id, lambda _: sees_place)

    assert other.may_repeat(job) is repeats
    assert Person(MIRA, None, lambda _: False, NOWHERE).may_repeat(job)


def test_a_blocked_person_knows_of_their_own_alone_and_moderates_nothing() -> None:
    own, other = a_job(), a_job(origin=origin(user_id=ODA))
    blocked = Person(MIRA, GUILD, lambda _: True, CHANNEL, is_blocked=True)

    assert blocked.may_know_of(own)
    assert not blocked.may_know_of(other)
    assert not blocked.may_moderate(own)
    assert not blocked.may_manage(other)


@pytest.mark.parametrize(
    ("was", "now", "is_restricted"),
    [
        (False, False, False),
        (False, None, False),
        (False, True, True),
        (True, False, True),
        (True, None, True),
        (None, False, False),
        (None, True, True),
        (None, None, None),
    ],
)
def test_a_job_is_age_restricted_if_its_place_was_or_is(
    *, was: bool | None, now: bool | None, is_restricted: bool | None
) -> None:
    job = a_job(origin=origin(is_age_restricted=was, thread_id=THREAD))

    def at(channel_id: int, *, is_restricted_here: bool = False) -> Person:
        return Person(
            MIRA,
            GUILD,
            lambda _: False,
            channel_id,
            is_age_restricted_here=is_restricted_here,
            age_restriction=lambda _: now,
        )

    assert at(NOWHERE).is_age_restricted(job) is is_restricted
    assert at(NOWHERE).may_be_told_here(job) is (is_restricted is False)
    assert at(CHANNEL).may_be_told_here(job) is (is_restricted is not True)
    assert at(THREAD).may_be_told_here(job) is (is_restricted is not True)
    assert at(NOWHERE, is_restricted_here=True).may_be_told_here(job)
    assert at(NOWHERE).hidden_here([job]) == (frozenset() if is_restricted is False else {job.id})
    assert at(NOWHERE, is_restricted_here=True).hidden_here([job]) == frozenset()


@pytest.mark.parametrize("by_interaction", [False, True])
def test_direct_and_group_messages_are_never_age_restricted(*, by_interaction: bool) -> None:
    job = a_job(origin=origin(guild_id=None, by_interaction=by_interaction))
    person = Person(MIRA, GUILD, lambda _: False, NOWHERE, age_restriction=lambda _: None)

    assert person.is_age_restricted(job) is False
    assert person.may_be_told_here(job)
