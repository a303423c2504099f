"""What a member asks for, once it is known to be right: the only way to a job."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.picture import Mend

OptionValue = str | float | bool


INPUT_MARGIN = timedelta(minutes=2)
"""An input whose URL lives shorter than this is taken for dead: the provider still has to fetch it."""
SPOILER_PREFIX = "SPOILER_"
"""How clients begin the name of a file that its member covered.

Source: https://docs.discord.com/developers/resources/message#attachment-object
"""
ERASED = "?ex=0"
"""What stands in place of an erased query: that the URL is dead must still be seen, or it would be sent."""
ERASED_AT = datetime.fromtimestamp(0, UTC)
"""When, by its own words, such a URL died."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An input as an attachment of a message of ours, whose URL Discord signs anew whenever the message is read.

    Args:
        url: Where it lies, as last signed.
        channel_id: The channel or thread of the message.
        message_id: The message.
        index: Its place among the message's attachments, from 0.
    """

    url: str
    channel_id: int
    message_id: int
    index: int

    @property
    def expires_at(self) -> datetime | None:
        """When Discord stops serving the URL as it was last signed."""
        return _expiry_of(self.url)


@dataclass(frozen=True, slots=True)
class Input:
    """An image that goes in: as Discord declared it, and once it was probed as it really is.

    Args:
        url: Where the provider can fetch it; Discord signs and expires it.
        filename: Its name at the member's computer; shown, never trusted.
        content_type: Discord's word for its type, derived from the file name; may be missing. Once probed, its real
            type as it came, before any mending.
        size: Its bytes, as it came.
        width: Pixels, or None where Discord could not read it as a picture.
        height: Pixels, or None.
        mends: What had to be done to it; where it is not empty, only the kept copy may be submitted.
        kept: Our own copy, mended where that was needed.
        problem: Why it cannot be used at all, a key of the texts, where it cannot.
        is_marked_spoiler: Whether Discord says that its member covered it.
    """

    url: str
    filename: str
    content_type: str | None
    size: int
    width: int | None
    height: int | None
    mends: tuple[Mend, ...] = ()
    kept: Kept | None = None
    problem: str | None = None
    is_marked_spoiler: bool = False

    @property
    def is_spoiler(self) -> bool:
        """Whether it is shown covered: marked so, or named as clients name such a file (and rows before the mark)."""
        return self.is_marked_spoiler or self.filename.startswith(SPOILER_PREFIX)

    @property
    def sent_url(self) -> str:
        """What the provider is given: the kept copy where the picture had to be mended, else the picture as it came."""
        return self.kept.url if self.mends and self.kept is not None else self.url

    @property
    def awaits_keeping(self) -> bool:
        """Whether it was mended and lies on our disk only, where the provider cannot fetch it."""
        return bool(self.mends) and self.kept is None

    @property
    def expires_at(self) -> datetime | None:
        """When Discord stops serving the URL, or None where it does not say."""
        return _expiry_of(self.url)

    def is_dead(self, *, at: datetime) -> bool:
        """Whether the provider could not fetch it any more; a kept copy can always be signed anew."""
        return self.kept is None and _dies(self.expires_at, at=at)

    def is_stale(self, *, at: datetime) -> bool:
        """Whether what would be sent to the provider has to be signed anew before, and can be."""
        return self.kept is not None and _dies(_expiry_of(self.sent_url), at=at)

    def renewed(self, url: str) -> Input:
        """Answer it with the kept copy's fresh URL; what goes as it is kept goes by that URL from now on."""
        if self.kept is None:
            return self
        kept = replace(self.kept, url=url)
        return replace(self, kept=kept) if self.mends else replace(self, url=url, kept=kept)

    @property
    def signed_until(self) -> datetime | None:
        """When the first signature of its URLs dies; None where there is none, or none any more."""
        expiries = [self.expires_at, self.kept.expires_at if self.kept is not None else None]
        return min((one for one in expiries if one is not None and one > ERASED_AT), default=None)

    def without_dead_signatures(self, *, at: datetime) -> Input:
        """Answer it with what is left of those of its URLs that Discord serves no more."""
        kept = self.kept if self.kept is None else replace(self.kept, url=_without_dead_signature(self.kept.url, at))
        return replace(self, url=_without_dead_signature(self.url, at), kept=kept)

    def shown_url(self, *, at: datetime) -> str | None:
        """Answer a URL by which people can see it now: what the provider gets, else the other; None where both died."""
        kept_url = None if self.kept is None else self.kept.url
        living = (url for url in (self.sent_url, self.url, kept_url) if url is not None and not _is_past(url, at))
        return next(living, None)


def _without_dead_signature(url: str, at: datetime) -> str:
    return url.partition("?")[0] + ERASED if _is_past(url, at) else url


def _is_past(url: str, at: datetime) -> bool:
    expires_at = _expiry_of(url)
    return expires_at is not None and expires_at <= at


def _dies(expires_at: datetime | None, *, at: datetime) -> bool:
    return expires_at is not None and expires_at <= at + INPUT_MARGIN


def _expiry_of(url: str) -> datetime | None:
    """Read when Discord stops serving a URL (``ex``, hexadecimal seconds); None where it does not say.

    Source: https://docs.discord.com/developers/reference#signed-attachment-cdn-urls
    """
    stamps = parse_qs(urlsplit(url).query).get("ex", [])
    try:
        return datetime.fromtimestamp(int(stamps[0], 16), UTC)
    except (IndexError, ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class RemixRequest:
    """A prompt, its images in the member's order, and the options that the member set.

    Only :meth:`ImageModel.request` makes one of what a member gave; the store, which holds what was checked once, may
    build it directly.

    Args:
        model: The model's id, for example ``bytedance/dreamina-4-0/edit``.
        prompt: What to make of the images.
        inputs: The images in the member's order.
        options: Only what the member set, by our names: ``size``, ``scale``, ``single``.
    """

    model: str
    prompt: str
    inputs: tuple[Input, ...]
    options: Mapping[str, OptionValue] = field(default_factory=dict[str, OptionValue])

    def for_another_job(self) -> RemixRequest:
        """Answer the same request for a job that lacks this one's files: what was mended and never kept is undone."""
        inputs = (replace(one, mends=()) if one.awaits_keeping else one for one in self.inputs)
        return replace(self, inputs=tuple(inputs))

    @property
    def has_spoiler(self) -> bool:
        """Whether one of its images is covered, so that what is made of them is covered too."""
        return any(one.is_spoiler for one in self.inputs)

    def has_dead_inputs(self, *, at: datetime) -> bool:
        """Whether an image could no longer be fetched by the provider if it were submitted now."""
        return any(one.is_dead(at=at) for one in self.inputs)


def is_legible(prompt: str) -> bool:
    """Whether a reader sees anything: a letter, digit, mark or symbol, or a sign that is younger than our tables."""
    categories = map(unicodedata.category, prompt)
    return any(category[0] in "LNPS" or category == "Cn" for category in categories)
