"""The frozen values that the rooms pass to each other; no I/O, nothing but the standard library."""
