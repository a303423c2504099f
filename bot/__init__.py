"""The remix bot: a community edits images together on Discord."""

__version__ = "0.1.0"
