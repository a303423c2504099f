"""The adapter of RunComfy's queue API: its URLs, its JSON, its outputs."""

from bot.runcomfy.client import RunComfyClient
from bot.runcomfy.download import OutputDownloader
from bot.runcomfy.transport import ssl_context

__all__ = ["OutputDownloader", "RunComfyClient", "ssl_context"]
