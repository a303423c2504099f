"""What the operator sees of the running bot over HTTP: whether it is well, and its figures."""
