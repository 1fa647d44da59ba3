"""The built-in sources: one file a scheme, each a plugin of the host as a stranger's would be.

A source refuses what its scheme does not allow and proves nothing: what it brings is quarantined.
"""
