"""JSON and TOML shapes: bytes to values and back, nothing else; every issue of a document at once."""
