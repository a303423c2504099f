"""``python -m bot doctor``: looks at everything that a running bot needs, changes nothing, and says what to do."""
