"""What must hold however often the bot was killed, counted from the sandbox's own books and the database."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.domain.job import FAILURE_PART, FIRST_RESULT_PART, GALLERY_PART
from bot.engine.parts import FILES_PER_MESSAGE
from bot.ui.custom_id import Action, decode
from sandbox.discord.layout import walk
from sandbox.discord.transcript import Transcript
from sandbox.runcomfy.timeline import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.discord.state import Message
    from tests.e2e.crash.site import CrashSite

_TERMINAL: Final = frozenset({"succeeded", "failed", "cancelled", "expired"})
_HEADINGS: Final[Mapping[tuple[str, str | None], str]] = {
    ("succeeded", None): "Done",
    ("cancelled", None): "Cancelled",
    ("failed", "run_failed"): "The painting failed",
    ("failed", "uncertain"): "Unclear whether RunComfy took it",
}
"""What stands on the card of a job that ended so; no other end is allowed in a torture."""

_SIGNATURE: Final = re.compile(r"[?&]hm=[0-9a-f]{8,}")

Part = tuple[str, int]
"""A job's id and one of its messages."""


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Args:
        name: What is counted.
        number: How many.
        at_most: How many there may be; None where it is only told.
        whose: A few of those that broke it.
    """

    name: str
    number: int
    at_most: int | None = None
    whose: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the invariant holds."""
        return self.at_most is None or self.number <= self.at_most

    def __str__(self) -> str:
        """The line as it is printed."""
        rule = "" if self.at_most is None else f"(at most {self.at_most}) {'holds' if self.holds else 'BROKEN'}"
        return f"{self.name:<64}{self.number:>7}  {rule} {' '.join(self.whose[:5])}".rstrip()


@dataclass
class Observations:
    """What was seen at the kills, while the bot was dead.

    Args:
        kills: How often it was killed, by boundary.
        prompts: The prompts of every row that was ever seen.
        submitting: The jobs that stood between SUBMITTING and a stored request at some kill.
        revivable: Those of them whose process was frozen: told as uncertain, they may still give their pictures.
    """

    kills: Counter[str] = field(default_factory=Counter[str])
    prompts: set[str] = field(default_factory=set[str])
    submitting: set[str] = field(default_factory=set[str])
    revivable: set[str] = field(default_factory=set[str])

    def note_freeze(self, site: CrashSite) -> None:
        """Read the database after a freeze: what is being submitted may turn out to be accepted after all."""
        self.note_kill(site, "frozen")
        self.revivable |= {row["id"] for row in site.rows("SELECT id FROM jobs WHERE status = 'submitting'")}

    def note_kill(self, site: CrashSite, where: str) -> None:
        """Read the database after a kill."""
        self.kills[where] += 1
        for row in site.rows("SELECT id, prompt, status FROM jobs"):
            self.prompts.add(row["prompt"])
            if row["status"] == "submitting":
                self.submitting.add(row["id"])


class Audit:
    """Compares what people see, what RunComfy was paid for, and what the database says.

    Args:
        site: Where it all happened; the bot may be dead.
        seen: What was seen at the kills.
    """

    def __init__(self, site: CrashSite, seen: Observations) -> None:
        self._site = site
        self._seen = seen
        self._jobs = {row["id"]: row for row in site.rows("SELECT * FROM jobs")}
        self._posted: dict[Part, list[Message]] = {}
        for message in site.messages():
            for part in set(_parts_of(message)):
                self._posted.setdefault(part, []).append(message)
        self._galleries = {key: self._posted.pop((key, GALLERY_PART), []) for key in self._jobs}
        self._show = Transcript(site.world).render

    def table(self) -> list[Line]:
        """Count everything."""
        prompts = Counter(row["prompt"] for row in self._jobs.values())
        paid = Counter(str(post.body["prompt"]) for post in self._site.runcomfy.ledger)
        log = self._site.log()
        ends = Counter(f"{row['status']} {row['failure'] or ''}".strip() for row in self._jobs.values())
        return [
            Line("kills and freezes", self._seen.kills.total()),
            Line("commands", len(self._site.asked)),
            Line("commands killed before their row: no job, nothing paid", len(set(self._site.asked) - set(prompts))),
            Line("jobs", len(self._jobs)),
            *(Line(f"jobs that ended {end}", number) for end, number in sorted(ends.items())),
            _broken("jobs lost", self._seen.prompts - set(prompts)),
            _broken("jobs stuck", self._stuck()),
            _broken("jobs twice for one command", [one for one, count in prompts.items() if count > 1]),
            _broken("jobs paid more than once", [one for one, count in paid.items() if count > 1]),
            _broken("paid without a job", set(paid) - set(prompts)),
            Line("POSTs beyond one a job", self._posts() - len(self._jobs), at_most=0),
            _broken("messages missing", self._expected() - set(self._posted)),
            _broken("messages posted twice", [one for one, told in self._posted.items() if len(told) > 1]),
            _broken("messages that nobody owed", set(self._posted) - self._expected() - self._disproved()),
            _broken("messages with other pictures than RunComfy made", self._wrong_pictures()),
            Line("galleries", sum(map(len, self._galleries.values()))),
            _broken("galleries posted twice", [one for one, told in self._galleries.items() if len(told) > 1]),
            _broken("pictures that are not kept where their row says", self._wrongly_kept()),
            _broken("cards behind", self._behind()),
            _broken("uncertain, though not killed between SUBMITTING and request_id", self._needlessly_uncertain()),
            _broken("uncertain, and not told with Try again", self._untold()),
            _broken("uncertain, and not told to the operator", [one for one in self._uncertain() if one not in log]),
            _broken("ended otherwise than RunComfy says", self._misjudged()),
            _broken("tokens in the log", self._tokens_in(log)),
            _broken("signed addresses in the log", _SIGNATURE.findall(log)),
            _broken("rules of Discord or RunComfy broken", self._site.servers.violations),
        ]

    # --- jobs ---------------------------------------------------------------------------------------------------------

    def _stuck(self) -> list[str]:
        return [key for key, row in self._jobs.items() if row["status"] not in _TERMINAL or row["delivered_at"] is None]

    def _uncertain(self) -> list[str]:
        return [key for key, row in self._jobs.items() if row["failure"] == "uncertain"]

    def _needlessly_uncertain(self) -> list[str]:
        return [key for key in self._uncertain() if key not in self._seen.submitting]

    def _untold(self) -> list[str]:
        told = {key: self._posted.get((key, FAILURE_PART), []) for key in self._uncertain()}
        return [key for key, messages in told.items() if not any("[Try again]" in self._show(one) for one in messages)]

    def _misjudged(self) -> Iterator[str]:
        paid = {str(post.body["prompt"]) for post in self._site.runcomfy.ledger}
        for key, row in self._jobs.items():
            told, truth = (row["status"], row["failure"]), self._truth(row, paid)
            if told != truth:
                yield f"{key}: {told} instead of {truth}"

    def _truth(self, row: Mapping[str, Any], paid: set[str]) -> tuple[str, str | None]:
        """How a job must end: as its run did; without a request cancelled in time, or nobody can know."""
        request = self._site.runcomfy.desk.requests.get(row["request_id"] or "")
        if request is None:
            # Whether one that was put back was cancelled, only the row can tell; whether it was paid, RunComfy.
            was_in_time = row["cancel_requested_at"] is not None and row["status"] == "cancelled"
            return ("cancelled", None) if was_in_time and row["prompt"] not in paid else ("failed", "uncertain")
        if self._site.runcomfy.desk.run(request).phase is Phase.CANCELLED:
            return "cancelled", None
        return ("failed", "run_failed") if request.error is not None else ("succeeded", None)

    def _posts(self) -> int:
        """Every POST that came in: accepted, refused, or thrown away by a fault before it was read."""
        thrown_away = [one for one in self._site.runcomfy.faults.fired if one.method == "POST" and one.kind == "drop"]
        return len(self._site.runcomfy.ledger) + len(self._site.runcomfy.refused) + len(thrown_away)

    # --- messages -----------------------------------------------------------------------------------------------------

    def _expected(self) -> set[Part]:
        """A success owes its pictures, ten a message; a failure one message; a cancellation its card alone."""
        owed: set[Part] = set()
        for key, row in self._jobs.items():
            if row["status"] == "succeeded":
                messages = -(-len(self._made(row)) // FILES_PER_MESSAGE)
                owed |= {(key, FIRST_RESULT_PART + number) for number in range(messages)}
            elif row["status"] != "cancelled":
                owed.add((key, FAILURE_PART))
        return owed

    def _disproved(self) -> set[Part]:
        """What was told as uncertain before the one who knew better woke up."""
        return {(key, FAILURE_PART) for key in self._seen.revivable}

    def _made(self, row: Mapping[str, Any]) -> list[str]:
        return self._site.runcomfy.output_sha256(row["request_id"])

    def _wrong_pictures(self) -> Iterator[str]:
        for key, row in self._jobs.items():
            told = [self._posted[part][0] for part in sorted(self._posted) if part[0] == key]
            shown = [attachment.file.sha256 for message in told for attachment in message.attachments]
            if shown != (self._made(row) if row["status"] == "succeeded" else []):
                yield key

    def _wrongly_kept(self) -> Iterator[str]:
        """Each kept picture stands in the gallery of its job, in its place."""
        for key, row in self._jobs.items():
            kept = [one["kept"] for one in json.loads(row["inputs"]) if one["kept"]]
            files = {(one.id, place) for one in self._galleries[key] for place, _ in enumerate(one.attachments)}
            is_there = {(one["message_id"], one["index"]) for one in kept} <= files
            if not is_there or (row["kept_at"] is None and kept):
                yield key

    def _behind(self) -> Iterator[str]:
        for key, row in self._jobs.items():
            heading = _HEADINGS.get((row["status"], row["failure"]), "?")
            card = self._site.world.directory.messages[row["channel_id"]].get(row["card_message_id"])
            text = self._show(card) if card is not None else "withdrawn, though its job lives"
            if row["shown_revision"] < row["card_revision"] or heading not in text or "[Cancel]" in text:
                yield key

    def _tokens_in(self, log: str) -> Iterator[str]:
        yield from (name for name, token in self._site.tokens().items() if token in log)


def _broken(name: str, whose: Any) -> Line:
    found = tuple(str(one) for one in whose)
    return Line(name, len(found), at_most=0, whose=found)


def _parts_of(message: Message) -> Iterator[Part]:
    """Which part of which job a message is, by the button that every part has."""
    for component in walk(message.components):
        custom_id = decode(str(component.get("custom_id") or ""))
        if custom_id is not None and custom_id.action == Action.DETAILS and custom_id.page is not None:
            yield custom_id.job_id, custom_id.page
