"""Every text that a user reads, by key and language: the one place that fills phrases, counts and formats.

``say`` fills a phrase; ``explain`` turns an error of the tree into what a person should read. The phrases stand in
``bot.ui.phrases``; where a language lacks one, English speaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from string import Formatter
from typing import TYPE_CHECKING, Any, Final, cast

from typing_extensions import override

from bot.errors import (
    InvalidRequest,
    JobNotFound,
    JobUnreadable,
    NotYourJob,
    QuotaExceeded,
    Refused,
    TooLateToCancel,
    UserError,
)
from bot.ui.markdown import escape, plain, without_mentions
from bot.ui.phrases import FALLBACK, LANGUAGES, Language
from bot.ui.phrases.phrase import Plural

if TYPE_CHECKING:
    from bot.ui.phrases.phrase import Phrase

WORD_LIMIT: Final = 60
"""How much of a stranger's words a sentence shows, for example of a file name."""
PROBLEMS_SAID: Final = 5
"""How many problems of one request are said at once."""
ALT_LIMIT: Final = 300
"""How much of a prompt an alternative text repeats."""
LONG_LIMIT: Final = 400
"""How much of a stranger's words a line of its own shows, in UTF-16 units with their escapes."""
_KILOBYTE: Final = 1000
_FILE_TYPES: Final[Mapping[str, str]] = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WebP",
    "image/gif": "GIF",
    "image/avif": "AVIF",
    "image/heic": "HEIC",
    "image/heif": "HEIF",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/svg+xml": "SVG",
    "application/pdf": "PDF",
    "video/mp4": "MP4",
    "video/quicktime": "MOV",
    "video/webm": "WebM",
}


def say(key: str, locale: str, /, **values: object) -> str:
    """Fill the phrase of that key in the reader's language.

    Args:
        key: The phrase.
        locale: Discord's name of the reader's language, for example ``ko`` or ``en-GB``.
        **values: What the phrase's placeholders need; strings are escaped unless the phrase says otherwise.

    Raises:
        KeyError: There is no such phrase, or a value is missing.
    """
    language, phrase = _find(key, locale)
    if isinstance(phrase, Plural):
        count = values[phrase.by]
        if not isinstance(count, int):
            raise TypeError(f"{key}: {phrase.by} must be a whole number to be counted")
        phrase = phrase.form(language.plural(count))
    return _PhraseFormatter(language, locale).vformat(phrase, (), values)


def explain(error: UserError, locale: str) -> str:
    """Turn an error into why something cannot be done, and what to do."""
    match error:
        case InvalidRequest():
            return "\n".join(explain_each((error, *error.also), locale))
        case Refused():
            return _explain_refusal(error, locale)
        case QuotaExceeded():
            key = f"quota.{error.limit}"
            return say(key if has(key) else "quota.other", locale, resets_at=error.resets_at)
        case _:
            return say(_plain_key(error), locale)


def explain_each(problems: Sequence[InvalidRequest], locale: str) -> Iterator[str]:
    """Say a line for each problem of a request, and how many there are that had no room."""
    for problem in problems[:PROBLEMS_SAID]:
        yield _explain_problem(problem, locale)
    if (rest := len(problems) - PROBLEMS_SAID) > 0:
        yield say("problem.more", locale, count=rest)


def has(key: str) -> bool:
    """Whether there is a phrase of that key."""
    return key in LANGUAGES[FALLBACK].phrases


def file_type(content_type: object) -> str | None:
    """Say a type as people do, ``JPEG`` for ``image/jpeg``; None where people have no word for it."""
    declared = str(content_type).partition(";")[0].strip().lower()
    if declared.upper() in {name.upper() for name in _FILE_TYPES.values()}:
        return next(name for name in _FILE_TYPES.values() if name.upper() == declared.upper())
    return _FILE_TYPES.get(declared)


def file_size(size: int, locale: str) -> str:
    """Say a number of bytes as people read it, in units of a thousand."""
    kilobytes = size / _KILOBYTE
    if kilobytes < _KILOBYTE:
        return say("details.kilobytes", locale, number=max(round(kilobytes), 1))
    return say("details.megabytes", locale, number=round(kilobytes / _KILOBYTE, 1))


def _plain_key(error: UserError) -> str:
    match error:
        case JobUnreadable():
            return "error.job_unreadable"
        case JobNotFound():
            return "error.job_not_found"
        case NotYourJob():
            return "error.not_your_job"
        case TooLateToCancel():
            return "error.too_late_ended" if error.has_ended else "error.too_late_running"
        case _:
            return "error.unexpected"


def _explain_problem(error: InvalidRequest, locale: str) -> str:
    key, values = f"problem.{error.problem}", {"field": error.field, **error.values}
    return say(key if has(key) else "problem.other", locale, **values)


def _explain_refusal(error: Refused, locale: str) -> str:
    key, values = f"refused.{error.reason}", dict(error.values)
    if error.reason == "missing_permissions":
        names = [permission(name, locale) for name in _strings(values.get("names"))]
        channel = values.get("channel_id")
        key = key if channel else "refused.missing_permissions_here"
        values = {"names": names, "count": len(names), "channel": channel}
    return say(key if has(key) else "refused.other", locale, **values)


def permission(flag: str, locale: str) -> str:
    """Name a permission as Discord's own settings do; ``flag`` is discord.py's name for it."""
    key = f"permission.{flag}"
    return say(key, locale) if has(key) else f"*{flag.replace('_', ' ').title()}*"


def _strings(values: object) -> list[str]:
    if isinstance(values, str):
        return [values]
    return [str(one) for one in cast("Sequence[object]", values)] if isinstance(values, Sequence) else []


def _find(key: str, locale: str) -> tuple[Language, Phrase]:
    language = LANGUAGES.get(locale) or LANGUAGES.get(locale.partition("-")[0])
    if language is not None and key in language.phrases:
        return language, language.phrases[key]
    fallback = LANGUAGES[FALLBACK]
    return fallback, fallback.phrases[key]


class _PhraseFormatter(Formatter):
    """Shows values as one language does."""

    def __init__(self, language: Language, locale: str) -> None:
        super().__init__()
        self._language = language
        self._locale = locale

    @override
    def format_field(self, value: Any, format_spec: str) -> str:
        match value:
            case None:
                raise TypeError("nothing is no word for a reader")
            case int() | float():
                return self._number(value, format_spec)
            case datetime():
                return f"<t:{int(value.timestamp())}:{format_spec or 'R'}>"
            case timedelta():
                return self._duration(value)
            case str():
                return _words(value, format_spec)
            case _:
                return self._list(_strings(value), format_spec)

    def _number(self, value: float, spec: str) -> str:
        if spec in ("user", "channel"):
            return f"<{'@' if spec == 'user' else '#'}{value}>"
        if spec == "digits":
            return str(value)
        if spec == "usd":
            return f"${self._group(_dollars(int(value)))}"
        return self._group(f"{value:,}" if isinstance(value, int) else f"{value:,.2f}".rstrip("0").rstrip("."))

    def _group(self, digits: str) -> str:
        return digits.translate({ord(","): self._language.thousands, ord("."): self._language.decimal})

    def _duration(self, value: timedelta) -> str:
        total = max(round(value.total_seconds()), 0)
        minutes, seconds = divmod(total, 60)
        hours, minutes_left = divmod(minutes, 60)
        if hours:
            return say("duration.hours", self._locale, hours=hours, minutes=minutes_left)
        if minutes:
            return say("duration.minutes", self._locale, minutes=minutes, seconds=seconds)
        return say("duration.seconds", self._locale, seconds=seconds)

    def _list(self, items: Sequence[str], spec: str) -> str:
        if spec == "dot":
            return " · ".join(items)
        if spec == "comma" or len(items) < 2:  # noqa: PLR2004 - a single one needs no conjunction
            return ", ".join(items)
        return say(f"list.{spec}", self._locale, head=", ".join(items[:-1]), last=items[-1])


def _dollars(micros: int) -> str:
    """Show micro-dollars with at least two decimals, and as many more as say something."""
    whole, fraction = divmod(micros, 1_000_000)
    cents = f"{fraction:06d}"
    return f"{whole:,}.{cents[:2]}{cents[2:].rstrip('0')}"


def _words(value: str, spec: str) -> str:
    match spec:
        case "ours":
            return value
        case "plain":
            return plain(value, limit=WORD_LIMIT)
        case "alt":
            return plain(without_mentions(value), limit=ALT_LIMIT)
        case "long":
            return escape(value, limit=LONG_LIMIT)
        case _:
            return escape(value, limit=WORD_LIMIT)
