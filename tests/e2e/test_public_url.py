"""Inputs served by the bot's own process: the simulated RunComfy fetches them from there, mended ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.actor import UploadedFile
from tests.brushes import exif, photograph, written
from tests.e2e.town import Town
from tests.e2e.watched import free_port

if TYPE_CHECKING:
    from pathlib import Path


async def test_runcomfy_fetches_what_goes_in_from_the_bot(tmp_path: Path) -> None:
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    async with Town(tmp_path, settings={"HTTP_PORT": str(port), "PUBLIC_URL": public}) as town:
        await town.start_bot()
        sideways = UploadedFile("sideways.png", written(photograph((300, 200)), "PNG", exif=exif(6)))
        fine = UploadedFile("fine.png", written(photograph((300, 200)), "PNG"))
        files = {"image1": fine, "image2": sideways}
        await town.person("ada").slash(town.channel("art").id, "remix", {"prompt": "as a fresco", **files})
        await town.until_written("status", lambda found: found == ["succeeded"])

        [post] = town.runcomfy.ledger
        assert all(url.startswith(f"{public}/inputs/") for url in post.body["image_urls"])
        [folder] = (town.data_dir / "published").iterdir()
        served = {one.name: one.read_bytes() for one in folder.iterdir()}
        assert served["1.png"] == fine.data
        assert set(served) == {"1.png", "2.jpg"}
        assert town.servers.violations == []
