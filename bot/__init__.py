"""The remix bot: a community edits images together on Discord."""
