"""What reaches the log, seen through real records of structlog and of the standard library."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal

import pytest
import structlog

from bot import log

TOKEN = "MTk4NjIyNDgzNDcx.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"


@dataclass
class Log:
    """A configured log that is read back."""

    stream: io.StringIO = field(default_factory=io.StringIO)

    def open(
        self,
        *,
        level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "DEBUG",
        log_format: Literal["console", "json"] = "json",
        secrets: tuple[str, ...] = (TOKEN,),
        limit: log.RateLimit | None = None,
    ) -> None:
        """Configure the process's logging to write here."""
        log.configure(level, log_format, secrets=secrets, stream=self.stream, limit=limit)

    @property
    def text(self) -> str:
        """Everything written so far."""
        return self.stream.getvalue()

    @property
    def records(self) -> list[dict[str, Any]]:
        """Everything written so far, read as JSON."""
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def logged() -> Iterator[Log]:
    """A log; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield Log()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in log.CAPPED_LOGGERS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.reset_defaults()


def test_our_records_and_the_libraries_look_alike(logged: Log) -> None:
    logged.open()
    log.get_logger("bot.engine").info("job accepted", job_id="j1")
    logging.getLogger("alembic").info("running %s", "0001")
    ours, theirs = logged.records
    assert (ours["event"], ours["job_id"], ours["level"], ours["logger"]) == (
        "job accepted",
        "j1",
        "info",
        "bot.engine",
    )
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("running 0001", "info", "alembic")
    assert ours.keys() - {"job_id"} == theirs.keys()
    assert ours["timestamp"].endswith("Z")


def test_a_registered_secret_is_masked_wherever_it_appears(logged: Log) -> None:
    logged.open(secrets=(TOKEN, "pass word/1"))
    logger = log.get_logger("bot")
    logger.info("trying", deep={"list": [TOKEN, {"x": (TOKEN,)}], TOKEN: 1}, thing=ValueError(TOKEN))
    logger.info("positional %s", TOKEN)
    logging.getLogger("library").warning("at %s", "postgresql://h/?key=pass%20word%2F1")
    assert TOKEN not in logged.text
    assert "word" not in logged.text
    assert logged.records[0]["deep"] == {"list": ["***", {"x": ["***"]}], "***": 1}


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_the_text_of_an_exception_and_of_its_cause_is_masked(
    logged: Log, log_format: Literal["json", "console"]
) -> None:
    logged.open(log_format=log_format)
    try:
        try:
            int(TOKEN)
        except ValueError as error:
            raise RuntimeError("login failed") from error
    except RuntimeError:
        log.get_logger("bot").exception("it broke")
        logging.getLogger("library").exception("it broke there")
    assert logged.text.count("RuntimeError: login failed") == 2
    assert logged.text.count("invalid literal for int() with base 10: '***'") == 2
    assert TOKEN not in logged.text


def test_what_stands_under_the_name_of_a_secret_is_masked_even_when_unknown(logged: Log) -> None:
    logged.open(secrets=())
    log.get_logger("bot").info(
        "asked",
        headers={"Authorization": "Bearer x"},
        interaction_token="abc",
        api_key=b"k",
        token_kind="bot",
        retries=2,
    )
    record = logged.records[0]
    assert (record["headers"], record["interaction_token"], record["api_key"]) == (
        {"Authorization": "***"},
        "***",
        "***",
    )
    assert (record["token_kind"], record["retries"]) == ("bot", 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "GET https://cdn.discordapp.com/attachments/1/2/cat.png?ex=65f&is=65e&hm=abc& failed",
            "GET https://cdn.discordapp.com/attachments/1/2/cat.png?ex=***&is=***&hm=***& failed",
        ),
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Credential=AK%2F1&X-Amz-Signature=9f#top",
            "https://b.s3.amazonaws.com/k?X-Amz-Credential=***&X-Amz-Signature=***#top",
        ),
        (
            "('https://d1.cloudfront.net/a?Expires=1&Signature=zz~')",
            "('https://d1.cloudfront.net/a?Expires=1&Signature=***')",
        ),
        (
            "PATCH https://discord.com/api/v10/webhooks/123/aW50-ZXJhY3Rpb24_x/messages/@original got 429",
            "PATCH https://discord.com/api/v10/webhooks/123/***/messages/@original got 429",
        ),
        ("POST /api/v10/interactions/77/secret.token/callback", "POST /api/v10/interactions/77/***/callback"),
        (f"Authorization was Bot {TOKEN}", "Authorization was Bot ***"),
        ("postgresql+asyncpg://bot:hush@db/remix", "postgresql+asyncpg://bot:***@db/remix"),
        ("postgresql://db/remix?user=bot&password=hush&ssl=on", "postgresql://db/remix?user=bot&password=***&ssl=on"),
        (
            "at https://h/?access_token=a&client_secret=b&apikey=c&passwd=d",
            "at https://h/?access_token=***&client_secret=***&apikey=***&passwd=***",
        ),
        (
            "The Bot connected to https://example.org/?page=2&size=3",
            "The Bot connected to https://example.org/?page=2&size=3",
        ),
    ],
)
def test_an_address_loses_what_makes_it_a_credential(logged: Log, text: str, expected: str) -> None:
    logged.open(secrets=())
    logging.getLogger("library").warning(text)
    assert logged.records[0]["event"] == expected


def test_libraries_that_log_whole_addresses_are_held_to_warnings_at_every_level(logged: Log) -> None:
    logged.open(level="DEBUG")
    for name in ("httpx", "httpcore.http11", "discord.gateway", "discord.http"):
        logging.getLogger(name).info("GET https://example.org/secret")
        logging.getLogger(name).warning("slow")
    assert [record["event"] for record in logged.records] == ["slow"] * 4
    logged.open(level="ERROR")
    logging.getLogger("httpx").warning("slow again")
    assert "slow again" not in logged.text


def test_the_level_holds_for_ours_and_theirs(logged: Log) -> None:
    logged.open(level="WARNING")
    log.get_logger("bot").info("small talk")
    logging.getLogger("library").info("small talk")
    assert logged.text == ""


def test_a_second_configuration_replaces_the_first(logged: Log) -> None:
    logged.open()
    logged.open()
    log.get_logger("bot").info("once")
    assert len(logged.records) == 1


def test_a_record_that_cannot_be_formatted_is_reported_without_its_arguments(logged: Log) -> None:
    logging.getLogger().handlers.clear()  # pytest's own would raise
    logged.open()
    logging.getLogger("library").warning("%s %d", TOKEN, "no number")
    assert "A record of library" in logged.text
    assert TOKEN not in logged.text


def test_a_very_short_secret_does_not_blank_out_the_log(logged: Log) -> None:
    logged.open(secrets=("a", ""))
    log.get_logger("bot").info("a cat")
    assert logged.records[0]["event"] == "a cat"


# --- storms -----------------------------------------------------------------------------------------------------------


def test_a_storm_of_one_kind_is_held_back_and_told_and_hides_no_other_record(logged: Log) -> None:
    seconds = [0.0]
    logged.open(limit=log.RateLimit(most=3, now=lambda: seconds[0]))
    library, ours = logging.getLogger("asyncio"), log.get_logger("bot")
    for number in range(1000):
        library.error("socket %d failed\nwith details", number, exc_info=OSError(24, "Too many open files"))
    library.error("socket 7 failed", exc_info=ValueError("of another type"))
    library.error("something else")
    for kind in (KeyError, TypeError):
        ours.error("something else", exc_info=kind())
    for number in range(5):
        ours.info("job_ended", job_id=f"j{number}")
        ours.debug("detail")
    assert len(logged.records) == 3 + 4 + 5 + 5

    seconds[0] = 61.0
    ours.info("a quiet minute later")
    library.error("socket 1 failed", exc_info=OSError())

    suppressed, *later = logged.records[17:]
    assert (suppressed["event"], suppressed["count"]) == ("records_suppressed", 997)
    assert (suppressed["of_logger"], suppressed["of_event"]) == ("asyncio", "socket %d failed")
    assert [one["event"] for one in later] == ["a quiet minute later", "socket 1 failed"]


def test_what_was_held_back_is_told_at_the_end_of_the_process(logged: Log) -> None:
    logged.open(limit=log.RateLimit(most=1))
    for _ in range(4):
        log.get_logger("bot").warning("again")
    logging.getLogger().handlers[-1].close()
    assert (logged.records[-1]["event"], logged.records[-1]["count"]) == ("records_suppressed", 3)


def test_threads_that_log_at_once_meet_no_error_of_the_limit(logged: Log) -> None:
    seconds = count(step=61)  # every window is over at the next record
    logged.open(limit=log.RateLimit(most=1, now=lambda: float(next(seconds))))
    library, interval = logging.getLogger("threads"), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            written = [threads.submit(library.warning, "kind %s", chr(ord("a") + n % 26)) for n in range(4000)]
        assert [one.exception() for one in written if one.exception() is not None] == []
    finally:
        sys.setswitchinterval(interval)
    assert sum(one["logger"] == "threads" for one in logged.records) == 4000


# --- what text from elsewhere can do ----------------------------------------------------------------------------------


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_no_text_from_elsewhere_moves_the_cursor_or_makes_a_line_of_its_own(
    logged: Log, log_format: Literal["json", "console"]
) -> None:
    logged.open(log_format=log_format)
    evil = "\x1b[2J\u202e\x9b31m\r\n2026-01-01 [info] forged"
    logging.getLogger("library").warning("seen: %s", evil)
    log.get_logger("bot").error("it broke", detail=evil, exc_info=ValueError(evil))
    assert not any(letter in logged.text for letter in "\x1b\u202e\x9b\r")
    assert not any(line.startswith("2026-01-01") for line in logged.text.splitlines())
    assert "\\x1b[2J" in logged.text


def test_what_was_paid_is_logged_at_every_level(logged: Log) -> None:
    logged.open(level="ERROR")
    log.get_logger("bot.engine.submit").info("quiet")
    log.get_logger(log.PAID_LOGGER).info("submission_accepted", request_id="r1")
    assert [one["event"] for one in logged.records] == ["submission_accepted"]
