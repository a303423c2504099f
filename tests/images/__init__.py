"""Pictures: what they really are, and what is made of them; on real files, over real sockets, by the real program."""
