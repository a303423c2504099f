"""The bot under SIGKILL: at every boundary of a job's way, and at random moments."""
