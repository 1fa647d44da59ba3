"""The content-addressed cache below the terra home.

What is read back is hashed again, so a damaged entry is a missing entry. Only `Verified` gets in.
"""
