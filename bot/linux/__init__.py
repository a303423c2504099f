"""What only the Linux kernel offers, called through ctypes; every function says so where it is absent."""
