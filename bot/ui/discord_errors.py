"""What Discord's errors mean for a message that is owed: the whole table, as data.

What follows from a meaning is decided in one other place, ``bot.engine.places``.

Source of the codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from enum import IntEnum, StrEnum
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import aiohttp
import discord
import structlog

from bot.errors import ContentRefused, DeliveryError, DeliveryPostponed, TooLarge, Undeliverable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping


class Code(IntEnum):
    """The codes of Discord that we tell apart."""

    UNKNOWN_CHANNEL = 10003
    UNKNOWN_GUILD = 10004
    UNKNOWN_MESSAGE = 10008
    UNKNOWN_WEBHOOK = 10015
    UNKNOWN_INTERACTION = 10062
    EXPLICIT_CONTENT = 20009
    CHANNEL_WRITE_LIMIT = 20028
    TOO_MANY_FILES = 30015
    OLD_MESSAGE_EDIT_LIMIT = 30046
    REQUEST_TOO_LARGE = 40005
    RESOURCE_LIMITED = 40062
    TOO_MANY_FOLLOW_UPS = 40094
    MISSING_ACCESS = 50001
    EMPTY_MESSAGE = 50006
    CANNOT_MESSAGE_USER = 50007
    NO_TEXT_CHANNEL = 50008
    MISSING_PERMISSIONS = 50013
    WRONG_CHANNEL_TYPE = 50024
    INVALID_WEBHOOK_TOKEN = 50027
    INVALID_FORM = 50035
    FILE_TOO_LARGE = 50045
    THREAD_ARCHIVED = 50083
    NO_SERVER_IN_COMMON = 50278
    OVERLOADED = 130000
    THREAD_EXISTS = 160004
    THREAD_LOCKED = 160005
    TOO_MANY_THREADS = 160006
    TOO_MANY_ANNOUNCEMENT_THREADS = 160007
    MESSAGE_BLOCKED = 200000
    TITLE_BLOCKED = 200001
    HARMFUL_LINK = 240000
    UPLOADS_LIMITED = 400001


class Meaning(StrEnum):
    """What an error means for the message that met it."""

    LATER = "later"
    """The same again, in the same place, when some time has passed."""
    ELSEWHERE = "elsewhere"
    """Never in this place: it is gone, closed to us, or full."""
    UNWANTED = "unwanted"
    """Not for where it goes but for what it says or shows: no other place is tried, its requester is told."""
    TOO_LARGE = "too_large"
    """The same place, with smaller files, or with none."""
    OURS = "ours"
    """No correct program sends this; no place would take it. Logged as an error, with Discord's findings."""


MEANINGS: Final[Mapping[int, Meaning]] = MappingProxyType(
    {
        # the place is gone
        Code.UNKNOWN_CHANNEL: Meaning.ELSEWHERE,
        Code.UNKNOWN_GUILD: Meaning.ELSEWHERE,
        Code.UNKNOWN_MESSAGE: Meaning.ELSEWHERE,  # of a send, it means that the message came and was deleted
        # the interaction is over; the bot itself may still write
        Code.UNKNOWN_WEBHOOK: Meaning.ELSEWHERE,
        Code.UNKNOWN_INTERACTION: Meaning.ELSEWHERE,
        Code.INVALID_WEBHOOK_TOKEN: Meaning.ELSEWHERE,
        Code.TOO_MANY_FOLLOW_UPS: Meaning.ELSEWHERE,
        # the place is closed to us; each such answer counts towards a ban of ten minutes, so it is not repeated
        Code.MISSING_ACCESS: Meaning.ELSEWHERE,
        Code.MISSING_PERMISSIONS: Meaning.ELSEWHERE,
        Code.CANNOT_MESSAGE_USER: Meaning.ELSEWHERE,
        Code.NO_SERVER_IN_COMMON: Meaning.ELSEWHERE,
        # the place cannot hold it
        Code.NO_TEXT_CHANNEL: Meaning.ELSEWHERE,
        Code.WRONG_CHANNEL_TYPE: Meaning.ELSEWHERE,
        Code.THREAD_LOCKED: Meaning.ELSEWHERE,
        Code.TOO_MANY_THREADS: Meaning.ELSEWHERE,
        Code.TOO_MANY_ANNOUNCEMENT_THREADS: Meaning.ELSEWHERE,
        Code.REQUEST_TOO_LARGE: Meaning.TOO_LARGE,
        Code.FILE_TOO_LARGE: Meaning.TOO_LARGE,
        # what it says
        Code.MESSAGE_BLOCKED: Meaning.UNWANTED,
        Code.TITLE_BLOCKED: Meaning.UNWANTED,
        Code.HARMFUL_LINK: Meaning.UNWANTED,
        Code.EXPLICIT_CONTENT: Meaning.UNWANTED,
        Code.UPLOADS_LIMITED: Meaning.UNWANTED,
        # limits and moods
        Code.OLD_MESSAGE_EDIT_LIMIT: Meaning.LATER,
        Code.CHANNEL_WRITE_LIMIT: Meaning.LATER,
        Code.RESOURCE_LIMITED: Meaning.LATER,
        Code.OVERLOADED: Meaning.LATER,
        Code.THREAD_ARCHIVED: Meaning.LATER,  # once it was taken out of the archive, which the courier does first
        # our own mistakes
        Code.INVALID_FORM: Meaning.OURS,
        Code.EMPTY_MESSAGE: Meaning.OURS,
        Code.TOO_MANY_FILES: Meaning.OURS,
    }
)
"""Every code that Discord documents for what we send. One that is unknown closes the place; see ``meaning``."""
LIMIT_WAIT: Final = timedelta(minutes=1)
"""How long an edit or write limit is given where Discord names no time; its windows are not documented."""
_LIMITS: Final = frozenset({Code.OLD_MESSAGE_EDIT_LIMIT, Code.CHANNEL_WRITE_LIMIT})

TOKEN_IS_DEAD: Final = frozenset({Code.INVALID_WEBHOOK_TOKEN, Code.UNKNOWN_WEBHOOK, Code.UNKNOWN_INTERACTION})
"""The interaction's token no longer edits its first reply; the bot itself still may."""
NAME_REFUSED: Final = frozenset({Code.INVALID_FORM, Code.MESSAGE_BLOCKED, Code.TITLE_BLOCKED})
"""The words of a prompt may not stand in a name there: they show nothing, or a server's rules block them."""
NO_THREAD_HERE: Final = frozenset(
    {
        Code.UNKNOWN_CHANNEL,
        Code.UNKNOWN_MESSAGE,
        Code.MISSING_ACCESS,
        Code.MISSING_PERMISSIONS,
        Code.WRONG_CHANNEL_TYPE,
        Code.THREAD_LOCKED,
        Code.TOO_MANY_THREADS,
        Code.TOO_MANY_ANNOUNCEMENT_THREADS,
    }
)
"""There can be no thread from this message; the results go beside the card."""
_ERRORS: Final[Mapping[Meaning, type[DeliveryError]]] = MappingProxyType(
    {Meaning.UNWANTED: ContentRefused, Meaning.TOO_LARGE: TooLarge}
)
_GARBLED: Final = (LookupError, TypeError, ValueError, AttributeError)
"""What discord.py raises where an answer of Discord's is not what it should be: it reads answers without checking."""

_log = structlog.stdlib.get_logger(__name__)


@contextmanager
def translated() -> Generator[None]:
    """Let no exception of Discord, of the network or of the disk through: each becomes an error of delivery.

    Only for the exchange with Discord itself: a mistake of ours inside would pass for a garbled answer.

    Raises:
        DeliveryPostponed: It may pass later.
        TooLarge: Smaller files may be taken.
        Undeliverable: Discord will never take it there.
        ContentRefused: Discord does not take what it says.
    """
    try:
        yield
    except discord.DiscordException as error:
        raise delivery_error(error) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise DeliveryPostponed(f"{type(error).__name__}: {error}") from error
    except _GARBLED as error:
        _log.warning("answer_garbled", exc_info=True)
        raise DeliveryPostponed(f"an answer that cannot be read, {type(error).__name__}: {error}") from error


def delivery_error(error: discord.DiscordException) -> DeliveryError:
    """Judge an exception of discord.py."""
    if isinstance(error, discord.RateLimited):
        return DeliveryPostponed(str(error), retry_after=timedelta(seconds=error.retry_after))
    if not isinstance(error, discord.HTTPException):
        return DeliveryPostponed(f"{type(error).__name__}: {error}")
    judged = meaning(error.status, error.code)
    if judged is Meaning.LATER:
        return DeliveryPostponed(f"{type(error).__name__}: {error}", retry_after=_retry_after(error))
    if judged is Meaning.OURS:
        _log.error("message_malformed", code=error.code, detail=str(error))
    return _ERRORS.get(judged, Undeliverable)(str(error))


def is_about_attachments(error: discord.HTTPException) -> bool:
    """Whether Discord refuses a message, with 400, for how its files are named in it.

    Some clients got that for an edit of a message of components although its files were whole.
    Source: https://github.com/discord/discord-api-docs/issues/7529
    """
    return error.status == HTTPStatus.BAD_REQUEST and "attachment" in error.text.lower()


def meaning(status: int, code: int) -> Meaning:
    """Say what an answer means; one without a code is no word of Discord's about this message, so it may pass.

    Only 413 speaks for itself: what stands before Discord says it without a code.
    """
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Meaning.TOO_LARGE
    is_limit_or_fault = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if is_limit_or_fault or code == 0:
        return Meaning.LATER
    return MEANINGS.get(code, Meaning.ELSEWHERE)


def _retry_after(error: discord.HTTPException) -> timedelta | None:
    try:
        return timedelta(seconds=float(error.response.headers.get("Retry-After", "")))
    except (ValueError, OverflowError):
        return LIMIT_WAIT if error.code in _LIMITS else None
