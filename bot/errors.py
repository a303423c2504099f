"""Every error that the bot raises, as one tree.

    BotError
     |- UserError             shown to the user, in private
     |   |- InvalidRequest        a field of the request breaks a rule of the model
     |   |- Refused               the server or the operator does not allow it now
     |   |- QuotaExceeded         a limit is reached; it says when it resets
     |   |- JobNotFound           no such job, or none that this person may know of
     |   |- NotYourJob            only its requester or a moderator may do this
     |   '- TooLateToCancel       the job is running or has ended
     |- ProviderError         what the queue API answered, classified
     |   |- ProviderUnavailable   surely not accepted; may be asked again
     |   |- SubmissionUncertain   a paid POST whose outcome nobody knows
     |   |- ProviderRejected      it understood and refused
     |   |- ProviderUnauthorized  it does not take our token
     |   |- OutOfCredit           our account is empty
     |   '- ProviderProtocolError an answer that we cannot read
     |- InputError            an image that could not be looked at
     |   |- InputPostponed        may succeed later
     |   '- InputRefused          never: no picture, damaged, too large to be mended, or gone
     |- DownloadError         an output that could not be fetched
     |   |- DownloadPostponed     may succeed later
     |   '- DownloadRefused       never: wrong host, too large, no picture, gone
     |       '- DownloadDoubtful      so it seems: gone or no picture, as a passing error page would be too
     |           '- DownloadMissing       nothing is there, or not yet
     |- DeliveryError         what Discord answered to a card or a result
     |   |- DeliveryPostponed     may succeed later; PlaceUnreadable: nobody knows whether it was posted
     |   |- TooLarge              not with files of this size; smaller ones may
     |   |- Undeliverable         never, at this place
     |   '- ContentRefused        never, at any place, for what it says
     |- ModelMissing          a job's model left the catalog
     |- StoreUnavailable      the database did not take or give it; may be tried again
     |- StaleJob              lost a compare-and-set race; never leaves the engine
     '- StartupError          bad settings, database or token; carries the exit code

A class's docstring is its default message. Data are attributes, so that texts can be made of them in any language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

EXIT_UNAVAILABLE: Final = 69
"""sysexits.h EX_UNAVAILABLE: a service that we need cannot be had."""
EXIT_CONFIG: Final = 78
"""sysexits.h EX_CONFIG: something was not configured rightly."""


class BotError(Exception):
    """Something went wrong."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


# --- shown to the user ------------------------------------------------------------------------------------------------


class UserError(BotError):
    """This cannot be done."""


class InvalidRequest(UserError):  # noqa: N818 - the names are the glossary's
    """The request breaks a rule of the model.

    Args:
        field: Our name of the offending field: ``prompt``, ``images``, ``image3``, ``size``, ``scale``, ``single``.
        problem: A word for the rule that was broken, a key of the texts (for example ``file_too_large``).
        values: What a text needs to say it: limits, and what was found.

    ``also`` holds the further problems that were found at the same time.
    """

    def __init__(self, field: str, problem: str, *, values: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
        self.values = dict(values or {})
        self.also: tuple[InvalidRequest, ...] = ()


class Refused(UserError):  # noqa: N818
    """This is not allowed now.

    Args:
        reason: A word for the reason, a key of the texts (for example ``paused``).
        values: What a text needs to say it.
    """

    def __init__(self, reason: str, *, values: Mapping[str, object] | None = None) -> None:
        super().__init__(f"refused: {reason}")
        self.reason = reason
        self.values = dict(values or {})


class QuotaExceeded(UserError):  # noqa: N818
    """A limit is reached.

    Args:
        limit: A word for the limit, a key of the texts.
        resets_at: When it may be tried again.
    """

    def __init__(self, limit: str, *, resets_at: datetime) -> None:
        super().__init__(f"limit reached: {limit}")
        self.limit = limit
        self.resets_at = resets_at


class JobNotFound(UserError):  # noqa: N818
    """There is no such job."""


class JobUnreadable(UserError):  # noqa: N818
    """The row of this job cannot be read."""


class NotYourJob(UserError):  # noqa: N818
    """Only the requester or a moderator may do this."""


class TooLateToCancel(UserError):  # noqa: N818
    """The job is running or has ended already.

    Args:
        has_ended: Whether it has ended; else it runs, and its picture will still come.
    """

    def __init__(self, *, has_ended: bool) -> None:
        super().__init__("the job has ended" if has_ended else "the job is running")
        self.has_ended = has_ended


# --- the provider -----------------------------------------------------------------------------------------------------


class ProviderError(BotError):
    """The provider did not do what was asked.

    Args:
        message: What the operator should read; members never see it.
        code: The provider's own code, if it gave one.
        retry_after: How long the provider asked us to wait, if it did.
    """

    def __init__(self, message: str = "", *, code: str | None = None, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


class ProviderUnavailable(ProviderError):  # noqa: N818
    """The provider cannot be reached, or asks for patience; nothing was accepted."""


class SubmissionUncertain(ProviderError):  # noqa: N818
    """The outcome of a paid submission is unknown; it must not be sent again.

    ``account_error`` is what the answer would mean had it come from the provider, where that concerns the account.
    """

    account_error: ProviderUnauthorized | OutOfCredit | None = None


class ProviderRejected(ProviderError):  # noqa: N818
    """The provider understood the request and refused it; ``reason`` is its own words for the member, if it has any."""

    reason: str | None = None


class ProviderUnauthorized(ProviderError):  # noqa: N818
    """The provider does not accept our token."""


class OutOfCredit(ProviderError):  # noqa: N818
    """The provider's account has no credit left."""


class ProviderProtocolError(ProviderError):
    """The provider's answer could not be read."""


# --- inputs, outputs and Discord --------------------------------------------------------------------------------------


class InputError(BotError):
    """An image could not be looked at."""


class InputPostponed(InputError):  # noqa: N818
    """The image could not be looked at now."""


class InputRefused(InputError):  # noqa: N818
    """The image can never be used.

    Args:
        problem: Why, a key of the texts (for example ``damaged``).
        detail: What the operator should read.
        values: What a text needs to say it.
    """

    def __init__(self, problem: str, detail: str = "", *, values: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{problem}: {detail}" if detail else problem)
        self.problem = problem
        self.values = dict(values or {})


class DownloadError(BotError):
    """An output could not be fetched."""


class DownloadPostponed(DownloadError):  # noqa: N818
    """The output could not be fetched now."""


class DownloadRefused(DownloadError):  # noqa: N818
    """The output will never be fetched: wrong place, too large, not a picture, or gone."""


class DownloadDoubtful(DownloadRefused):
    """What came is no output, or nothing is there; a passing fault of the storage looks the same at first."""


class DownloadMissing(DownloadDoubtful):
    """Nothing is there; storage may show a new file late."""


class DeliveryError(BotError):
    """Discord did not take a message."""


class DeliveryPostponed(DeliveryError):  # noqa: N818
    """Discord did not take a message now.

    Args:
        message: What the operator should read.
        retry_after: How long Discord asked us to wait, if it did.
    """

    def __init__(self, message: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PlaceUnreadable(DeliveryPostponed):
    """What was posted there cannot be read, so nobody knows whether it was posted."""


class TooLarge(DeliveryError):  # noqa: N818
    """Discord does not take files of this size here; smaller ones, or none, it may."""


class Undeliverable(DeliveryError):  # noqa: N818
    """This place will never take the message: it is gone, or closed to us."""


class ContentRefused(DeliveryError):  # noqa: N818
    """Discord, or a server's own rules, take this message nowhere for what it says or shows."""


# --- inside -----------------------------------------------------------------------------------------------------------


class StoreUnavailable(BotError):  # noqa: N818
    """The database did not take or give it.

    Args:
        message: What the operator should read.
        nothing_stored: Whether the database itself says that it took nothing, for example since its disk is full.
    """

    def __init__(self, message: str = "", *, nothing_stored: bool = False) -> None:
        super().__init__(message)
        self.nothing_stored = nothing_stored


class ModelMissing(BotError):  # noqa: N818
    """The catalog has no model of this id."""


class StaleJob(BotError):  # noqa: N818
    """Another step changed the job first."""


class StartupError(BotError):
    """The bot cannot start.

    Args:
        message: Every problem, a line each, with what to do.
        exit_code: ``EXIT_CONFIG`` or ``EXIT_UNAVAILABLE``.
    """

    def __init__(self, message: str = "", *, exit_code: int = EXIT_CONFIG) -> None:
        super().__init__(message)
        self.exit_code = exit_code
