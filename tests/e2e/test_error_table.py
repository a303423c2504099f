"""Each row of Discord's errors, end to end: the result arrives where the table says, exactly once.

All rows happen side by side in one town, each in a channel of its own; each test looks at one of them afterwards.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import pytest

from sandbox.discord.actor import UploadedFile
from sandbox.discord.composer import Draft
from sandbox.discord.permissions import Permission
from sandbox.faults import Fault
from tests.e2e.test_places import small_picture
from tests.e2e.town import Town, is_gallery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.discord.state import Channel, Message

ROOM: Final = {"MAX_IN_FLIGHT": "60"}
API: Final = "/api/v10"
JSON: Final = {"Content-Type": "application/json"}


class Place(StrEnum):
    """Where a result can come to stand."""

    THREAD = "the thread"
    CHANNEL = "the channel"
    CARD = "the card"
    NOWHERE = "nowhere, and its member is told"
    KEPT = "nowhere, and it is kept"
    DELETED = "nowhere, since it was there and somebody deleted it"


@dataclass(frozen=True)
class Case:
    """One remix that waits for its row to befall it.

    Args:
        town: Where.
        channel: Its channel, or its post in a forum.
        card: Its card.
    """

    town: Town
    channel: Channel
    card: Message

    @property
    def thread_id(self) -> int:
        """Where its result belongs."""
        return self.card.id if self.card.has_thread else self.channel.id

    def refuse(self, code: int, *, status: int = 400, times: int | None = 1, where: int | None = None) -> None:
        """Let Discord answer what is posted into a place with a code."""
        self.arm(_refusal(code, status, times), "POST", f"/channels/{where or self.thread_id}/messages")

    def refuse_card(self, code: int, *, status: int = 400, times: int | None = 1) -> None:
        """Let Discord answer edits by the interaction's token with a code."""
        assert self.card.interaction is not None
        token = self.card.interaction.token
        route = f"/webhooks/{self.town.world.application.id}/{token}/messages/@original"
        self.arm(_refusal(code, status, times), "PATCH", route)

    def refuse_edit(self, code: int, *, times: int | None = 1) -> None:
        """Let Discord answer edits of the card by the bot itself with a code."""
        route = f"/channels/{self.channel.id}/messages/{self.card.id}"
        self.arm(_refusal(code, 400, times), "PATCH", route)

    def arm(self, fault: Fault, method: str, route: str) -> None:
        """Let a fault wait for one of this remix's requests."""
        self.town.faults.add(replace(fault, method=method, route=f"{API}{route}"))

    def befall(self, fault: Fault) -> None:
        """Let a fault wait for what is posted into the thread."""
        self.arm(fault, "POST", f"/channels/{self.thread_id}/messages")


def _refusal(code: int, status: int, times: int | None) -> Fault:
    body = json.dumps({"code": code, "message": f"The simulated refusal {code}"})
    headers = JSON | ({"Retry-After": "1"} if status in (429, 503) else {})
    return Fault.answer(status, body, headers=headers, times=times)


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Args:
        name: Discord's code, and what it is about.
        place: Where the result must come to stand.
        befall: What happens to the remix while it is painted.
        in_post: Whether the command is used in a post of a forum.
        before: What happens to its channel before the command.
    """

    name: str
    place: Place
    befall: Callable[[Case], object]
    in_post: bool = False
    before: Callable[[Town, Channel], object] | None = None


def _close(case: Case) -> None:
    """Let Discord refuse both places."""
    for where in (case.thread_id, case.channel.id):
        case.refuse(50013, status=403, times=None, where=where)


def _close_without_token(case: Case) -> None:
    _close(case)
    case.refuse_card(50027, status=401, times=None)


def _delete_everything(case: Case) -> None:
    case.town.discord.administration.delete_channel(case.channel)


def _delete_thread(case: Case) -> None:
    case.town.discord.administration.delete_channel(case.town.world.find_channel(case.thread_id))


def _lock(case: Case) -> None:
    case.town.discord.administration.archive(case.town.world.find_channel(case.thread_id), locked=True)


def _sleep(case: Case) -> None:
    case.town.discord.administration.archive(case.town.world.find_channel(case.thread_id))


def _sleep_under_the_card(case: Case) -> None:
    """A post of a forum is asleep, and the token dead: the bot itself edits the card."""
    _sleep(case)
    case.refuse_card(50027, status=401, times=None)
    case.refuse_edit(50083)


def _forbid_threads(case: Case) -> None:
    administration = case.town.discord.administration
    administration.deny_bot(case.channel, Permission.SEND_MESSAGES_IN_THREADS)


def _leave(case: Case) -> None:
    case.town.discord.administration.deny_bot(case.channel, Permission.VIEW_CHANNEL)


def _cap_threads(town: Town, channel: Channel) -> None:
    route = f"{API}/channels/{channel.id}/messages/{{id}}/threads"
    town.faults.add(replace(_refusal(160006, 400, None), method="POST", route=route))


TABLE: Final = (
    Row("5xx before it was posted", Place.THREAD, lambda case: case.befall(Fault.server_error(503))),
    Row("5xx after it was posted", Place.THREAD, lambda case: case.befall(Fault.server_error(503, after_commit=True))),
    Row("reset before it was posted", Place.THREAD, lambda case: case.befall(Fault.drop())),
    Row("reset after it was posted", Place.THREAD, lambda case: case.befall(Fault.drop(after_commit=True))),
    Row("429", Place.THREAD, lambda case: case.befall(Fault.too_many_requests(1))),
    Row("50083 archived", Place.THREAD, _sleep),
    Row("50083 archived, said of the message", Place.THREAD, lambda case: case.refuse(50083)),
    Row("50083 archived, said of the card", Place.CHANNEL, _sleep_under_the_card, in_post=True),
    Row("160005 locked", Place.CHANNEL, lambda case: case.refuse(160005, times=None)),
    Row("160005 locked and asleep", Place.CHANNEL, _lock),
    Row("160006 too many threads", Place.CHANNEL, lambda _: None, before=_cap_threads),
    Row("10003 thread gone", Place.CHANNEL, _delete_thread),
    Row("10003 channel gone", Place.KEPT, _delete_everything),
    Row("10008 card gone", Place.THREAD, lambda case: case.refuse_card(10008, status=404, times=None)),
    Row("10008 message gone", Place.DELETED, lambda case: case.refuse(10008, status=404)),
    Row("50001 channel closed", Place.CARD, _leave),
    Row("50013 threads closed", Place.CHANNEL, _forbid_threads),
    Row("50013 everything closed", Place.CARD, _close),
    Row("50013 everything closed and 50027 token dead", Place.KEPT, _close_without_token),
    Row("50027 token dead", Place.THREAD, lambda case: case.refuse_card(50027, status=401, times=None)),
    Row("10015 token unknown", Place.THREAD, lambda case: case.refuse_card(10015, status=404, times=None)),
    Row("40005 request too large", Place.THREAD, lambda case: case.refuse(40005, status=413)),
    Row("413 without a code", Place.THREAD, lambda case: case.befall(Fault.server_error(413))),
    Row("50045 file too large", Place.THREAD, lambda case: case.refuse(50045)),
    Row("200000 blocked by a rule", Place.NOWHERE, lambda case: case.refuse(200000)),
    Row("240000 harmful link", Place.NOWHERE, lambda case: case.refuse(240000)),
    Row("20009 explicit content", Place.NOWHERE, lambda case: case.refuse(20009)),
    Row("400001 uploads limited", Place.NOWHERE, lambda case: case.refuse(400001, status=403)),
    Row("30046 edits of old messages", Place.THREAD, lambda case: case.refuse_card(30046, status=429)),
    Row("20028 write limit", Place.THREAD, lambda case: case.refuse(20028, status=429)),
    Row("40062 resource limited", Place.THREAD, lambda case: case.refuse(40062, status=429)),
    Row("130000 overloaded", Place.THREAD, lambda case: case.refuse(130000, status=503)),
    Row("50035 malformed", Place.CHANNEL, lambda case: case.refuse(50035, times=None)),
)


@dataclass(frozen=True)
class Outcome:
    """What became of one row.

    Args:
        places: Where messages with the result stand, one entry each.
        facts: What the row of the job says.
        card: What stands on the card.
        words: What the bot wrote without files, in thread and channel.
    """

    places: tuple[Place, ...]
    facts: Mapping[str, Any]
    card: str
    words: str


async def happen(town: Town) -> dict[str, Outcome]:
    """Let every row befall a remix of its own, and look at what became of each."""
    town.runcomfy.knobs = replace(town.runcomfy.knobs, slots=len(TABLE), run_seconds=0.0)
    town.runcomfy.timeline.hold()
    cases = {row.name: await _begin(town, row, number) for number, row in enumerate(TABLE)}
    await town.until_written("kept_at", lambda found: len(found) == len(TABLE) and None not in found)
    await town.until_written("status", lambda found: set(found) == {"in_queue"})
    for row in TABLE:
        row.befall(cases[row.name])
    town.runcomfy.timeline.release()
    await town.until_written("coalesce(delivered_at, undeliverable_at)", lambda found: None not in found)
    await town.until_written("card_revision - shown_revision", lambda found: set(found) == {0})
    facts = {row["prompt"]: row for row in town.rows("prompt", "delivered_at", "undeliverable_at", "failure")}
    return {name: _look(case, facts[name]) for name, case in cases.items()}


async def _begin(town: Town, row: Row, number: int) -> Case:
    channel = town.discord.administration.add_channel(town.world.guild("Remix Garden"), f"row-{number}")
    if row.in_post:
        draft = Draft({"name": "A post", "message": {"content": "Here"}})
        channel, _ = town.discord.services.threads.post(town.channel("showcase"), draft)
    if row.before is not None:
        row.before(town, channel)
    options = {"prompt": row.name, "image1": UploadedFile("small.png", small_picture())}
    card = await town.card(await town.person("ada").slash(channel.id, "remix", options))
    return Case(town, channel, card)


def _look(case: Case, facts: Mapping[str, Any]) -> Outcome:
    everywhere = case.town.world.directory.messages
    in_thread = list(everywhere.get(case.card.id, {}).values())
    in_channel = [one for one in everywhere.get(case.channel.id, {}).values() if one.id != case.card.id]
    stood = {Place.THREAD: in_thread, Place.CHANNEL: in_channel, Place.CARD: [case.card]}
    bots = case.town.world.bot.id
    results = {
        place: [one for one in told if one.author_id == bots and one.attachments and not is_gallery(one)]
        for place, told in stood.items()
    }
    told = (*in_thread, *in_channel)
    words = [one for one in told if one.author_id == bots and one.components and not one.attachments]
    return Outcome(
        tuple(place for place, told in results.items() for _ in told),
        facts,
        case.town.text(case.card),
        "\n".join(case.town.text(one) for one in words),
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What became of all rows; afterwards no rule of Discord or RunComfy may have been broken."""

    async def live() -> dict[str, Outcome]:
        async with Town(tmp_path_factory.mktemp("town"), settings=ROOM) as town:
            await town.start_bot()
            found = await happen(town)
            assert town.servers.violations == []
            assert len(town.runcomfy.ledger) == len(TABLE)
            fired = {one.fault_id for one in town.faults.fired}
            assert [one for one in town.faults.armed if one.fault_id not in fired] == []
            return found

    return asyncio.run(live())


@pytest.mark.parametrize("row", TABLE, ids=[f"{row.name}: {row.place}" for row in TABLE])
def test_a_result_arrives_where_the_table_says_exactly_once(row: Row, outcomes: dict[str, Outcome]) -> None:
    found = outcomes[row.name]
    stands = row.place in (Place.THREAD, Place.CHANNEL, Place.CARD)
    is_delivered = stands or row.place is Place.DELETED

    assert found.places == ((row.place,) if stands else ())
    assert (found.facts["delivered_at"] is not None) is is_delivered
    assert (found.facts["undeliverable_at"] is None) is is_delivered
    if row.place is Place.NOWHERE:
        assert found.facts["failure"] == "content_refused"
        assert "does not take the result" in found.words
    elif row.place is not Place.DELETED:
        assert found.words == ""
