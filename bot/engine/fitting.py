"""Outputs made ready for their place: as they came where they fit, smaller where they can be, else told with a link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.job import FAILURE_PART, FIRST_RESULT_PART, Fitted
from bot.domain.media_type import EXTENSIONS
from bot.engine.answers import Attachment, Note, NoteKind, Notes
from bot.errors import InputPostponed, InputRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bot.domain.job import Artifact, Delivery, Job
    from bot.engine.ports import Clock, ImageInspector, JobStore

PATIENCE: Final = timedelta(minutes=10)
"""How long after its end a job waits for room to make a picture smaller; then the picture is only linked."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Load:
    """What one message carries.

    Args:
        attachments: Its files, in order.
        notes: What must be told of its outputs.
        largest: The bytes of its greatest file, 0 where it has none.
    """

    attachments: tuple[Attachment, ...]
    notes: Notes
    largest: int


class Fitting:
    """Makes the files of a message.

    Args:
        store: Where outputs are recorded, and what was made of them.
        inspector: Makes pictures smaller.
        permits: Whether an output's address may be told to people.
        data_dir: The data folder.
        clock: The time.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        inspector: ImageInspector,
        permits: Callable[[str], bool],
        data_dir: Path,
        clock: Clock,
    ) -> None:
        self._store = store
        self._inspector = inspector
        self._permits = permits
        self._data_dir = data_dir
        self._clock = clock

    async def load(self, job: Job, delivery: Delivery, *, limit: int) -> Load:
        """Make ready what one part carries; what was made before is used again.

        Args:
            job: The job.
            delivery: The part.
            limit: The greatest file that its place takes, in bytes; 0 makes links of everything.

        Raises:
            InputPostponed: There is no room to make a picture smaller now.
        """
        known = {one.index: one for one in await self._store.artifacts(job.id)}
        outputs = [known[index] for index in delivery.artifact_indexes if known[index].path is not None]
        fitted = [await self._fit(job, one, limit) for one in outputs]
        notes = tuple(note for one, file in zip(outputs, fitted, strict=True) if (note := _note(one, file)) is not None)
        files = [(one, file) for one, file in zip(outputs, fitted, strict=True) if file is not None]
        gone = tuple(index for index in delivery.artifact_indexes if known[index].path is None)
        missing = (*gone, *await self._in_no_message(delivery, known))
        links = tuple((index, known[index].url) for index in missing if self._permits(known[index].url))
        return Load(
            attachments=tuple(self._attachment(one, file) for one, file in files),
            notes=Notes(notes, missing=len(missing), gone=gone, links=links),
            largest=max((file.size for _, file in files), default=0),
        )

    async def _in_no_message(self, delivery: Delivery, known: Mapping[int, Artifact]) -> list[int]:
        """Find the outputs that are not here and that no message was planned for; the first message tells of them."""
        if delivery.part not in (FAILURE_PART, FIRST_RESULT_PART):
            return []
        planned = {index for one in await self._store.deliveries(delivery.job_id) for index in one.artifact_indexes}
        planned |= set(delivery.artifact_indexes)
        return [one.index for one in known.values() if one.path is None and one.index not in planned]

    async def _fit(self, job: Job, artifact: Artifact, limit: int) -> Fitted | None:
        """Find or make a file that the place takes; None where there is none."""
        if artifact.claims_too_many_pixels or limit == 0:
            return None
        if artifact.is_shown and (artifact.size or 0) <= limit:
            return _as_it_came(artifact)
        made = artifact.fitted
        if made is not None and made.size <= limit and (self._data_dir / made.path).is_file():
            return made
        return await self._make(job, artifact, limit)

    async def _make(self, job: Job, artifact: Artifact, limit: int) -> Fitted | None:
        path = f"{artifact.path}.fit-{limit}"
        try:
            mended = await self._inspector.fit(
                self._data_dir / str(artifact.path),
                content_type=artifact.content_type or "",
                max_bytes=limit,
                to=self._data_dir / path,
            )
        except InputRefused as error:
            _log.warning("output_not_fitted", job_id=job.id, index=artifact.index, limit=limit, detail=str(error))
            return None
        except InputPostponed as error:
            if job.ended_at is None or self._clock.now() - job.ended_at < PATIENCE:
                raise
            _log.error("fitting_given_up", job_id=job.id, index=artifact.index, limit=limit, detail=str(error))
            return None
        if not mended.mends:
            return _as_it_came(artifact)
        made = Fitted(path, mended.content_type, mended.size, mended.width, mended.height)
        await self._store.save_artifacts([replace(artifact, fitted=made)])
        _log.info("output_fitted", job_id=job.id, index=artifact.index, size=artifact.size, fitted_size=made.size)
        return made

    def _attachment(self, artifact: Artifact, file: Fitted) -> Attachment:
        extension = EXTENSIONS.get(file.content_type, "bin")
        number = artifact.index + 1
        return Attachment(self._data_dir / file.path, f"remix-{number}.{extension}", f"Remix {number}")


def _as_it_came(artifact: Artifact) -> Fitted:
    return Fitted(
        path=str(artifact.path),
        content_type=artifact.content_type or "",
        size=artifact.size or 0,
        width=artifact.width or 0,
        height=artifact.height or 0,
    )


def _note(artifact: Artifact, file: Fitted | None) -> Note | None:
    if file is not None and file.path == artifact.path:
        return None
    if file is not None:
        kind = NoteKind.FITTED if artifact.is_shown else NoteKind.CONVERTED
    elif artifact.claims_too_many_pixels:
        kind = NoteKind.TOO_MANY_PIXELS
    else:
        kind = NoteKind.TOO_LARGE if artifact.is_shown else NoteKind.UNSHOWN
    return Note(kind, artifact.index, artifact.size or 0, artifact.url, is_video=not artifact.is_picture)
