"""The boundaries of a job's way at which the bot is killed, each held open by a fault of the sandbox.

A boundary is the last thing that the bot did or will ever hear: a request that hangs before its work is done, or after
it, with the answer withheld until the bot is dead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from sandbox.faults import Fault

if TYPE_CHECKING:
    from sandbox.faults import Faults

HELD_SECONDS: Final = 600.0
"""Longer than any kill takes; faults are released when the bot is dead."""

_SUBMIT: Final = {"method": "POST", "route": "/v1/models/{id:.*}"}
_STATUS: Final = {"method": "GET", "route": "/v1/requests/{id}/status"}
_RESULT: Final = {"method": "GET", "route": "/v1/requests/{id}/result"}
_OUTPUT: Final = {"method": "GET", "route": "/outputs/{id}/{name}"}
_CALLBACK: Final = {"method": "POST", "route": "/api/v10/interactions/{id}/{token}/callback"}
_CARD: Final = {"method": "PATCH", "route": "/api/v10/webhooks/{id}/{token}/messages/@original"}
_THREAD: Final = {"method": "POST", "route": "/api/v10/channels/{id}/messages/{message}/threads"}
_MESSAGE: Final = {"method": "POST", "route": "/api/v10/channels/{id}/messages"}


class Service(Enum):
    """Whose fault it is."""

    RUNCOMFY = "runcomfy"
    DISCORD = "discord"


@dataclass(frozen=True)
class Boundary:
    """A moment in a job's way.

    Args:
        name: What has just happened, for the table.
        service: Who holds it open.
        fault: How; every request of its kind is held, so that the bot gets past it with no job.
        witness: What the row of a job says there, in SQL: at the kill there must be one that says so.
        then: What is held open instead once the first fault was reached and let go: the moment right after it.
    """

    name: str
    service: Service
    fault: Fault
    witness: str
    then: Fault | None = None


def _before(where: dict[str, str]) -> Fault:
    return Fault.late(HELD_SECONDS, times=None, **where)


def _after(where: dict[str, str], *, skip: int = 0) -> Fault:
    return Fault.late(HELD_SECONDS, times=None, skip=skip, after_commit=True, **where)


_R, _D = Service.RUNCOMFY, Service.DISCORD
_IS_SUBMITTING: Final = "status = 'submitting'"
_IS_REQUESTED: Final = "status IN ('in_queue', 'in_progress') AND request_id IS NOT NULL"
_IS_UNFETCHED: Final = "status = 'succeeded' AND fetched_at IS NULL"
# Requests for messages look alike: the one that is held may keep what went in, or bring a result.
_IS_SENT: Final = (
    "(delivered_at IS NULL AND id IN (SELECT job_id FROM deliveries WHERE first_attempt_at IS NOT NULL))"
    " OR (kept_at IS NULL AND gallery_attempted_at IS NOT NULL)"
)

BOUNDARIES: Final = (
    Boundary("command acknowledged, answer lost", _D, _after(_CALLBACK, skip=1), "1 = 1"),
    Boundary("row written", _R, _before({"method": "GET", "route": "/v1/models/{id:.*}"}), "status = 'pending'"),
    # The request is thrown away unread: it never left, as far as RunComfy can tell.
    Boundary("SUBMITTING committed", _R, Fault.drop(seconds=HELD_SECONDS, times=None, **_SUBMIT), _IS_SUBMITTING),
    # RunComfy does its work after the bot has died.
    Boundary("POST on the wire", _R, _before(_SUBMIT), _IS_SUBMITTING),
    Boundary("POST accepted, answer lost", _R, _after(_SUBMIT), _IS_SUBMITTING),
    Boundary("request_id stored", _R, _before(_STATUS), _IS_REQUESTED),
    Boundary("first poll answered", _R, _after(_STATUS), _IS_REQUESTED),
    Boundary("a later poll answered", _R, _after(_STATUS, skip=3), _IS_REQUESTED),
    Boundary("end seen, result asked for", _R, _before(_RESULT), _IS_REQUESTED),
    Boundary("result fetched, answer lost", _R, _after(_RESULT), _IS_REQUESTED),
    Boundary("success stored, download asked for", _R, _before(_OUTPUT), _IS_UNFETCHED),
    Boundary("in mid download", _R, Fault.hang(HELD_SECONDS, times=None, skip=1, **_OUTPUT), _IS_UNFETCHED),
    Boundary("download done, answer lost", _R, _after(_OUTPUT, skip=1), _IS_UNFETCHED),
    Boundary("card drawn, answer lost", _D, _after(_CARD), "shown_revision < card_revision"),
    Boundary("thread made, answer lost", _D, _after(_THREAD), "opened_at IS NULL"),
    Boundary("gallery or result on the wire", _D, _before(_MESSAGE), _IS_SENT),
    Boundary("gallery or result posted, answer lost", _D, _after(_MESSAGE), _IS_SENT),
    Boundary(
        "kept_at or delivered_at stored",
        _D,
        Fault.late(HELD_SECONDS, after_commit=True, **_MESSAGE),
        "(kept_at IS NOT NULL OR delivered_at IS NOT NULL) AND shown_revision < card_revision",
        then=_before(_CARD),
    ),
)
"""Every boundary, in the order of a job's way."""


async def reach(boundary: Boundary, faults: Faults) -> None:
    """Arm a boundary's fault, wait until the bot is in its hands, and leave it there."""
    first = faults.add(boundary.fault)
    await faults.until_reached(first)
    if boundary.then is not None:
        second = faults.add(boundary.then)
        faults.release()
        await faults.until_reached(second)
