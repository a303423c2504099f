"""The chat page: the sandbox in a browser, as any of its people."""
