"""The pluggy host: which sources there are, built-in ones and strangers' on one path."""
