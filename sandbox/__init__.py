"""A simulated Discord and RunComfy on loopback, with which anyone can try the bot without an account."""
