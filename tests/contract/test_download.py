"""Outputs on their way to our disk: whole or not at all, from allowed places only, never with the token."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot.domain.job import Artifact
from bot.engine.output_hosts import HostNotAllowed
from bot.errors import DownloadPostponed, DownloadRefused
from bot.net.allowed_hosts import AllowedHosts, PlaceRefused
from bot.runcomfy import OutputDownloader, ssl_context
from tests.contract.provider_bench import SandboxProvider, open_client
from tests.contract.runcomfy_bench import open_bench
from tests.contract.scripted_server import HANG, RESET, Received, ScriptedServer, answer, open_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

CONTEXT = ssl_context()


def picture(kind: str, side: tuple[int, int] = (40, 30)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", side, "teal").save(data, kind)
    return data.getvalue()


def downloader(*hosts: str, max_bytes: int = 100_000, total_time: timedelta = timedelta(seconds=5)) -> OutputDownloader:
    return OutputDownloader(hosts=hosts, max_bytes=max_bytes, total_time=total_time, context=CONTEXT)


@pytest.fixture
async def server() -> AsyncGenerator[ScriptedServer, None]:
    """A storage that does what its script says."""
    async with open_server(lambda _: answer(picture("PNG"))) as opened:
        yield opened


@pytest.fixture
async def files(server: ScriptedServer) -> AsyncGenerator[OutputDownloader, None]:
    """A downloader to which that storage is allowed."""
    async with downloader(server.base_url) as opened:
        yield opened


def chunked(*chunks: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


# --- what arrives -----------------------------------------------------------------------------------------------------


async def test_an_output_of_the_service_arrives_byte_for_byte_and_without_credentials(tmp_path: Path) -> None:
    async with open_bench() as bench, open_client(bench) as client, downloader(bench.sandbox.base_url) as files:
        provider = SandboxProvider(client, bench)
        bench.turn(painted=False)
        request_id = await provider.submitted()
        provider.start(request_id)
        provider.finish(request_id)
        (url,) = (await client.result(request_id)).output_urls
        file = await files.download(url, to=tmp_path / "outputs" / "job" / "0")
        assert [file.sha256] == bench.sandbox.output_sha256(request_id)
        bench.sandbox.expire_outputs(request_id)
        with pytest.raises(DownloadRefused, match="404"):
            await files.download(url, to=tmp_path / "again")
    assert hashlib.sha256((tmp_path / "outputs" / "job" / "0").read_bytes()).hexdigest() == file.sha256


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
async def test_a_picture_is_known_by_its_bytes_whatever_the_storage_says(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path, kind: str, content_type: str
) -> None:
    data = picture(kind)
    server.script = lambda _: answer(data, content_type="text/html")
    file = await files.download(f"{server.base_url}/o", to=tmp_path / "0")
    assert (file.content_type, file.width, file.height, file.size) == (content_type, 40, 30, len(data))
    assert (tmp_path / "0").read_bytes() == data
    assert "authorization" not in server.received[0].headers


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"\x00\x00\x00\x20ftypisom" + b"\x00" * 80, "video/mp4"),
        (b"\x00\x00\x00\x1cftypmp42" + b"\x00" * 80, "video/mp4"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + b"\x00" * 80, "video/webm"),
    ],
)
async def test_a_video_is_known_by_its_bytes_and_has_no_sides(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path, data: bytes, content_type: str
) -> None:
    server.script = lambda _: chunked(data[:10], data[10:])
    file = await files.download(f"{server.base_url}/o", to=tmp_path / "0")
    assert (file.content_type, file.width, file.height) == (content_type, None, None)


async def test_a_picture_whose_sides_cannot_be_read_is_kept_for_it_was_paid(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path
) -> None:
    server.script = lambda _: answer(b"\xff\xd8\xff" + bytes(60))
    file = await files.download(f"{server.base_url}/o", to=tmp_path / "0")
    assert (file.content_type, file.width, file.height) == ("image/jpeg", None, None)


async def test_a_pixel_bomb_is_kept_with_what_it_claims_and_never_decoded(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path
) -> None:
    header = struct.pack(">IIBBBBB", 65_500, 65_500, 8, 2, 0, 0, 0)
    data = picture("PNG")
    bomb = data[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + data[33:]
    server.script = lambda _: answer(bomb)
    file = await files.download(f"{server.base_url}/o", to=tmp_path / "0")
    artifact = Artifact("a", 0, "https://x", "0", file.content_type, file.size, file.sha256, file.width, file.height)
    assert (file.width, file.height, file.size) == (65_500, 65_500, len(bomb))
    assert artifact.claims_too_many_pixels
    assert not replace(artifact, width=6198, height=2656).claims_too_many_pixels


async def test_a_file_that_is_there_is_replaced(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path
) -> None:
    (tmp_path / "0").write_bytes(b"old")
    await files.download(f"{server.base_url}/o", to=tmp_path / "0")
    assert (tmp_path / "0").read_bytes() == picture("PNG")
    assert list(tmp_path.iterdir()) == [tmp_path / "0"]


@pytest.mark.parametrize("kind", ["AVIF", "BMP", "TIFF"])
async def test_a_picture_that_discord_does_not_show_is_kept_for_its_conversion(
    files: OutputDownloader, server: ScriptedServer, tmp_path: Path, kind: str
) -> None:
    server.script = lambda _: answer(picture(kind))
    file = await files.download(f"{server.base_url}/o", to=tmp_path / "0")
    assert (file.content_type, file.size) == (f"image/{kind.lower()}", len(picture(kind)))


# --- what does not ----------------------------------------------------------------------------------------------------

REFUSED: dict[str, Callable[[Received], bytes]] = {
    "html": lambda _: answer(b"<!DOCTYPE html><html>no</html>", content_type="image/png"),
    "svg": lambda _: answer(b'<svg xmlns="http://www.w3.org/2000/svg"/>', content_type="image/png"),
    "text": lambda _: answer(b"hello"),
    "matroska": lambda _: answer(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska" + b"\x00" * 80),
    "empty": lambda _: answer(b""),
    "three bytes of a JPEG": lambda _: answer(b"\xff\xd8\xff"),
    "a PNG that ends in its header": lambda _: answer(picture("PNG")[:12]),
    "gone": lambda _: answer(status=404),
    "gone for good": lambda _: answer(status=410),
    "too large by its word": lambda _: answer(b"", content_length="100001"),
    "too large in fact": lambda _: chunked(picture("PNG"), b"x" * 100_001),
    "in circles": lambda _: answer(status=302, location="/o"),
    "to an address that is none": lambda _: answer(status=302, location="https://[nonsense"),
}
POSTPONED: dict[str, Callable[[Received], bytes]] = {
    "reset": lambda _: RESET,
    "cut short": lambda _: answer(picture("PNG"), content_length="5000", connection="close"),
    "server error": lambda _: answer(status=503),
    "too many": lambda _: answer(status=429),
    "forbidden": lambda _: answer(status=403),
    "a redirect to nowhere": lambda _: answer(status=302),
    "not the whole": lambda _: answer(picture("PNG"), status=206),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_will_never_be_an_output_is_refused_and_leaves_nothing(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path, name: str
) -> None:
    server.script = REFUSED[name]
    with pytest.raises(DownloadRefused):
        await files.download(f"{server.base_url}/o", to=tmp_path / "0")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", POSTPONED)
async def test_what_may_be_had_later_is_postponed_and_leaves_nothing(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path, name: str
) -> None:
    server.script = POSTPONED[name]
    with pytest.raises(DownloadPostponed):
        await files.download(f"{server.base_url}/o", to=tmp_path / "0")
    assert list(tmp_path.iterdir()) == []
    server.script = lambda _: answer(picture("PNG"))
    await files.download(f"{server.base_url}/o", to=tmp_path / "0")


async def test_a_download_that_takes_too_long_is_postponed(server: ScriptedServer, tmp_path: Path) -> None:
    server.script = lambda _: HANG
    async with downloader(server.base_url, total_time=timedelta(seconds=0.1)) as files:
        with pytest.raises(DownloadPostponed, match="not whole within"):
            await files.download(f"{server.base_url}/o", to=tmp_path / "0")


async def test_a_disk_that_takes_nothing_postpones(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadPostponed, match="not written"):
        await files.download(f"{server.base_url}/o", to=tmp_path / "file" / "0")


# --- places -----------------------------------------------------------------------------------------------------------


async def test_three_redirects_are_followed_and_a_fourth_is_not(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path
) -> None:
    def script(request: Received) -> bytes:
        left = int(request.target.rpartition("/")[2])
        return answer(status=302, location=f"{left - 1}") if left else answer(picture("PNG"))

    server.script = script
    await files.download(f"{server.base_url}/3", to=tmp_path / "0")
    with pytest.raises(DownloadRefused, match="redirects"):
        await files.download(f"{server.base_url}/4", to=tmp_path / "1")
    assert len(server.received) == 8


async def test_a_redirect_to_a_place_that_is_not_allowed_is_not_followed(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path
) -> None:
    async with open_server() as elsewhere:
        server.script = lambda _: answer(status=307, location=f"{elsewhere.base_url}/o")
        with pytest.raises(DownloadRefused, match="not allowed"):
            await files.download(f"{server.base_url}/o", to=tmp_path / "0")
        assert elsewhere.connections == 0


async def test_a_public_host_that_is_not_on_the_list_is_named_and_never_asked(
    server: ScriptedServer, files: OutputDownloader, tmp_path: Path
) -> None:
    server.script = lambda _: answer(status=302, location="https://files.new-storage.example/o?signature=secret")
    for url in (f"{server.base_url}/o", "https://files.new-storage.example/o?signature=secret"):
        with pytest.raises(HostNotAllowed, match=r"^files\.new-storage\.example is not in RUNCOMFY_OUTPUT_HOSTS$"):
            await files.download(url, to=tmp_path / "0")
    assert list(tmp_path.iterdir()) == []


def test_only_what_may_be_fetched_is_permitted(files: OutputDownloader, server: ScriptedServer) -> None:
    assert files.permits(f"{server.base_url}/o")
    for url in ("https://files.new-storage.example/o", "http://169.254.169.254/", "file:///etc/passwd", "no address"):
        assert not files.permits(url)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://files.new-storage.example:8443/o", "https://files.new-storage.example:8443"),
        ("http://files.runcomfy.net/o", "http://files.runcomfy.net:80"),
    ],
)
async def test_a_public_host_on_another_port_or_without_tls_is_named_as_the_setting_would(
    files: OutputDownloader, tmp_path: Path, url: str, named: str
) -> None:
    with pytest.raises(HostNotAllowed) as caught:
        await files.download(url, to=tmp_path / "0")
    assert caught.value.host == named
    assert AllowedHosts.parse([named]).judge(url)


HOSTS = AllowedHosts.parse([".runcomfy.net", "Files.Example", "http://127.0.0.1:8123/", "127.0.0.2", "[::1]"])


@pytest.mark.parametrize(
    "url",
    [
        "https://files.runcomfy.net/a.png",
        "https://a.b.RUNCOMFY.net:443/a%20b.png?x=1",
        "https://files.runcomfy.net/\ud55c\uae00 1.png",
        "https://files.example/a",
        "http://127.0.0.1:8123/a",
    ],
)
def test_a_place_on_the_list_is_allowed(url: str) -> None:
    assert HOSTS.judge(url).host in {"files.runcomfy.net", "a.b.runcomfy.net", "files.example", "127.0.0.1"}


@pytest.mark.parametrize(
    "url",
    [
        "http://files.runcomfy.net/a",
        "https://files.runcomfy.net:8443/a",
        "https://runcomfy.net/a",
        "https://runcomfy.net.evil.example/a",
        "https://evilruncomfy.net/a",
        "https://sub.files.example/a",
        "https://files.runcomfy.net./a",
        "https://me:secret@files.runcomfy.net/a",
        "https://files.runcomfy.net@evil.example/a",
        "https://127.0.0.1\\@files.runcomfy.net/a",
        "https://files.runcomfy.net\n/a",
        "https://127.0.0.1:8123/a",
        "http://127.0.0.1/a",
        "https://127.0.0.2/a",
        "https://[::1]/a",
        "https://[broken/a",
        "https://files.runcomfy.net:99999/a",
        "ftp://files.runcomfy.net/a",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "//files.runcomfy.net/a",
        "/etc/passwd",
        "",
    ],
)
def test_any_other_place_is_refused(url: str) -> None:
    with pytest.raises(PlaceRefused, match="not fetched"):
        HOSTS.judge(url)
