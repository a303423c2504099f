"""Logging: structlog over the standard library, as lines for eyes or as JSON, with every secret taken out.

All records, ours and the libraries', pass one handler, and there one processor masks: the values registered as secrets,
everything under a key that names a secret, what makes an address a credential (signatures of CDN and storage addresses,
tokens of webhooks and interactions), and bearer headers. It runs last but for the rendering, so that the texts of
exceptions and fields of any depth are masked too.

The libraries that log whole addresses or the values of statements at INFO and DEBUG are held to WARNING at every level.
"""

import logging
import math
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TextIO, cast
from urllib.parse import quote

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger
from typing_extensions import override

MASK: Final = "***"
RECORDS_A_MINUTE: Final = 60
"""Of one kind; a storm of errors would fill the disk and stop the process that writes them."""
PAID_LOGGER: Final = "bot.paid"
"""Its records name work that RunComfy has accepted, and are written at every level: no other trace may be left."""
CAPPED_LOGGERS: Final = ("httpx", "httpcore", "discord", "aiohttp.access", "aiosqlite", "asyncpg", "sqlalchemy")
# A shorter value would blank out half of every line and is guessed anyway.
_SHORTEST_SECRET = 4
_WINDOW_SECONDS: Final = 60.0
_MOST_KINDS: Final = 5_000
"""How many are counted at once; the oldest are forgotten first."""

_log = structlog.stdlib.get_logger(__name__)

_LONG_FIELDS: Final = frozenset({"exception", "stack"})
"""What has lines of its own."""
_CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What moves a cursor, breaks a line, or turns the direction of what follows. A line feed is judged apart."""
_SECRET_KEY = re.compile(r"(^|[_-])(tokens?|authorization|passwords?|secrets?|api[_-]?key|cookie)$", re.IGNORECASE)
_CREDENTIALS = (
    # Discord's CDN (ex, is, hm), S3, CloudFront, Google and Azure storage: https://discord.com/developers/docs/reference
    re.compile(
        r"(?P<kept>[?&](?:ex|is|hm|signature|sig|policy|key-pair-id|(?:[a-z]+[_-])?token|"
        r"passw(?:or)?d|pwd|(?:[a-z]+[_-])?secret|api[_-]?key|auth|authorization|credentials?|x-(?:amz|goog)-[a-z-]+)=)[^&#\s\"'<>\\)]+",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<kept>/(?:webhooks|interactions)/\d+/)[\w.%-]+"),
    re.compile(r"(?P<kept>\b(?:Bearer|Bot) )[\w.~+/=-]{20,}"),
    re.compile(r"(?P<kept>\w://[^\s:/@]*:)[^\s/@]+(?=@)"),
)


class Redactor:
    """A structlog processor that masks secrets anywhere in an event.

    Args:
        secrets: Values that must not be seen; they are found in their URL-encoded form as well.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {
            form for secret in secrets if len(secret) >= _SHORTEST_SECRET for form in (secret, quote(secret, safe=""))
        }
        longest_first = sorted(known, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """Return the event without secrets, made of plain values only, none of which can break its line."""
        cleaned = {key: self._clean(value, under=key) for key, value in event.items()}
        return {
            key: escaped(value) if isinstance(value, str) and key not in _LONG_FIELDS else value
            for key, value in cleaned.items()
        }

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        masked = self._secrets.sub(MASK, text)
        for credential in _CREDENTIALS:
            masked = credential.sub(rf"\g<kept>{MASK}", masked)
        return masked

    def _clean(self, value: object, *, under: str = "") -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if _SECRET_KEY.search(under):
            return MASK
        if isinstance(value, Mapping):
            fields = cast("Mapping[object, object]", value)
            return {self.text(str(key)): self._clean(field, under=str(key)) for key, field in fields.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(item) for item in cast("Iterable[object]", value)]
        return _CONTROL.sub(_escape, self.text(value if isinstance(value, str) else repr(value)))


def escaped(text: str) -> str:
    """Write line breaks as a program would, for a text that must stay on its line."""
    return text.replace("\n", "\\n")


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def _indent_long_fields(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Set the lines of a traceback apart, so that none of them looks like a record of its own."""
    return {
        key: value.replace("\n", "\n  ") if isinstance(value, str) and key in _LONG_FIELDS else value
        for key, value in event.items()
    }


class RateLimit(logging.Filter):
    """Lets so many records of one kind through, and tells afterwards how many it held back.

    A kind is a logger, a level, the event without its numbers, and the exception's type; for records about a job also
    the job. So what is logged in a storm hides nothing else. DEBUG records, which somebody asked for, are not counted.
    Any thread may log.

    Args:
        most: How many of a kind pass in a minute.
        now: A monotonic clock, in seconds.
    """

    def __init__(self, *, most: int = RECORDS_A_MINUTE, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._most = most
        self._now = now
        self._kinds: dict[tuple[object, ...], _Kind] = {}
        self._lock = threading.RLock()  # what was held back is told while it is held, and that is a record too

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record passes."""
        with self._lock:
            return self._passes(record)

    def _passes(self, record: logging.LogRecord) -> bool:
        now = self._now()
        self._close_windows(now)
        if record.levelno < logging.INFO:
            return True
        event, key = _kind_of(record)
        kind = self._kinds.setdefault(key, _Kind(since=now, logger=record.name, event=event))
        kind.passed += 1
        if kind.passed <= self._most:
            return True
        kind.held_back += 1
        return False

    def tell(self) -> None:
        """Tell of what was held back until now, as at the end of the process."""
        with self._lock:
            self._close_windows(math.inf)

    def _close_windows(self, now: float) -> None:
        # The oldest come first, so this mostly looks at one.
        while self._kinds:
            key, kind = next(iter(self._kinds.items()))
            if now - kind.since < _WINDOW_SECONDS and len(self._kinds) <= _MOST_KINDS:
                return
            del self._kinds[key]
            if kind.held_back:
                _log.warning("records_suppressed", count=kind.held_back, of_logger=kind.logger, of_event=kind.event)


@dataclass
class _Kind:
    since: float
    logger: str
    event: str
    passed: int = 0
    held_back: int = 0


def _kind_of(record: logging.LogRecord) -> tuple[str, tuple[object, ...]]:
    fields = cast("Mapping[str, object]", record.msg) if isinstance(record.msg, Mapping) else {"event": record.msg}
    given = record.exc_info or fields.get("exc_info")
    error: object = sys.exc_info()[1] if given is True else given
    if isinstance(given, tuple):
        error = cast("tuple[object, ...]", given)[1]
    event = str(fields.get("event")).partition("\n")[0][:200]
    return event, (record.name, record.levelno, re.sub(r"\d+", "", event), type(error), fields.get("job_id"))


class _Handler(logging.StreamHandler[TextIO]):
    """The one handler of the process, which stays silent about the contents of a record that it cannot format."""

    def __init__(self, stream: TextIO, limit: RateLimit) -> None:
        super().__init__(stream)
        self._limit = limit
        self.addFilter(limit)

    @override
    def close(self) -> None:
        """Tell what was held back before the process ends."""
        self._limit.tell()
        super().close()

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        # The inherited method prints the record's arguments, and those have not been masked.
        kind = getattr(sys.exc_info()[0], "__name__", "error")
        self.stream.write(f"A record of {record.name} ({record.pathname}:{record.lineno}) was lost: {kind}\n")


def configure(
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    log_format: Literal["console", "json"],
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
    limit: RateLimit | None = None,
) -> None:
    """Send every record of the process to one stream; called once, before anything logs.

    Args:
        level: The least grave level that is shown.
        log_format: `json` writes one object a line, `console` lines for eyes.
        secrets: Values to mask wherever they appear (`Settings.secrets()`).
        stream: Where to write; standard error when None.
        limit: How many records of one kind pass; the usual number when None.
    """
    target = stream or sys.stderr
    shared = _shared_processors()
    handler = _Handler(target, limit or RateLimit())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                Redactor(secrets),
                *_renderers(log_format, colors=target.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    for earlier in [found for found in root.handlers if isinstance(found, _Handler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    root.setLevel(level)
    for name in CAPPED_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.getLogger(PAID_LOGGER).setLevel(min(logging.INFO, root.level))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module; it may be made before `configure` is called.

    Args:
        name: The module's `__name__`.
    """
    return structlog.stdlib.get_logger(name)


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _renderers(log_format: Literal["console", "json"], *, colors: bool) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.JSONRenderer(ensure_ascii=False)]
    console = structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)
    return [_indent_long_fields, console]
