"""Every card, result and refusal as people read it, held against ``tests/golden/cards.txt``.

After a wanted change of words, run this file with ``UPDATE_GOLDEN=1`` in the environment, and read the difference.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain.job import Fitted
from bot.domain.mending import refusal_of
from bot.domain.moderation import ModerationAction, ModerationEntry
from bot.domain.notice import OutageNotice
from bot.domain.picture import Mend
from bot.domain.remix_request import Input
from bot.domain.status import CancelOutcome, FailureReason, JobStatus
from bot.engine.answers import Attachment, Note, NoteKind, Notes, Progress
from bot.engine.gallery import Gallery, GalleryPicture
from bot.engine.lookup import JobDetails
from bot.errors import (
    InvalidRequest,
    JobNotFound,
    NotYourJob,
    QuotaExceeded,
    Refused,
    TooLateToCancel,
    UserError,
)
from bot.ui.cards import card
from bot.ui.gallery import gallery_view
from bot.ui.lists import jobs_to_moderate, own_jobs
from bot.ui.moderation_list import moderation_log
from bot.ui.notices import view as notice_view
from bot.ui.phrases import FALLBACK, LANGUAGES
from bot.ui.results import details, failure, refused, result
from bot.ui.results import shown as shown_again
from bot.ui.texts import explain
from tests.unit.job_builder import (
    GUILD,
    LATER,
    MIRA,
    MODEL,
    NOON,
    ODA,
    THREAD,
    a_delivery,
    a_job,
    a_mended_picture,
    a_result,
    links_of,
    origin,
    picture,
    request,
)
from tests.unit.transcript import render, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    import discord

    from bot.domain.job import Job

GOLDEN = Path(__file__).parents[1] / "golden" / "cards.txt"
SENT = {"request_id": "r-1", "submitted_at": NOON + timedelta(seconds=5)}
RUN = {**SENT, "started_at": NOON + timedelta(seconds=20)}
ENDED = {**RUN, "ended_at": NOON + timedelta(seconds=95)}
ASKED_TO_CANCEL = {"cancel_requested_at": NOON, "cancel_requested_by": ODA}
NASTY = "@everyone **make** <@&77> a [link](https://evil.example) \N{CAT FACE}\n# of `this` <t:1:R>"


def shown(job: Job, *, ahead: int | None = None, place: int | None = None) -> str:
    """A card as text."""
    return render(card(job, Progress(ahead, place), model_name=MODEL, now=NOON))


def waiting() -> Iterator[tuple[str, str]]:
    preparing, queued = a_job(prepared_at=None), a_job(JobStatus.IN_QUEUE, **SENT)
    yield "preparing its pictures", shown(preparing)
    mended = [replace(a_mended_picture("a.heic", Mend.CONVERTED), kept=None), picture("b.png")]
    yield "prepared, but not posted yet", shown(a_job(request=request("as ink", *mended)))
    pending = a_job()
    yield "waiting, place unknown", shown(pending)
    yield "waiting, next", shown(pending, ahead=0)
    yield "waiting behind one", shown(pending, ahead=1)
    yield "waiting behind 1,200", shown(pending, ahead=1200)
    yield "waiting after RunComfy could not take it", shown(a_job(attempts=1), ahead=2)
    paused = Progress(ahead=0, is_paused=True)
    yield "paused by the operator", render(card(a_job(attempts=1), paused, model_name=MODEL, now=NOON))
    yield "being submitted", shown(a_job(JobStatus.SUBMITTING, attempts=1))
    yield "in the queue, place unknown", shown(queued)
    yield "in the queue, next", shown(queued, place=0)
    yield "in the queue, in place 1,200", shown(queued, place=1200)


def running() -> Iterator[tuple[str, str]]:
    painting = a_job(JobStatus.IN_PROGRESS, **RUN)
    yield "painting", shown(painting)
    yield "cancelling in the queue", shown(a_job(JobStatus.IN_QUEUE, **SENT, **ASKED_TO_CANCEL))
    late = {**RUN, **ASKED_TO_CANCEL, "cancel_outcome": CancelOutcome.NOT_CANCELLABLE}
    yield "too late to cancel", shown(a_job(JobStatus.IN_PROGRESS, **late))
    yield "overdue", shown(a_job(JobStatus.IN_PROGRESS, **RUN, overdue_at=NOON))


def ended() -> Iterator[tuple[str, str]]:
    succeeded = JobStatus.SUCCEEDED
    yield "painted, not posted yet", shown(a_job(succeeded, **ENDED))
    ended_now = a_job(succeeded, **ENDED)
    for name, progress in (
        ("painted, the result is not to be had yet", Progress(is_late=True)),
        ("painted, the operator must allow its host", Progress(is_late=True, is_blocked=True)),
        ("painted, a part is posted and the rest is late", Progress(is_late=True, posted_in=4)),
    ):
        yield name, render(card(ended_now, progress, model_name=MODEL, now=NOON))
    yield "done, in a thread", shown(a_job(succeeded, **ENDED, delivered_at=NOON))
    here = origin(thread_id=None, guild_id=None)
    yield "done, in a direct message", shown(a_job(succeeded, **ENDED, delivered_at=NOON, origin=here))
    elsewhere = Progress(posted_in=4)
    beside = Progress(posted_in=a_job().origin.channel_id)
    delivered = a_job(succeeded, **ENDED, delivered_at=NOON)
    yield "done, in the channel after all", render(card(delivered, beside, model_name=MODEL, now=NOON))
    yield "done, shown elsewhere by /jobs show", render(card(delivered, elsewhere, model_name=MODEL, now=NOON))
    yield "painted, no place takes it", shown(a_job(succeeded, **ENDED, undeliverable_at=NOON))
    restricted = origin(is_age_restricted=True)
    kept = a_job(succeeded, **ENDED, undeliverable_at=NOON, origin=restricted)
    yield "painted in an age-restricted channel, no place takes it", shown(kept)
    unwanted = a_job(succeeded, **ENDED, undeliverable_at=NOON, failure=FailureReason.CONTENT_REFUSED)
    yield "painted, Discord does not take what it shows", shown(unwanted)
    without = card(a_job(), Progress(), model_name=MODEL, now=NOON, shows_request=False)
    yield "a card whose prompt Discord does not take", render(without)
    yield "cancelled before it was sent", shown(a_job(JobStatus.CANCELLED, **ASKED_TO_CANCEL))
    yield "cancelled in the queue", shown(a_job(JobStatus.CANCELLED, **SENT, **ASKED_TO_CANCEL))
    yield "cancelled since overdue", shown(a_job(JobStatus.CANCELLED, **RUN, overdue_at=NOON))
    yield "cancelled by RunComfy itself", shown(a_job(JobStatus.CANCELLED, **SENT))


def as_guest() -> Iterator[tuple[str, str]]:
    there = origin(thread_id=None, by_interaction=True, token_expires_at=LATER)
    private = replace(there, is_private=True)
    yield "as a guest", shown(a_job(origin=there))
    yield "as a guest, for one reader alone", shown(a_job(JobStatus.IN_PROGRESS, **RUN, origin=private))
    yield "as a guest, done", shown(a_job(JobStatus.SUCCEEDED, **ENDED, delivered_at=NOON, origin=private))
    yield "as a guest, failed", shown(a_job(JobStatus.FAILED, failure=FailureReason.RUN_FAILED, origin=there))


REASONS = {
    "an unknown reason": "The model could not finish this request.",
    "content": "The prompt violates the content policy.",
    "a field": "scale: must be at most 1",
    "an image not fetched": "https://cdn.discordapp.com/attachments/1/2/cat.png could not be fetched: HTTP 403.",
}


def failures() -> Iterator[tuple[str, Job]]:
    for reason in FailureReason:
        if reason is FailureReason.CONTENT_REFUSED:
            continue  # it has pictures, which are kept
        if reason in (FailureReason.OUTPUT_LOST, FailureReason.OUTPUT_BLOCKED):
            yield reason, a_job(JobStatus.SUCCEEDED, **ENDED, failure=reason)
        elif reason is FailureReason.INPUT_REFUSED:
            yield from refused_inputs()
        else:
            yield reason, a_job(JobStatus.FAILED, failure=reason)
    yield (
        "run_failed, cost known",
        a_job(JobStatus.FAILED, **ENDED, failure=FailureReason.RUN_FAILED, cost_micros=32_500),
    )
    yield "run_failed, free", a_job(JobStatus.FAILED, **ENDED, failure=FailureReason.RUN_FAILED, cost_micros=0)
    for name, words in REASONS.items():
        for reason in (FailureReason.REJECTED, FailureReason.RUN_FAILED):
            yield f"{reason}, {name}", a_job(JobStatus.FAILED, failure=reason, failure_detail=words)
    old = request("as a watercolour", picture(expires_at=NOON))
    yield "its inputs expired before it was sent", a_job(JobStatus.EXPIRED, request=old)
    yield "given up", a_job(JobStatus.EXPIRED, **SENT, request=old)


def refused_inputs() -> Iterator[tuple[str, Job]]:
    good, torn = picture(), replace(picture("torn_*.jpg"), problem="damaged")
    gone = replace(picture("gone.png"), problem="gone")
    for name, found in (("one image refused", [good, torn]), ("two images refused", [torn, good, gone])):
        yield name, a_job(JobStatus.FAILED, failure=FailureReason.INPUT_REFUSED, request=request("x", *found))


def inputs() -> Iterator[tuple[str, str]]:
    nasty = request(NASTY, picture("a_b.png"), picture("@here.png", expires_at=NOON), picture("c.jpg"), scale=0.75)
    yield "a nasty prompt, three images of which one expired, a scale", shown(a_job(request=nasty))
    crowd = a_job(request=request("as a crowd", *(picture(f"{number}.png") for number in range(7))))
    view = card(crowd, Progress(), model_name=MODEL, now=NOON, advice=["many_images"])
    yield "more images than advised", render(view)
    mends = [tuple(Mend), (Mend.CONVERTED, Mend.ROTATED), (), (Mend.CONVERTED,)]
    kinds = ["image/heic", "image/gif", "image/png", "image/unheard-of"]
    mended = [a_mended_picture("IMG_1.jpg", *done, kind=kind) for kind, done in zip(kinds, mends, strict=True)]
    yield "images that were mended", shown(a_job(request=request("as a group", *mended)))
    yield "one image that was mended", shown(a_job(request=request("alone", mended[1])))
    full = request("as ink", picture(), size="6198x2656(21:9)", scale=1, single=True)
    yield "every option", shown(a_job(request=full))
    yield "an unknown size and single off", shown(a_job(request=request("x", picture(), size="huge", single=False)))
    yield "a prompt that is cut", shown(a_job(request=request("all of it " * 80)))


def results() -> Iterator[tuple[str, str]]:
    job = a_job(JobStatus.SUCCEEDED, **ENDED)
    files = [Attachment(Path(f"{n}.png"), f"remix-{n + 1}.png", f"Remix {n + 1}") for n in range(3)]
    yield "one picture", render(result(job, a_delivery(1, 0), files[:1]))
    yield "two pictures", render(result(job, a_delivery(1, 0, 1), files[:2]))
    yield "the second part", render(result(job, a_delivery(2, 2), files[2:]))
    gone = Notes(missing=1, links=((1, "https://x.example/2.png"),), gone=(1,))
    yield "two pictures, one of which is lost", render(result(job, a_delivery(1, 0, 1), files[:1], gone))
    yield "the second part, all of which is lost", render(result(job, a_delivery(2, 1), (), gone))
    yield from noted(job, files)
    here = shown_again(job, a_delivery(1, 0), files[:1], may_be_repeated=True)
    yield "shown once more, where it was made", render(here)
    elsewhere = shown_again(job, a_delivery(2, 1, 2), files[1:], may_be_repeated=False)
    yield "shown once more in another place, the second part", render(elsewhere)
    unwanted = a_job(JobStatus.SUCCEEDED, **ENDED, failure=FailureReason.CONTENT_REFUSED)
    yield "Discord does not take what it shows", render(refused(unwanted, a_delivery()))
    blocked = a_job(JobStatus.FAILED, failure=FailureReason.UNCERTAIN)
    yield "no picture, and the prompt is blocked", render(failure(blocked, a_delivery(), now=NOON, quotes_prompt=False))
    lost = a_job(JobStatus.SUCCEEDED, **ENDED, failure=FailureReason.OUTPUT_LOST)
    links = Notes(missing=1, links=((0, "https://x.example/1.png"),))
    yield "no picture, and where it may be", render(failure(lost, a_delivery(), now=NOON, notes=links))
    for name, failed in failures():
        yield f"no picture: {name}", render(failure(failed, a_delivery(), now=NOON))


def noted(job: Job, files: list[Attachment]) -> Iterator[tuple[str, str]]:
    url = "https://x.example/out/1.png?signature=a(b)"

    def under(*notes: Note, missing: int = 0, links: tuple[tuple[int, str], ...] = ()) -> str:
        told = Notes(notes, missing, links)
        shown = [one for index, one in enumerate(files) if index not in told.linked]
        return render(result(job, a_delivery(1, 0, 1, 2), shown, told))

    yield "a picture that was made smaller", under(Note(NoteKind.FITTED, 1, 14_200_000, url))
    yield "the same, original unknown", under(Note(NoteKind.FITTED, 1, 14_200_000, None))
    yield (
        "a picture and a video that are too large, one picture was lost",
        under(
            Note(NoteKind.TOO_LARGE, 0, 260_000_000, url),
            Note(NoteKind.TOO_LARGE, 2, 31_400_000, url, is_video=True),
            missing=1,
        ),
    )
    yield (
        "the same, originals unknown, two were lost",
        under(
            Note(NoteKind.TOO_LARGE, 0, 260_000_000, None),
            Note(NoteKind.TOO_LARGE, 2, 31_400_000, None, is_video=True),
            missing=2,
        ),
    )
    yield "a picture that was converted", under(Note(NoteKind.CONVERTED, 0, 4_000, url))
    yield "the same, original unknown, converted", under(Note(NoteKind.CONVERTED, 0, 4_000, None))
    yield "a picture that could not be converted", under(Note(NoteKind.UNSHOWN, 0, 4_000, url))
    yield "the same, original unknown, not converted", under(Note(NoteKind.UNSHOWN, 0, 4_000, None))
    yield "two pictures that are not here", under(missing=2, links=((3, url), (4, url)))
    yield "a picture that claims too much", under(Note(NoteKind.TOO_MANY_PIXELS, 0, 4_000, url))
    yield "the same, original unknown", under(Note(NoteKind.TOO_MANY_PIXELS, 0, 4_000, None))


def all_details() -> Iterator[tuple[str, str]]:
    def told(job: Job, *artifacts: object) -> str:
        files = [one for one in artifacts if one is not None]
        return render(_details(job, files))

    asked = request("as ink", picture(), picture("b.png"), size="2304x1728(4:3)", scale=0.25)
    done = a_job(JobStatus.SUCCEEDED, **ENDED, request=asked, cost_micros=30_000, delivered_at=NOON)
    yield "details, another size came", told(done, a_result(), a_result(1, size=123_456))
    exact = a_job(JobStatus.SUCCEEDED, **ENDED, request=request("as ink", picture(), size="2048x2048(1:1)"))
    yield "details, the size that was asked for", told(exact, a_result())
    instant = {**SENT, "ended_at": NOON + timedelta(hours=2)}
    yield "details, never seen running", told(a_job(JobStatus.SUCCEEDED, **instant), *map(a_result, range(14)))
    smaller = replace(a_result(size=14_200_000), fitted=Fitted("a/0.fit", "image/jpeg", 9_876_543, 2048, 2048))
    gone = replace(a_result(1), path=None, content_type=None, size=None, width=None, height=None)
    yield "details, one picture smaller and one lost", told(replace(done, fetched_at=NOON), smaller, gone)
    yield "details, waiting", told(a_job())
    phone = a_mended_picture("IMG_1.heic", Mend.CONVERTED, Mend.ROTATED)
    yield "details, an image that was mended", told(a_job(request=request("as ink", phone, picture())))
    yield "details, failed", told(a_job(JobStatus.FAILED, **ENDED, failure=FailureReason.RUN_FAILED))


def lists() -> Iterator[tuple[str, str]]:
    jobs = [
        a_job(request=request(NASTY)),
        a_job(JobStatus.IN_QUEUE, **SENT),
        a_job(JobStatus.SUCCEEDED, **ENDED, delivered_at=NOON),
        a_job(JobStatus.FAILED, failure=FailureReason.RUN_FAILED),
    ]
    yield "one's own jobs", render(own_jobs(jobs, links=links_of(jobs), locale="en-US"))
    kept = a_job(JobStatus.SUCCEEDED, **ENDED, undeliverable_at=NOON)
    yield "one's own jobs, one of them kept", render(own_jobs([kept], links=links_of([kept]), locale="en-US"))
    hidden = [kept.id]
    yield (
        "one's own jobs, of an age-restricted channel",
        render(own_jobs([kept], links=links_of([kept]), locale="en-US", hidden=hidden)),
    )
    yield (
        "jobs to moderate, of an age-restricted channel",
        render(jobs_to_moderate(jobs[:1], page=0, links=links_of(jobs), locale="en-US", hidden=hidden)),
    )
    yield "no jobs of one's own", render(own_jobs([], links={}, locale="en-US"))
    yield "jobs to moderate", render(jobs_to_moderate(jobs[:2] * 6, page=1, links=links_of(jobs), locale="en-US"))
    yield "no jobs to moderate", render(jobs_to_moderate([], page=0, links={}, locale="en-US"))
    done = [ModerationEntry(NOON, GUILD, ODA, action, f"{1:016x}", MIRA) for action in ModerationAction]
    yield "what moderators did", render(moderation_log(done * 6, page=1, locale="en-US"))
    yield "nothing that moderators did", render(moderation_log([], page=0, locale="en-US"))


def galleries() -> Iterator[tuple[str, str]]:
    phone = replace(picture("a_b.heic"), content_type="image/heic", mends=tuple(Mend))
    job = a_job(request=request("as ink", phone, picture("@here")))
    files = [GalleryPicture(n, Path(), 1000, f"before-{n}.png") for n in (1, 2)]
    yield "the gallery", render(gallery_view(job, Gallery(THREAD, "", files)))
    smaller = [replace(files[1], is_smaller=True)]
    yield "the gallery of smaller copies", render(gallery_view(job, Gallery(THREAD, "", smaller)))
    yield "only what was mended", render(gallery_view(job, Gallery(THREAD, "", files[:1], only_mended=True)))
    yield "the gallery of what is as it came", render(gallery_view(job, Gallery(THREAD, "", files[1:])))


def _details(job: Job, artifacts: list[object]) -> discord.ui.LayoutView:
    files = [one for one in artifacts if isinstance(one, type(a_result()))]
    return details(JobDetails(job, files, ()), model_name=MODEL, locale="en-GB")


FILE = refusal_of(Input("", "my_cat.webp", None, 110_000_001, None, None), "any", number=2).values
PROBLEMS: dict[str, dict[str, object]] = {
    "no_images": {},
    "too_few_images": {"limit": 2, "count": 1},
    "too_many_images": {"limit": 10, "count": 11},
    "empty_file": FILE,
    "file_too_large": FILE,
    "not_a_picture": FILE,
    "damaged": FILE,
    "too_many_pixels_to_mend": FILE,
    "too_few_pixels": FILE,
    "cannot_be_mended": FILE,
    "gone": FILE,
    "not_at_discord": FILE,
    "not_postable": FILE,
    "prompt_empty": {},
    "prompt_too_long": {"limit": 800, "length": 1812},
    "unknown_size": {"found": "8K @here"},
    "unknown_option": {},
    "scale_out_of_range": {"minimum": 0.0, "maximum": 1.0, "found": 1.25},
    "not_a_switch": {},
    "inputs_expired": {},
    "something_new": {},
}
REFUSALS: dict[str, dict[str, object]] = {
    "paused": {},
    "no_room": {},
    "outage": {"since": NOON, "retry_at": LATER},
    "missing_permissions": {"names": ["create_public_threads"], "channel_id": 600},
    "not_allowed_as_guest": {},
    "no_card": {},
    "wrong_channel": {},
    "already_retried": {},
    "not_failed": {},
    "not_in_thread": {},
    "locked_thread": {},
    "not_here": {},
    "card_too_old": {},
    "not_a_manager": {},
    "not_shown": {"words": "There is nothing to show yet: **Painting**. Its card says how it goes on."},
    "nothing_to_show": {},
    "place_unseen": {},
    "age_restricted": {},
    "age_unknown": {},
    "not_here_restricted": {},
    "made_elsewhere": {},
    "model_gone": {},
    "files_gone": {},
    "result_refused": {},
    "not_now": {},
    "not_a_moderator": {},
    "blocked": {},
    "something_new": {},
}


def errors() -> Iterator[tuple[str, UserError]]:
    for problem, values in PROBLEMS.items():
        yield problem, InvalidRequest("size", problem, values=values)
    several = InvalidRequest("image2", "damaged", values=FILE)
    several.also = tuple(InvalidRequest(f"image{n}", "gone", values={**FILE, "number": n}) for n in range(3, 9))
    yield "several images at once", several
    yield "too_many_images, of one", InvalidRequest("images", "too_many_images", values={"limit": 1, "count": 3})
    for reason, values in REFUSALS.items():
        yield reason, Refused(reason, values=values)
    names = ["send_messages", "attach_files", "read_message_history"]
    yield "missing_permissions, three", Refused("missing_permissions", values={"names": names, "channel_id": 600})
    yield "missing_permissions, place unknown", Refused("missing_permissions", values={"names": ["use_soundboard"]})
    yield "again too soon", QuotaExceeded("again", resets_at=LATER)
    yield "show too soon", QuotaExceeded("show", resets_at=LATER)
    yield "another quota", QuotaExceeded("day", resets_at=LATER)
    yield "job not found", JobNotFound()
    yield "not your job", NotYourJob()
    yield "too late, running", TooLateToCancel(has_ended=False)
    yield "too late, ended", TooLateToCancel(has_ended=True)
    yield "anything else", UserError()


def notices() -> Iterator[tuple[str, str]]:
    owed = OutageNotice(600, 500, "de", "outage-0123456789abcdef", NOON)
    for name, waiting in {"seven wait": 7, "one waits": 1, "none waits any more": 0}.items():
        yield f"notice of an outage: {name}", render(notice_view(owed, waiting=waiting))
    yield (
        "notice of an outage: over",
        render(notice_view(replace(owed, over_at=NOON + timedelta(minutes=10)), waiting=0)),
    )


def transcript() -> str:
    """Everything, with a heading each."""
    cards = [
        *waiting(),
        *running(),
        *ended(),
        *as_guest(),
        *((f"failed: {name}", shown(job)) for name, job in failures()),
    ]
    told = [(f"refused: {name}", visible(explain(error, "de"))) for name, error in errors()]
    parts = [*cards, *inputs(), *results(), *galleries(), *all_details(), *lists(), *told]
    parts += notices()
    return "\n\n".join(f"=== {name} ===\n{text}" for name, text in parts) + "\n"


def test_every_card_result_and_refusal_reads_as_the_golden_file_says() -> None:
    found = transcript()
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


def test_every_refusal_that_has_words_stands_in_the_golden_file() -> None:
    shown_words = {f"problem.{word}" for word in PROBLEMS} | {f"refused.{word}" for word in REFUSALS}
    shown_words |= {"problem.more", "refused.missing_permissions_here", "problem.other", "refused.other"}
    words = {key for key in LANGUAGES[FALLBACK].phrases if key.startswith(("problem.", "refused."))}
    assert words - shown_words == set()


def test_no_card_tells_what_only_the_operator_may_read() -> None:
    text = transcript()
    for secret in ("null", "None", "r-1", "runcomfy.net", "failure_detail"):
        assert secret not in text
