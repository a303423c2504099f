"""The simulated CDN serves what was put, to whoever holds a valid URL, as long as it is valid."""

import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from sandbox.discord.cdn import GONE, Cdn, StoredFile

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def picture(width: int = 3, height: int = 2) -> bytes:
    """A real PNG of this size in pixels."""
    held = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(held, "PNG")
    return held.getvalue()


@dataclass
class Place:
    """A CDN behind a real server, and a clock to turn."""

    now: datetime = NOON
    base_url: str = ""
    cdn: Cdn = field(init=False)

    def __post_init__(self) -> None:
        self.cdn = Cdn(b"secret", clock=lambda: self.now)

    def put(
        self, data: bytes, filename: str = "cat.png", *, folder: str = "attachments/7", number: int = 42
    ) -> StoredFile:
        """Store a file whose content type its name decides."""
        return self.cdn.put(data, filename=filename, content_type=None, folder=folder, attachment_id=number)

    def url(self, stored: StoredFile) -> str:
        """A URL signed now."""
        return self.cdn.sign(stored, base_url=self.base_url)


@pytest_asyncio.fixture
async def place() -> AsyncIterator[Place]:
    """A running CDN on loopback."""
    running = Place()
    app = web.Application()
    app.add_routes(running.cdn.routes())
    async with TestServer(app) as server:
        running.base_url = str(server.make_url("")).rstrip("/")
        yield running


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that knows no credentials."""
    async with aiohttp.ClientSession() as opened:
        yield opened


async def answer(session: aiohttp.ClientSession, url: str, range_header: str = "") -> tuple[int, bytes]:
    """Status and body of a GET."""
    async with session.get(url, headers={"Range": range_header} if range_header else {}) as response:
        return response.status, await response.read()


@pytest.mark.parametrize("folder", ["attachments/7", "ephemeral-attachments/9"])
async def test_a_signed_url_serves_the_bytes_without_any_credential(
    place: Place, session: aiohttp.ClientSession, folder: str
) -> None:
    data = picture()
    stored = place.put(data, folder=folder)
    url = place.url(stored)
    assert url.startswith(f"{place.base_url}/{folder}/42/cat.png?ex=")
    async with session.get(url) as response:
        assert (response.status, await response.read()) == (200, data)
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["Accept-Ranges"] == "bytes"


def test_what_is_known_of_a_file_comes_from_its_name_and_its_bytes() -> None:
    data = picture(5, 4)
    stored = Place().put(data)
    assert stored == StoredFile(
        attachment_id=42,
        filename="cat.png",
        folder="attachments/7",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        content_type="image/png",
        width=5,
        height=4,
    )


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [
        ("song.jpg", "image/jpeg"),
        ("a.WEBP", "image/webp"),
        ("a.avif", "image/avif"),
        ("nameless", None),
        ("a.q7x", None),
    ],
)
def test_the_content_type_believes_the_name_and_not_the_bytes(filename: str, content_type: str | None) -> None:
    stored = Place().put(b"no picture at all", filename)
    assert (stored.content_type, stored.width, stored.height) == (content_type, None, None)


def test_a_given_content_type_is_kept() -> None:
    cdn = Place().cdn
    stored = cdn.put(b"x", filename="a.png", content_type="image/webp", folder="attachments/1", attachment_id=1)
    assert stored.content_type == "image/webp"


def test_a_truncated_picture_still_tells_its_size_and_garbage_does_not() -> None:
    place = Place()
    assert place.put(picture(300, 200)[:60]).width == 300
    assert place.put(b"\x89PNG\r\n\x1a\n").width is None


def test_a_folder_that_is_not_served_is_refused() -> None:
    with pytest.raises(ValueError, match="icons/7"):
        Place().put(b"", folder="icons/7")


def test_a_signed_url_says_when_it_was_issued_and_when_it_ends() -> None:
    place = Place(base_url="http://cdn")
    url = place.url(place.put(b"x"))
    query = parse_qs(urlsplit(url).query)
    assert int(query["is"][0], 16) == NOON.timestamp()
    assert int(query["ex"][0], 16) == (NOON + timedelta(hours=24)).timestamp()
    assert url.endswith("&")


async def test_a_url_dies_after_24_hours_and_can_be_renewed(place: Place, session: aiohttp.ClientSession) -> None:
    old = place.url(place.put(b"x"))
    place.now += timedelta(hours=24) - timedelta(seconds=1)
    assert await answer(session, old) == (200, b"x")
    place.now += timedelta(seconds=1)
    assert await answer(session, old) == (404, GONE.encode())
    assert await answer(session, place.cdn.refresh(old)) == (200, b"x")


async def test_expiring_all_kills_the_urls_of_before_and_not_those_of_after(
    place: Place, session: aiohttp.ClientSession
) -> None:
    stored = place.put(b"x")
    old = place.url(stored)
    place.cdn.expire_all()
    assert (await answer(session, old))[0] == 404
    assert await answer(session, place.url(stored)) == (200, b"x")


@pytest.mark.parametrize(
    ("part", "forged"),
    [
        ("?", "?x="),
        ("hm=", "hm=0"),
        ("ex=", "ex=f"),
        ("ex=", "ex=zz"),
        ("cat.png", "dog.png"),
        ("/attachments/7/", "/attachments/8/"),
        ("/42/", "/43/"),
        ("/42/", "/x/"),
    ],
)
async def test_a_changed_url_serves_nothing(
    place: Place, session: aiohttp.ClientSession, part: str, forged: str
) -> None:
    url = place.url(place.put(b"x")).replace(part, forged)
    assert await answer(session, url) == (404, GONE.encode())


async def test_the_url_of_one_file_does_not_open_another(place: Place, session: aiohttp.ClientSession) -> None:
    place.put(b"secret", "cat.png", number=43)
    url = place.url(place.put(b"x"))
    assert (await answer(session, url.replace("/42/", "/43/")))[0] == 404


async def test_a_deleted_file_is_gone_and_deleting_twice_is_harmless(
    place: Place, session: aiohttp.ClientSession
) -> None:
    url = place.url(place.put(b"x"))
    place.cdn.delete(42)
    place.cdn.delete(42)
    assert await answer(session, url) == (404, GONE.encode())
    assert place.cdn.get(42) is None
    with pytest.raises(KeyError):
        place.cdn.read(42)
    assert place.cdn.refresh(url) == url


@pytest.mark.parametrize(
    ("range_header", "status", "body"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=4-", 206, b"456789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=10-", 416, b""),
        ("lines=1-2", 200, b"0123456789"),
    ],
)
async def test_a_part_of_a_file_can_be_asked_for(
    place: Place, session: aiohttp.ClientSession, range_header: str, status: int, body: bytes
) -> None:
    url = place.url(place.put(b"0123456789"))
    assert await answer(session, url, range_header) == (status, body)


async def test_a_part_says_which_part_of_how_much_it_is(place: Place, session: aiohttp.ClientSession) -> None:
    url = place.url(place.put(b"0123456789"))
    async with session.get(url, headers={"Range": "bytes=2-4"}) as response:
        assert response.headers["Content-Range"] == "bytes 2-4/10"
    async with session.get(url, headers={"Range": "bytes=12-14"}) as response:
        assert response.headers["Content-Range"] == "bytes */10"


async def test_fetches_are_counted_by_file_and_only_when_something_was_handed_out(
    place: Place, session: aiohttp.ClientSession
) -> None:
    url = place.url(place.put(b"0123456789"))
    async with session.head(url) as response:
        assert (response.status, response.headers["Content-Length"]) == (200, "10")
    await answer(session, url)
    await answer(session, url, "bytes=0-3")
    await answer(session, url, "bytes=10-")
    await answer(session, url.partition("?")[0])
    assert place.cdn.fetches == {42: 2}


async def test_a_name_with_spaces_and_umlauts_is_served(place: Place, session: aiohttp.ClientSession) -> None:
    stored = place.put(b"x", "folder/schöne Katze #1.png")
    assert stored.filename == "schöne Katze #1.png"
    assert await answer(session, place.url(stored)) == (200, b"x")
    assert await answer(session, place.cdn.refresh(place.url(stored))) == (200, b"x")


def test_a_foreign_url_is_not_renewed() -> None:
    assert Place().cdn.refresh("https://elsewhere.example/a.png?x=1") == "https://elsewhere.example/a.png?x=1"
