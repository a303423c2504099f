"""The simulated content delivery network: files under signed URLs that expire.

The signature in the URL is the whole credential, as at Discord (https://docs.discord.com/developers/reference#signed-attachment-cdn-urls):
``ex`` and ``is`` are the hexadecimal Unix seconds of expiry and issue, ``hm`` is an HMAC over path and times.
"""

import hashlib
import hmac
import io
import mimetypes
import secrets
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from aiohttp import web
from PIL import Image

LIFETIME: Final = timedelta(hours=24)
GONE: Final = "This content is no longer available."
FOLDERS: Final = ("attachments", "ephemeral-attachments")
# An own table, for the answer of `mimetypes` otherwise depends on the files of the machine.
_TYPES: Final = mimetypes.MimeTypes(filenames=())
for _ending in ("webp", "avif", "jxl", "heic"):
    _TYPES.add_type(f"image/{_ending}", f".{_ending}")


@dataclass(frozen=True)
class StoredFile:
    """What is known of one uploaded file.

    Args:
        folder: the two path segments in front of the id, e.g. ``attachments/123``.
        size: bytes.
        sha256: hexadecimal digest of the bytes.
        content_type: derived from the file's *name* unless given, as Discord does; None where the name says nothing.
        width: pixels, None when the bytes are no readable image.
        height: pixels, likewise.
    """

    attachment_id: int
    filename: str
    folder: str
    size: int
    sha256: str
    content_type: str | None
    width: int | None
    height: int | None

    @property
    def path(self) -> str:
        """The path of its URL, percent-encoded."""
        return f"/{self.folder}/{self.attachment_id}/{quote(self.filename)}"


def _dimensions(data: bytes) -> tuple[int, int] | tuple[None, None]:
    with warnings.catch_warnings():
        # A picture of a hundred million pixels is a legal upload; only its header is read here.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data)) as image:
                return image.size
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return None, None


class Cdn:
    """Keeps files in memory and serves them to whoever holds a valid URL.

    Args:
        secret: key of the signatures; None draws one.
        clock: tells the present moment, with its time zone.
    """

    def __init__(self, secret: bytes | None = None, *, clock: Callable[[], datetime]) -> None:
        self._secret = secret or secrets.token_bytes(32)
        self._clock = clock
        self._files: dict[int, StoredFile] = {}
        self._bytes: dict[int, bytes] = {}
        self._generation = 0
        self.lifetime = LIFETIME
        """How long the URLs that are signed from now on live."""
        self.fetches: Counter[int] = Counter()
        """How often each file, by attachment id, was handed out by GET."""

    def put(
        self, data: bytes, *, filename: str, content_type: str | None, folder: str, attachment_id: int
    ) -> StoredFile:
        """Keep a file.

        Args:
            data: its bytes.
            filename: as uploaded; only the last segment of a path is kept.
            content_type: None lets the name decide.
            folder: ``attachments/<channel id>`` or ``ephemeral-attachments/<application id>``.
            attachment_id: its snowflake; an earlier file of this id is replaced.

        Raises:
            ValueError: the folder is none that the CDN serves.
        """
        if folder.partition("/")[0] not in FOLDERS:
            raise ValueError(f"The CDN serves {' and '.join(FOLDERS)}, not {folder!r}.")
        name = filename.replace("\\", "/").rpartition("/")[2] or "unknown"
        width, height = _dimensions(data)
        stored = StoredFile(
            attachment_id=attachment_id,
            filename=name,
            folder=folder,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            content_type=content_type or _TYPES.guess_type(name)[0],
            width=width,
            height=height,
        )
        self._files[attachment_id], self._bytes[attachment_id] = stored, data
        return stored

    def get(self, attachment_id: int) -> StoredFile | None:
        """What is known of a file, or None when there is none (any more)."""
        return self._files.get(attachment_id)

    def read(self, attachment_id: int) -> bytes:
        """The bytes of a file.

        Raises:
            KeyError: there is none of this id (any more).
        """
        return self._bytes[attachment_id]

    def delete(self, attachment_id: int) -> None:
        """Forget a file; its URLs are answered like expired ones. Deleting twice is harmless."""
        self._files.pop(attachment_id, None)
        self._bytes.pop(attachment_id, None)

    def expire_all(self) -> None:
        """Kill every URL that was signed until now; the files stay and may be signed again."""
        self._generation += 1

    def sign(self, stored: StoredFile, *, base_url: str) -> str:
        """A URL that serves the file for ``lifetime``.

        Args:
            stored: a file that ``put`` returned.
            base_url: scheme and authority, without a slash at the end.
        """
        return f"{base_url.rstrip('/')}{stored.path}?{self._query(stored.path)}"

    def refresh(self, url: str) -> str:
        """Renew the signature of a URL of this CDN, expired or not, as POST /attachments/refresh-urls does.

        Any other URL is given back as it is.

        Args:
            url: signed or bare.
        """
        parts = urlsplit(url)
        stored = self._at(unquote(parts.path))
        if stored is None:
            return url
        return urlunsplit(parts._replace(path=stored.path, query=self._query(stored.path), fragment=""))

    def routes(self) -> list[web.RouteDef]:
        """The routes to add to a server's application; HEAD is served by GET's."""
        return [web.get(f"/{folder}/{{owner}}/{{attachment_id}}/{{filename}}", self._serve) for folder in FOLDERS]

    def _at(self, path: str) -> StoredFile | None:
        segments = path.strip("/").split("/")
        number = segments[2] if len(segments) == len(("folder", "owner", "id", "name")) else ""
        stored = self._files.get(int(number)) if number.isascii() and number.isdigit() else None
        is_same = stored is not None and segments == [*stored.folder.split("/"), number, stored.filename]
        return stored if is_same else None

    def _query(self, path: str) -> str:
        issued_at = self._clock()
        ex, issued = (f"{int(moment.timestamp()):x}" for moment in (issued_at + self.lifetime, issued_at))
        return f"ex={ex}&is={issued}&hm={self._signature(path, ex, issued)}&"

    def _signature(self, path: str, ex: str, issued: str) -> str:
        said = f"{path}|{ex}|{issued}|{self._generation}".encode()
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()

    def _is_valid(self, path: str, query: Mapping[str, str]) -> bool:
        ex, issued, given = (query.get(key, "") for key in ("ex", "is", "hm"))
        if not hmac.compare_digest(self._signature(path, ex, issued).encode(), given.encode()):
            return False
        return self._clock().timestamp() < int(ex, 16)

    async def _serve(self, request: web.Request) -> web.Response:
        stored = self._at(request.path)
        if stored is None or not self._is_valid(stored.path, request.query):
            return web.Response(status=HTTPStatus.NOT_FOUND, text=GONE)
        answer = _answer(stored, self._bytes[stored.attachment_id], request)
        if request.method == "GET" and answer.status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            self.fetches[stored.attachment_id] += 1
        return answer


def _answer(stored: StoredFile, data: bytes, request: web.Request) -> web.Response:
    headers = {
        "Content-Type": stored.content_type or "application/octet-stream",
        "Accept-Ranges": "bytes",
        "ETag": f'"{stored.sha256[:32]}"',
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(stored.filename)}",
    }
    try:
        part = request.http_range
    except ValueError:  # a header that makes no sense counts as none: RFC 9110, section 14.2
        part = slice(None, None, 1)
    if part.start is None and part.stop is None:
        return web.Response(body=data, headers=headers)
    start, stop, _ = part.indices(len(data))
    if start >= stop:
        headers["Content-Range"] = f"bytes */{len(data)}"
        return web.Response(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(data)}"
    return web.Response(status=HTTPStatus.PARTIAL_CONTENT, body=data[start:stop], headers=headers)
