"""The files of a gallery: mended pictures from our disk, the others copied while Discord still serves them."""

from __future__ import annotations

import asyncio
import re
import shutil
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import structlog

from bot.domain.catalog import model_of
from bot.domain.media_type import EXTENSIONS
from bot.domain.mending import mending_limits
from bot.engine.gallery import GalleryPicture
from bot.engine.parts import BYTES_PER_MESSAGE
from bot.engine.prepare import INPUTS, mended_file
from bot.errors import InputError, InputRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bot.domain.catalog import ImageModel
    from bot.domain.job import Job
    from bot.engine.ports import ImageInspector

COPY_SECONDS: Final = 10.0
"""How long copying may take in all; what is not there by then is left out of the gallery."""
_NAME: Final = re.compile(r"before-(\d+)\.[a-z0-9]+")

_log = structlog.stdlib.get_logger(__name__)


class GalleryFiles:
    """Brings together what a gallery keeps.

    Args:
        inspector: Copies pictures, and makes smaller ones.
        models: The catalog, by model id.
        data_dir: The data folder.
        copy_seconds: How long copying may take in all.
    """

    def __init__(
        self,
        *,
        inspector: ImageInspector,
        models: Mapping[str, ImageModel],
        data_dir: Path,
        copy_seconds: float = COPY_SECONDS,
    ) -> None:
        self._inspector = inspector
        self._models = models
        self._data_dir = data_dir
        self._copy_seconds = copy_seconds

    def are_mended_here(self, job: Job) -> bool:
        """Whether every mended picture that waits to be kept lies on this process's disk."""
        waiting = (number for number, one in enumerate(job.request.inputs, start=1) if one.awaits_keeping)
        return all(mended_file(self._data_dir, job.id, number=number) is not None for number in waiting)

    async def copy(self, job: Job, numbers: Sequence[int]) -> dict[int, Path]:
        """Find or copy pictures, all side by side; answers the files by number, without those that could not be had."""
        copies = {number: asyncio.create_task(self._copy(job, number)) for number in numbers}
        if not copies:
            return {}
        try:
            await asyncio.wait(copies.values(), timeout=self._copy_seconds)
        finally:
            late = [number for number, copy in copies.items() if not copy.done()]
            for number in late:
                copies[number].cancel()
            await asyncio.gather(*(copies[number] for number in late), return_exceptions=True)
        if late:
            _log.warning("input_not_kept", job_id=job.id, numbers=late, detail="it took too long")
        ready = {number: copy.result() for number, copy in copies.items() if number not in late}
        return {number: path for number, path in ready.items() if path is not None}

    async def fit(self, job: Job, files: Mapping[int, Path], *, limit: int) -> list[GalleryPicture]:
        """Make pictures of files, smaller ones where they are larger than the place or one message takes.

        Args:
            job: The job.
            files: By number.
            limit: The greatest file that the place takes, in bytes.

        Raises:
            InputPostponed: There is no room to make a mended picture smaller now.
            InputRefused: A mended picture cannot be made so small.
        """
        sizes = await asyncio.to_thread(_sizes, files)
        cap = min(limit, fair_share(list(sizes.values()), total=BYTES_PER_MESSAGE))
        pictures = [await self._fit(job, number, path, sizes[number], cap) for number, path in sorted(files.items())]
        return [one for one in pictures if one is not None]

    async def forget(self, job: Job) -> None:
        """Delete the files of a job, which are kept by now or never will be."""
        folder = self._data_dir / INPUTS / job.id
        if folder.is_dir():
            await asyncio.to_thread(_delete, folder)

    async def _copy(self, job: Job, number: int) -> Path | None:
        one = job.request.inputs[number - 1]
        if one.awaits_keeping:
            return mended_file(self._data_dir, job.id, number=number)
        path = self._data_dir / INPUTS / job.id / f"{number}.copy"
        if path.is_file():
            return path
        try:
            await self._inspector.copy(one.url, to=path)
        except InputError as error:
            _log.warning("input_not_kept", job_id=job.id, numbers=[number], detail=str(error))
            return None
        return path

    async def _fit(self, job: Job, number: int, path: Path, size: int, cap: int) -> GalleryPicture | None:
        one = job.request.inputs[number - 1]
        # The suffix of a mended file says its type; a copy is of the type that was found when it was looked at.
        extension = path.suffix.lstrip(".") if one.mends else _extension(one.content_type)
        if size <= cap:
            return GalleryPicture(number, path, size, f"before-{number}.{extension}")
        smaller = path.with_name(f"{number}.smaller-{cap}")
        limits = mending_limits(model_of(self._models, job.request.model), upload_limit=cap)
        try:
            mended = await self._inspector.mend(path, limits, to=smaller)
            if not mended.mends:
                raise InputRefused("cannot_be_mended", f"{size} bytes are more than {cap}")
        except InputError as error:
            if one.mends:
                raise
            _log.warning("input_not_kept", job_id=job.id, numbers=[number], detail=str(error))
            return None
        name = f"before-{number}.{_extension(mended.content_type)}"
        return GalleryPicture(number, smaller, mended.size, name, is_smaller=True)


def number_of(url: str) -> int | None:
    """Read from the name of a kept file which picture it is, from 1; None where it is none of ours."""
    match = _NAME.fullmatch(urlsplit(url).path.rpartition("/")[2])
    return None if match is None else int(match[1])


def fair_share(sizes: Sequence[int], *, total: int) -> int:
    """Answer the greatest size to which all may be cut so that together they keep a total."""
    left = total
    for rank, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - rank)
        if size > share:
            return share
        left -= size
    return total


def _extension(content_type: str | None) -> str:
    return EXTENSIONS.get((content_type or "").partition(";")[0], "bin")


def _sizes(files: Mapping[int, Path]) -> dict[int, int]:
    return {number: path.stat().st_size for number, path in files.items()}


def _delete(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        _log.warning("folder_not_deleted", folder=str(folder), error=repr(error))
