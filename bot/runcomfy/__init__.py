"""The adapter of RunComfy's queue API: its URLs, its JSON, its outputs."""

from bot.net.file_client import ssl_context
from bot.runcomfy.client import RunComfyClient
from bot.runcomfy.download import OutputDownloader

__all__ = ["OutputDownloader", "RunComfyClient", "ssl_context"]
