"""What members and moderators can ask the bot to do: thin Discord extensions over the job service."""
